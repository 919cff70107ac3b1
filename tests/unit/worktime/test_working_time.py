"""Hours, breaks, days off and nights, in zones without clock changes."""

from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta

import pytest

from shared.durations import WorkDuration
from shared.worktime import ALWAYS_OPEN, NoOpeningError, WorkCalendar

CalendarMaker = Callable[..., WorkCalendar]

FACTORY_NIGHT = {"mon-fri": ["22:00-02:00"]}


def jst(text: str) -> datetime:
    return datetime.fromisoformat(f"{text}+09:00")


@pytest.mark.parametrize(
    ("start", "work", "due"),
    [
        pytest.param("2026-04-20T10:00", "1h", "2026-04-20T11:00", id="inside hours"),
        pytest.param("2026-04-20T11:30", "1h", "2026-04-20T13:30", id="across the lunch break"),
        pytest.param("2026-04-20T12:30", "1h", "2026-04-20T14:00", id="from the lunch break"),
        pytest.param("2026-04-20T06:00", "1h", "2026-04-20T10:00", id="before opening"),
        pytest.param("2026-04-20T09:00", "1h", "2026-04-20T10:00", id="exactly at opening"),
        pytest.param("2026-04-20T17:00", "4h", "2026-04-21T12:00", id="on to the next day"),
        pytest.param("2026-04-20T18:00", "1h", "2026-04-21T10:00", id="exactly at closing"),
        pytest.param("2026-04-20T12:00", "1h", "2026-04-20T14:00", id="exactly at the start of the break"),
        pytest.param("2026-04-24T17:30", "1h", "2026-04-27T09:30", id="over the weekend"),
        pytest.param("2026-04-28T17:00", "2h", "2026-04-30T10:00", id="over Showa Day"),
        pytest.param("2026-05-01T17:00", "2h", "2026-05-07T10:00", id="over Golden Week and its substitute holiday"),
        pytest.param("2026-05-02T00:00", "15m", "2026-05-07T09:15", id="from within Golden Week"),
        pytest.param("2026-08-12T17:00", "2h", "2026-08-14T10:00", id="over the company's own day off"),
        pytest.param("2026-09-18T17:00", "2h", "2026-09-24T10:00", id="over Silver Week with its sandwiched day"),
        pytest.param("2026-12-28T17:00", "2h", "2027-01-04T10:00", id="over the turn of the year"),
        pytest.param("2025-12-30T17:00", "2h", "2026-01-05T10:00", id="banks rest from 31 December to 3 January"),
    ],
)
def test_work_is_used_up_in_opening_hours_only(tokyo: WorkCalendar, start: str, work: str, due: str) -> None:
    duration = WorkDuration.parse(work)
    assert tokyo.due(jst(start), duration) == jst(due)
    assert tokyo.elapsed(jst(start), jst(due)) == duration.working_time


@pytest.mark.parametrize(
    ("start", "work", "due"),
    [
        ("2026-04-20T11:00", "1h", "2026-04-20T12:00"),
        ("2026-04-20T09:00", "8h", "2026-04-20T18:00"),
        ("2026-04-24T17:00", "1h", "2026-04-24T18:00"),
        ("2026-12-28T10:00", "7h", "2026-12-28T18:00"),
        ("2026-05-01T20:00", "16h", "2026-05-08T18:00"),
    ],
)
def test_work_used_up_exactly_at_closing_is_due_at_closing(
    tokyo: WorkCalendar, start: str, work: str, due: str
) -> None:
    assert tokyo.due(jst(start), WorkDuration.parse(work)) == jst(due)


@pytest.mark.parametrize(
    ("start", "due"),
    [
        ("2026-04-20T10:00", "2026-04-20T10:00"),
        ("2026-04-20T12:30", "2026-04-20T13:00"),
        ("2026-04-20T18:00", "2026-04-21T09:00"),
        ("2026-04-25T10:00", "2026-04-27T09:00"),
    ],
)
def test_no_work_at_all_is_due_at_once_or_at_the_next_opening(tokyo: WorkCalendar, start: str, due: str) -> None:
    assert tokyo.due(jst(start), timedelta(0)) == jst(due)
    assert tokyo.next_opening(jst(start)) == jst(due)


@pytest.mark.parametrize(
    ("at", "is_open"),
    [("08:59:59", False), ("09:00", True), ("11:59:59", True), ("12:00", False), ("13:00", True), ("18:00", False)],
)
def test_hours_include_the_opening_and_not_the_closing(tokyo: WorkCalendar, at: str, is_open: bool) -> None:
    assert tokyo.is_open(jst(f"2026-04-20T{at}")) is is_open


