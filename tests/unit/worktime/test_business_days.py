"""`0bd`, `1bd` and so on: by the closing of a working day."""

from collections.abc import Callable
from datetime import UTC, datetime

import pytest

from shared.durations import WorkDuration
from shared.worktime import ALWAYS_OPEN, WorkCalendar

CalendarMaker = Callable[..., WorkCalendar]

TODAY, TOMORROW = WorkDuration.parse("0bd"), WorkDuration.parse("1bd")


def jst(text: str) -> datetime:
    return datetime.fromisoformat(f"{text}+09:00")


@pytest.mark.parametrize(
    ("start", "work", "due"),
    [
        pytest.param("2026-04-20T10:00", "0bd", "2026-04-20T18:00", id="today"),
        pytest.param("2026-04-20T06:00", "0bd", "2026-04-20T18:00", id="before opening is today"),
        pytest.param("2026-04-20T12:30", "0bd", "2026-04-20T18:00", id="the lunch break is today"),
        pytest.param("2026-04-20T17:59:59", "0bd", "2026-04-20T18:00", id="a second before closing is today"),
        pytest.param("2026-04-20T18:00", "0bd", "2026-04-21T18:00", id="exactly at closing today is over"),
        pytest.param("2026-04-20T19:00", "0bd", "2026-04-21T18:00", id="after closing"),
        pytest.param("2026-04-25T10:00", "0bd", "2026-04-27T18:00", id="on Saturday"),
        pytest.param("2026-04-20T10:00", "1bd", "2026-04-21T18:00", id="the next working day"),
        pytest.param("2026-04-20T06:00", "1bd", "2026-04-21T18:00", id="the next working day from before opening"),
        pytest.param("2026-04-20T19:00", "1bd", "2026-04-22T18:00", id="a clock from after closing starts tomorrow"),
        pytest.param("2026-04-25T10:00", "1bd", "2026-04-28T18:00", id="a clock from Saturday starts on Monday"),
        pytest.param("2026-04-24T10:00", "1bd", "2026-04-27T18:00", id="over the weekend"),
        pytest.param("2026-04-28T10:00", "3bd", "2026-05-07T18:00", id="over Showa Day and Golden Week"),
        pytest.param("2026-09-18T10:00", "1bd", "2026-09-24T18:00", id="over Silver Week with its sandwiched day"),
        pytest.param("2026-12-28T10:00", "1bd", "2027-01-04T18:00", id="over the turn of the year"),
        pytest.param("2026-08-12T10:00", "1bd", "2026-08-14T18:00", id="over the company's own day off"),
    ],
)
def test_business_days_end_at_closing(tokyo: WorkCalendar, start: str, work: str, due: str) -> None:
    assert tokyo.due(jst(start), WorkDuration.parse(work)) == jst(due)


def test_the_closing_is_that_of_the_last_window_of_the_working_day(tokyo: WorkCalendar) -> None:
    assert tokyo.closing(jst("2026-04-20T09:30")) == jst("2026-04-20T18:00")
    assert tokyo.closing(jst("2026-04-20T18:30")) == jst("2026-04-21T18:00")


def test_after_midnight_the_night_before_is_still_today(calendar: CalendarMaker) -> None:
    night = calendar("Asia/Tokyo", {"mon-fri": ["22:00-02:00"]})
    assert night.due(jst("2026-04-21T01:00"), TODAY) == jst("2026-04-21T02:00")
    assert night.due(jst("2026-04-21T01:00"), TOMORROW) == jst("2026-04-22T02:00")
    assert night.due(jst("2026-04-21T02:00"), TODAY) == jst("2026-04-22T02:00")
    assert night.due(jst("2026-04-25T01:00"), TOMORROW) == jst("2026-04-28T02:00")


def test_a_working_day_that_ends_inside_the_night_before_it_is_not_due_sooner(calendar: CalendarMaker) -> None:
    odd = calendar("Asia/Tokyo", {"mon": ["22:00-10:00"], "tue": ["06:00-08:00"], "wed": ["09:00-18:00"]})
    assert odd.due(jst("2026-04-21T09:00"), TODAY) == jst("2026-04-21T10:00")
    assert odd.due(jst("2026-04-21T09:00"), TOMORROW) == jst("2026-04-22T18:00")


def test_days_of_different_length_close_at_their_own_hours(calendar: CalendarMaker) -> None:
    office = calendar("Asia/Tokyo", {"mon-thu": ["09:00-18:00"], "fri": ["09:00-15:00"]})
    assert office.due(jst("2026-04-23T17:00"), TOMORROW) == jst("2026-04-24T15:00")


def test_around_the_clock_a_day_closes_at_midnight() -> None:
    noon, midnight = datetime(2026, 4, 20, 12, tzinfo=UTC), datetime(2026, 4, 21, tzinfo=UTC)
    assert ALWAYS_OPEN.due(noon, TODAY) == midnight
    assert ALWAYS_OPEN.due(midnight, TODAY) == datetime(2026, 4, 22, tzinfo=UTC)
    assert ALWAYS_OPEN.due(noon, TOMORROW) == datetime(2026, 4, 22, tzinfo=UTC)
