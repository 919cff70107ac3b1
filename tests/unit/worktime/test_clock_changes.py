"""Windows are wall-clock times, work is elapsed seconds: zones that put their clocks forward and back."""

from collections.abc import Callable
from datetime import date, datetime, timedelta

import pytest

from shared.durations import WorkDuration
from shared.worktime import WorkCalendar

CalendarMaker = Callable[..., WorkCalendar]

DAILY = "mon-sun"


def at(text: str) -> datetime:
    return datetime.fromisoformat(text)


@pytest.mark.parametrize(
    ("zone", "day", "hours", "opens", "closes"),
    [
        pytest.param(
            "Europe/Berlin", "2026-03-29", "02:30-04:00", "2026-03-29T01:00Z", "2026-03-29T02:00Z", id="opens in a gap"
        ),
        pytest.param(
            "Europe/Berlin", "2026-03-29", "01:00-02:30", "2026-03-29T00:00Z", "2026-03-29T01:00Z", id="closes in a gap"
        ),
        pytest.param("Europe/Berlin", "2026-03-29", "02:00-03:00", None, None, id="the gap swallows the window"),
        pytest.param(
            "Europe/Berlin",
            "2026-10-25",
            "02:30-04:00",
            "2026-10-25T00:30Z",
            "2026-10-25T03:00Z",
            id="opens at the first of two",
        ),
        pytest.param(
            "Europe/Berlin",
            "2026-10-25",
            "01:00-02:30",
            "2026-10-24T23:00Z",
            "2026-10-25T00:30Z",
            id="closes at the first of two",
        ),
        pytest.param(
            "Europe/Berlin",
            "2026-10-25",
            "02:00-03:00",
            "2026-10-25T00:00Z",
            "2026-10-25T02:00Z",
            id="an hour twice is two hours",
        ),
        pytest.param(
            "America/Sao_Paulo",
            "2018-11-04",
            "00:00-24:00",
            "2018-11-04T03:00Z",
            "2018-11-05T02:00Z",
            id="midnight is skipped",
        ),
        pytest.param(
            "America/Sao_Paulo",
            "2018-11-03",
            "22:00-00:30",
            "2018-11-04T01:00Z",
            "2018-11-04T03:00Z",
            id="the night ends in a gap",
        ),
        pytest.param(
            "America/Sao_Paulo",
            "2018-02-17",
            "22:00-24:00",
            "2018-02-18T00:00Z",
            "2018-02-18T03:00Z",
            id="an evening hour twice",
        ),
        pytest.param(
            "Australia/Lord_Howe",
            "2026-10-04",
            "02:15-03:00",
            "2026-10-03T15:30Z",
            "2026-10-03T16:00Z",
            id="a gap of half an hour",
        ),
        pytest.param("Pacific/Apia", "2011-12-30", "00:00-24:00", None, None, id="a day that never was"),
        pytest.param(
            "Pacific/Apia",
            "2011-12-29",
            "22:00-02:00",
            "2011-12-30T08:00Z",
            "2011-12-30T10:00Z",
            id="a night into that day",
        ),
    ],
)
def test_a_time_that_happens_twice_is_its_first_and_one_that_is_skipped_the_instant_of_the_change(
    calendar: CalendarMaker, zone: str, day: str, hours: str, opens: str | None, closes: str | None
) -> None:
    expected = [(at(opens), at(closes))] if opens and closes else []
    assert calendar(zone, {DAILY: [hours]}).windows(date.fromisoformat(day)) == expected


@pytest.mark.parametrize(
    ("zone", "start", "work", "due"),
    [
        ("Europe/Berlin", "2026-03-28T12:00+01:00", "24h", "2026-03-29T13:00+02:00"),
        ("Europe/Berlin", "2026-10-24T12:00+02:00", "24h", "2026-10-25T11:00+01:00"),
        ("America/Sao_Paulo", "2018-11-03T12:00-03:00", "24h", "2018-11-04T13:00-02:00"),
        ("America/Sao_Paulo", "2018-02-17T12:00-02:00", "24h", "2018-02-18T11:00-03:00"),
    ],
)
def test_around_the_clock_a_clock_change_neither_gives_nor_takes_work(
    calendar: CalendarMaker, zone: str, start: str, work: str, due: str
) -> None:
    always = calendar(zone, {DAILY: ["00:00-24:00"]})
    assert always.due(at(start), WorkDuration.parse(work)) == at(due)
    assert always.elapsed(at(start), at(due)) == timedelta(hours=24)


def test_office_hours_keep_to_the_wall_clock_on_both_sides_of_a_change(calendar: CalendarMaker) -> None:
    office = calendar("Europe/Berlin", {"mon-fri": ["09:00-17:00"]})
    assert office.due(at("2026-03-27T16:00+01:00"), timedelta(hours=2)) == at("2026-03-30T10:00+02:00")
    assert office.due(at("2026-10-23T16:00+02:00"), timedelta(hours=2)) == at("2026-10-26T10:00+01:00")


def test_the_second_run_of_a_repeated_hour_is_closed_after_the_first_closing(calendar: CalendarMaker) -> None:
    early = calendar("Europe/Berlin", {DAILY: ["00:00-02:30"]})
    assert early.is_open(at("2026-10-25T02:15+02:00"))
    assert not early.is_open(at("2026-10-25T02:15+01:00"))
    assert early.due(at("2026-10-25T02:15+01:00"), timedelta(minutes=1)) == at("2026-10-26T00:01+01:00")


@pytest.mark.parametrize(
    ("start", "work", "due"),
    [
        pytest.param("2018-11-03T12:00-03:00", "0bd", "2018-11-04T01:00-02:00", id="closing in the gap"),
        pytest.param("2018-11-03T12:00-03:00", "1bd", "2018-11-05T00:30-02:00", id="the day after"),
        pytest.param("2018-11-04T01:00-02:00", "0bd", "2018-11-05T00:30-02:00", id="from the closing in the gap"),
    ],
)
def test_business_days_close_at_the_change_when_closing_time_is_skipped(
    calendar: CalendarMaker, start: str, work: str, due: str
) -> None:
    late = calendar("America/Sao_Paulo", {DAILY: ["18:00-00:30"]})
    assert late.due(at(start), WorkDuration.parse(work)) == at(due)


def test_a_day_that_never_was_is_no_working_day(calendar: CalendarMaker) -> None:
    apia = calendar("Pacific/Apia", {DAILY: ["09:00-17:00"]})
    assert apia.due(at("2011-12-29T12:00-10:00"), WorkDuration.parse("1bd")) == at("2011-12-31T17:00+14:00")