def test_time_that_ends_before_it_starts_is_zero(tokyo: WorkCalendar) -> None:
    assert tokyo.elapsed(jst("2026-04-20T17:00"), jst("2026-04-20T10:00")) == timedelta(0)


def test_elapsed_time_over_years_counts_every_working_day(calendar: CalendarMaker) -> None:
    office = calendar("Asia/Tokyo", {"mon-fri": ["09:00-17:00"]})
    weekdays = sum(
        date.fromordinal(day).weekday() < 5 for day in range(date(2024, 1, 1).toordinal(), date(2027, 1, 1).toordinal())
    )
    assert office.elapsed(jst("2024-01-01T00:00"), jst("2027-01-01T00:00")) == weekdays * timedelta(hours=8)


def test_fractions_of_a_second_are_kept(tokyo: WorkCalendar) -> None:
    due = tokyo.due(jst("2026-04-20T17:59:59.750"), timedelta(milliseconds=500))
    assert due == jst("2026-04-21T09:00:00.250")


def test_due_dates_are_told_in_utc(tokyo: WorkCalendar) -> None:
    assert tokyo.due(jst("2026-04-20T10:00"), timedelta(hours=1)).isoformat() == "2026-04-20T02:00:00+00:00"


def test_a_night_window_belongs_to_the_day_that_it_starts_on(calendar: CalendarMaker) -> None:
    night = calendar("Asia/Tokyo", FACTORY_NIGHT, closed=["2026-04-23"])
    assert night.due(jst("2026-04-22T23:00"), timedelta(hours=3)) == jst("2026-04-23T02:00")
    assert night.due(jst("2026-04-22T23:00"), timedelta(hours=4)) == jst("2026-04-24T23:00")
    assert night.is_open(jst("2026-04-25T01:59"))
    assert not night.is_open(jst("2026-04-20T01:00"))
    assert night.windows(date(2026, 4, 23)) == []
    assert night.windows(date(2026, 4, 24)) == [(jst("2026-04-24T22:00"), jst("2026-04-25T02:00"))]


def test_touching_windows_in_any_order_are_worked_as_one(calendar: CalendarMaker) -> None:
    office = calendar("Asia/Tokyo", {"mon": ["13:00-18:00", "09:00-12:00", "12:00-13:00"]})
    assert office.windows(date(2026, 4, 20)) == [(jst("2026-04-20T09:00"), jst("2026-04-20T18:00"))]
    assert office.due(jst("2026-04-20T09:00"), timedelta(hours=9)) == jst("2026-04-20T18:00")


def test_a_night_and_the_next_days_hours_are_worked_once(calendar: CalendarMaker) -> None:
    overlapping = calendar("Asia/Tokyo", {"mon": ["22:00-02:00"], "tue": ["01:00-05:00"]})
    assert overlapping.due(jst("2026-04-20T22:00"), timedelta(hours=7)) == jst("2026-04-21T05:00")
    touching = calendar("Asia/Tokyo", {"mon": ["22:00-24:00"], "tue": ["00:00-05:00"]})
    assert touching.due(jst("2026-04-20T23:30"), timedelta(hours=1)) == jst("2026-04-21T00:30")


def test_a_night_over_new_year_in_utc_is_worked_once(calendar: CalendarMaker) -> None:
    night = calendar("UTC", {"wed-thu": ["22:00-02:00"]})
    assert night.elapsed(datetime(2025, 12, 31, 20, tzinfo=UTC), datetime(2026, 1, 1, 12, tzinfo=UTC)) == timedelta(
        hours=4
    )
    assert night.due(datetime(2025, 12, 31, 23, tzinfo=UTC), timedelta(hours=2)) == datetime(2026, 1, 1, 1, tzinfo=UTC)
    assert night.due(datetime(2025, 12, 31, 23, tzinfo=UTC), timedelta(hours=1)) == datetime(2026, 1, 1, tzinfo=UTC)


