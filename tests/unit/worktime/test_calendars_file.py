"""`calendars.yaml`: what it may say, what it comes to, and what its author is told."""

from datetime import UTC, date, datetime, timedelta

import pytest
from pydantic import ValidationError
from ruamel.yaml import YAML

from shared.calendars import CalendarRules, CalendarsFile, DayOff
from shared.worktime import resolve_holidays

FILE = """
calendars:
  tokyo:
    timezone: Asia/Tokyo
    hours: {mon-fri: ["09:00-12:00", "13:00-18:00"], sat: []}
    holidays: {country: JP, open: [], closed: [{from: 2026-12-29, to: 2027-01-03, name: 年末年始}, 2026-08-13]}
  oslo:
    timezone: Europe/Oslo
    hours: {mon-fri: ["09:00-16:00"]}
    holidays: {country: NO}
"""
OFFICE = {"timezone": "Asia/Tokyo", "hours": {"mon-fri": ["09:00-18:00"]}}


def is_open_on(rules: dict[str, object], day: str) -> bool:
    return bool(CalendarRules.model_validate(OFFICE | rules).build().windows(date.fromisoformat(day)))


def weekdays_open(hours: dict[str, list[str]]) -> list[int]:
    week = CalendarRules.model_validate(OFFICE | {"hours": hours}).week
    return [weekday for weekday, windows in enumerate(week) if windows]


def test_the_file_reads_as_documented() -> None:
    calendars = CalendarsFile.model_validate(YAML(typ="safe", pure=True).load(FILE)).build()
    due = calendars["tokyo"].due(datetime(2026, 12, 28, 8, 30, tzinfo=UTC), timedelta(hours=1))
    assert due == datetime(2027, 1, 4, 0, 30, tzinfo=UTC)
    assert calendars["oslo"].windows(date(2026, 5, 17)) == calendars["oslo"].windows(date(2026, 5, 25)) == []


def test_the_file_survives_being_written_and_read() -> None:
    file = CalendarsFile.model_validate(YAML(typ="safe", pure=True).load(FILE))
    assert CalendarsFile.model_validate_json(file.model_dump_json(by_alias=True)) == file
    assert file.model_dump(mode="json")["calendars"]["oslo"]["hours"] == {"mon-fri": ["09:00-16:00"]}


@pytest.mark.parametrize(
    ("hours", "expected"),
    [
        ({"mon-fri": ["09:00-18:00"]}, [0, 1, 2, 3, 4]),
        ({"fri-mon": ["09:00-18:00"]}, [0, 4, 5, 6]),
        ({"mon,wed, fri": ["09:00-18:00"]}, [0, 2, 4]),
        ({"mon-tue,sat": ["09:00-18:00"]}, [0, 1, 5]),
        ({"mon-sun": ["09:00-18:00"], "wed": []}, [0, 1, 3, 4, 5, 6]),
        ({"wed": [], "mon-sun": ["09:00-18:00"]}, [0, 1, 2, 3, 4, 5, 6]),
        ({"Mon": ["9:00-18:00"]}, [0]),
        ({}, []),
    ],
)
def test_weekdays_are_names_ranges_or_lists_and_later_keys_win(
    hours: dict[str, list[str]], expected: list[int]
) -> None:
    assert weekdays_open(hours) == expected


@pytest.mark.parametrize(
    ("holidays", "day", "is_open"),
    [
        pytest.param({"country": "JP"}, "2026-05-06", False, id="a substitute holiday"),
        pytest.param({"country": "JP"}, "2026-09-22", False, id="a sandwiched day"),
        pytest.param({"country": "JP"}, "2026-12-31", False, id="a bank holiday"),
        pytest.param({"country": "JP"}, "2026-12-30", True, id="not yet a bank holiday"),
        pytest.param({}, "2026-05-06", True, id="no country, no statutory holidays"),
        pytest.param({"country": "JP", "open": ["2026-05-06"]}, "2026-05-06", True, id="open though a holiday"),
        pytest.param({"closed": ["2026-05-07"]}, "2026-05-07", False, id="closed though a weekday"),
        pytest.param(
            {"country": "JP", "open": ["2026-05-06"], "closed": ["2026-05-06"]}, "2026-05-06", False, id="closed wins"
        ),
        pytest.param({"open": ["2026-05-09"]}, "2026-05-09", False, id="an open Saturday has Saturday's hours: none"),
        pytest.param(
            {"closed": [{"from": "2026-05-07", "to": "2026-05-08"}]}, "2026-05-08", False, id="ranges include both ends"
        ),
        pytest.param({"country": "DE", "subdivision": "BY"}, "2026-01-06", False, id="a holiday of Bavaria"),
        pytest.param({"country": "DE"}, "2026-01-06", True, id="not of all Germany"),
    ],
)
def test_days_off(holidays: dict[str, object], day: str, is_open: bool) -> None:
    assert is_open_on({"holidays": holidays}, day) is is_open


def test_bank_and_public_holidays_of_japan_at_the_turn_of_the_year() -> None:
    turn = {
        day
        for day in resolve_holidays("JP", [2026, 2027])
        if (day.month, day.day) > (12, 25) or day < date(2026, 1, 10)
    }
    assert turn == {date(2026, 1, 1), date(2026, 1, 2), date(2026, 1, 3), date(2026, 12, 31), date(2027, 12, 31)}