@pytest.mark.parametrize(
    ("zone", "hours", "opens", "closes"),
    [
        ("Asia/Tokyo", {"thu": ["00:00-05:00"]}, "2025-12-31T15:00Z", "2025-12-31T20:00Z"),
        ("Pacific/Kiritimati", {"wed": ["23:00-22:00"]}, "2025-12-31T09:00Z", "2026-01-01T08:00Z"),
        ("Pacific/Pago_Pago", {"tue": ["22:00-14:00"]}, "2025-12-31T09:00Z", "2026-01-01T01:00Z"),
    ],
)
def test_the_turn_of_the_year_is_the_zones_own(
    calendar: CalendarMaker, zone: str, hours: dict[str, list[str]], opens: str, closes: str
) -> None:
    window = datetime.fromisoformat(opens), datetime.fromisoformat(closes)
    weekly = calendar(zone, hours)
    assert weekly.next_opening(datetime(2025, 12, 31, 8, tzinfo=UTC)) == window[0]
    assert weekly.due(window[0], window[1] - window[0]) == window[1]
    assert (
        weekly.elapsed(datetime(2025, 12, 31, 8, tzinfo=UTC), datetime(2026, 1, 2, tzinfo=UTC)) == window[1] - window[0]
    )


def test_around_the_clock_working_time_is_elapsed_time() -> None:
    start = jst("2026-12-31T23:00")
    assert ALWAYS_OPEN.due(start, timedelta(days=400)) == start + timedelta(days=400)
    assert ALWAYS_OPEN.elapsed(start, start + timedelta(days=400)) == timedelta(days=400)
    assert ALWAYS_OPEN.next_opening(start) == start


def test_a_calendar_without_hours_has_no_opening(calendar: CalendarMaker) -> None:
    never_open = calendar("Asia/Tokyo", {"mon-sun": []})
    for work in (WorkDuration(), WorkDuration.parse("1h"), WorkDuration.parse("0bd")):
        with pytest.raises(
            NoOpeningError, match=r"no opening within ten years after 2026-04-20T.*: give the calendar hours"
        ):
            never_open.due(jst("2026-04-20T10:00"), work)
    assert never_open.elapsed(jst("2026-04-20T10:00"), jst("2027-04-20T10:00")) == timedelta(0)


def test_an_opening_more_than_ten_years_away_is_none(calendar: CalendarMaker) -> None:
    closed_long = {"from": "2026-04-21", "to": "2036-05-31"}
    office = calendar("Asia/Tokyo", {"mon-sun": ["09:00-18:00"]}, closed=[closed_long])
    start = jst("2026-04-20T17:00")
    assert office.due(start, timedelta(hours=1)) == jst("2026-04-20T18:00")
    with pytest.raises(NoOpeningError):
        office.due(start, timedelta(hours=1, seconds=1))
    with pytest.raises(NoOpeningError):
        office.due(start, WorkDuration.parse("1bd"))
    assert office.next_opening(jst("2027-01-01T12:00")) == jst("2036-06-01T09:00")


def test_a_time_without_a_zone_is_refused(tokyo: WorkCalendar) -> None:
    naive = datetime(2026, 4, 20, 10)
    for ask in (tokyo.is_open, tokyo.next_opening, tokyo.closing):
        with pytest.raises(ValueError, match=r"2026-04-20T10:00:00 has no time zone: write an offset, such as"):
            ask(naive)
    with pytest.raises(ValueError, match="no time zone"):
        tokyo.elapsed(naive, jst("2026-04-20T10:00"))
    with pytest.raises(ValueError, match="no time zone"):
        tokyo.due(naive, timedelta(hours=1))


def test_a_time_whose_year_ends_elsewhere_is_refused_by_its_year_in_utc(tokyo: WorkCalendar) -> None:
    for start in ("0002-01-01T00:00:00+09:00", "0001-01-01T00:00:00+09:00", "9980-12-31T23:00:00-09:00"):
        with pytest.raises(ValueError, match=r"is out of range: expected a year from 2 to 9980 in UTC"):
            tokyo.elapsed(datetime.fromisoformat(start), jst("2026-05-07T10:00"))


@pytest.mark.parametrize("year", [1, 9999])
def test_a_year_at_the_ends_of_time_is_refused(tokyo: WorkCalendar, year: int) -> None:
    with pytest.raises(ValueError, match="is out of range: expected a year from 2 to 9980"):
        tokyo.is_open(datetime(year, 1, 1, tzinfo=UTC))


def test_work_cannot_be_negative(tokyo: WorkCalendar) -> None:
    with pytest.raises(ValueError, match="cannot be negative"):
        tokyo.due(jst("2026-04-20T10:00"), timedelta(seconds=-1))