def test_holidays_are_named_in_the_countrys_language_whatever_the_machines(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LANGUAGE", "en_US")
    assert resolve_holidays("JP", [2031])[date(2031, 2, 11)] == "建国記念の日"


def test_years_that_nobody_knows_have_no_holidays() -> None:
    assert resolve_holidays("JP", [1900, 2500]) == {}


def test_a_version_keeps_the_holidays_that_it_was_made_with() -> None:
    file = CalendarsFile.model_validate(YAML(typ="safe", pure=True).load(FILE))
    kept = {name: dict(days) for name, days in file.resolve_holidays().items()}
    assert kept["tokyo"].items() >= resolve_holidays("JP", [2026, 2027]).items()
    del kept["tokyo"][date(2026, 5, 6)]
    kept["oslo"][date(2026, 6, 1)] = "a day that parliament added later"
    calendars = file.build(kept)
    assert calendars["tokyo"].windows(date(2026, 5, 6))
    assert not calendars["tokyo"].windows(date(2026, 5, 5))
    assert not calendars["tokyo"].windows(date(2026, 8, 13))
    assert not calendars["oslo"].windows(date(2026, 6, 1))
    assert file.build()["oslo"].windows(date(2026, 6, 1))


@pytest.mark.parametrize(
    ("mistake", "place", "told"),
    [
        ({"timezone": "Asia/Tokio"}, "timezone", r'unknown time zone "Asia/Tokio".*did you mean "Asia/Tokyo"'),
        ({"timezone": "JST"}, "timezone", r'unknown time zone "JST".*did you mean "Asia/Tokyo"'),
        ({"timezone": "tokyo"}, "timezone", r'unknown time zone "tokyo".*did you mean "Asia/Tokyo"'),
        ({"timezone": "Asia"}, "timezone", 'unknown time zone "Asia": expected an IANA name'),
        ({"timezone": "/etc/localtime"}, "timezone", "unknown time zone"),
        ({"hours": {"mon-fry": []}}, "hours.mon-fry.[key]", 'unknown weekday "fry" in "mon-fry": expected mon, tue'),
        ({"hours": {"mon": ["25:00-26:00"]}}, "hours.mon.0", "no such time as 25:00: expected HH:MM-HH:MM"),
        ({"hours": {"mon": ["09:60-10:00"]}}, "hours.mon.0", "no such time as 09:60"),
        ({"hours": {"mon": ["09:00-24:01"]}}, "hours.mon.0", "no such time as 24:01"),
        ({"hours": {"mon": ["09:00-09:00"]}}, "hours.mon.0", 'same time: write "00:00-24:00" for the whole day'),
        ({"hours": {"mon": ["24:00-09:00"]}}, "hours.mon.0", "starts at 24:00: write 00:00"),
        ({"hours": {"mon": ["9時-18時"]}}, "hours.mon.0", "cannot read .* as opening hours: expected HH:MM-HH:MM"),
        ({"hours": {"mon": [9]}}, "hours.mon.0", "cannot read .* as opening hours"),
        ({"hours": {"mon": "09:00-18:00"}}, "hours.mon", r"expected a list such as .* or \[\] for none"),
        ({"holidays": {"country": "JA"}}, "holidays.country", r'no holidays are known for country "JA".*such as JP'),
        ({"holidays": {"subdivision": "BY"}}, "holidays", "needs its country"),
        (
            {"holidays": {"country": "DE", "subdivision": "BV"}},
            "holidays",
            r'DE has no subdivision "BV": expected one of .*BE.*BY',
        ),
        ({"holidays": {"country": "SG", "subdivision": "X"}}, "holidays", "SG has no subdivisions: leave the key out"),
        ({"holidays": {"closed": ["2026-02-30"]}}, "holidays.closed.0", "there is no day 2026-02-30"),
        ({"holidays": {"closed": [20260213]}}, "holidays.closed.0", r"cannot read .* as a day: expected .* YYYY-MM-DD"),
        ({"holidays": {"closed": [datetime(2026, 2, 13)]}}, "holidays.closed.0", "cannot read .* as a day"),
        ({"holidays": {"closed": "2026-02-13"}}, "holidays.closed", r"expected a list such as \[2026-08-13\]"),
        (
            {"holidays": {"open": [{"from": "2026-05-02", "to": "2026-05-01"}]}},
            "holidays.open.0",
            "the earlier day first",
        ),
        ({"holidays": {"closd": []}}, "holidays.closd", "Extra inputs are not permitted"),
        ({"tz": "Asia/Tokyo"}, "tz", "Extra inputs are not permitted"),
    ],
)
def test_a_mistake_is_told_with_its_place_and_what_was_expected(
    mistake: dict[str, object], place: str, told: str
) -> None:
    with pytest.raises(ValidationError, match=told) as refused:
        CalendarRules.model_validate(OFFICE | mistake)
    assert [".".join(map(str, error["loc"])) for error in refused.value.errors()] == [place]


def test_the_schema_for_editors_allows_days_and_ranges() -> None:
    ranges = CalendarsFile.model_json_schema()["$defs"]["DayRange"]["anyOf"]
    assert ranges[0] == {"type": "string", "format": "date"}
    assert ranges[1]["required"] == ["from", "to"]


@pytest.mark.parametrize(
    ("hours", "says"),
    [
        (["12:00-09:00", "13:00-18:00"], '"12:00-09:00" goes on over midnight into "13:00-18:00"'),
        (["13:00-18:00", "09:00-13:30"], '"09:00-13:30" goes on into "13:00-18:00"'),
    ],
)
def test_hours_of_a_day_that_overlap_are_a_mistake(hours: list[str], says: str) -> None:
    with pytest.raises(ValidationError, match=says):
        CalendarRules.model_validate(OFFICE | {"hours": {"mon-fri": hours}})


def test_a_night_shift_beside_the_hours_of_the_day_is_no_mistake() -> None:
    assert weekdays_open({"mon-fri": ["09:00-12:00", "12:00-18:00", "22:00-06:00"]}) == [0, 1, 2, 3, 4]


def test_a_day_off_has_the_name_that_the_company_or_the_state_gave_it() -> None:
    rules = {
        "country": "JP",
        "open": ["2026-04-29"],
        "closed": ["2026-05-05", {"from": "2026-08-13", "to": "2026-08-14"}],
    }
    day_off = CalendarRules.model_validate(OFFICE | {"holidays": rules}).holidays.named_days_off()
    assert day_off(date(2026, 5, 4)) == DayOff("みどりの日", by_company=False)
    assert day_off(date(2026, 5, 5)) == DayOff("こどもの日", by_company=True)
    assert day_off(date(2026, 8, 13)) == DayOff("closed", by_company=True)
    assert day_off(date(2026, 4, 29)) is None
