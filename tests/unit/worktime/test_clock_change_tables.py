"""Promises over clock changes, by the tables of the zones: due dates with the offset that holds at each instant.

Berlin goes from +01:00 to +02:00 on 2026-03-29 at 02:00 and back on 2026-10-25 at 03:00. São Paulo went from -03:00
to -02:00 on 2018-11-04 at midnight, which was thereby skipped, and back on 2019-02-16 at 24:00, so that the hour
before it happened twice. Havana goes back on 2026-11-01 at 01:00, so that midnight happens twice.
"""

from collections.abc import Callable
from datetime import datetime, timedelta

import pytest

from shared.durations import WorkDuration
from shared.worktime import WorkCalendar

CalendarMaker = Callable[..., WorkCalendar]

OFFICE = {"mon-fri": ["09:00-12:00", "13:00-18:00"]}
NIGHT = {"mon-sun": ["22:00-06:00"]}
SPLIT_NIGHT = {"mon-sun": ["00:00-03:00", "04:00-08:00"]}
EVENING = {"mon-sun": ["20:00-24:00"]}
EARLY_END = {"mon-sun": ["20:00-23:30"]}
SMALL_HOURS = {"mon-sun": ["00:00-08:00"]}
ALWAYS = {"mon-sun": ["00:00-24:00"]}
BERLIN, SAO_PAULO, HAVANA = "Europe/Berlin", "America/Sao_Paulo", "America/Havana"

FORWARD = [
    (BERLIN, OFFICE, "2026-03-27T17:00+01:00", "2h", "2026-03-30T10:00+02:00", "an office over the weekend"),
    (BERLIN, NIGHT, "2026-03-28T22:00+01:00", "7h", "2026-03-29T06:00+02:00", "a night of seven hours, to its closing"),
    (BERLIN, NIGHT, "2026-03-28T22:00+01:00", "8h", "2026-03-29T23:00+02:00", "its missing hour is worked next night"),
    (BERLIN, NIGHT, "2026-03-29T03:00+02:00", "3h", "2026-03-29T06:00+02:00", "from the instant of the change"),
    (BERLIN, SPLIT_NIGHT, "2026-03-29T00:00+01:00", "2h", "2026-03-29T03:00+02:00", "closing at the change itself"),
    (BERLIN, SPLIT_NIGHT, "2026-03-29T00:00+01:00", "3h", "2026-03-29T05:00+02:00", "on into the second window"),
    (BERLIN, ALWAYS, "2026-03-29T00:00+01:00", "24h", "2026-03-30T01:00+02:00", "around the clock"),
    (BERLIN, ALWAYS, "2026-03-28T12:00+01:00", "1bd", "2026-03-30T00:00+02:00", "a business day around the clock"),
    (SAO_PAULO, OFFICE, "2018-11-02T17:00-03:00", "2h", "2018-11-05T10:00-02:00", "an office over the weekend"),
    (SAO_PAULO, NIGHT, "2018-11-03T22:00-03:00", "2h", "2018-11-04T01:00-02:00", "due at the skipped midnight"),
    (SAO_PAULO, NIGHT, "2018-11-03T22:00-03:00", "7h", "2018-11-04T06:00-02:00", "a night of seven hours"),
    (SAO_PAULO, EVENING, "2018-11-03T20:00-03:00", "4h", "2018-11-04T01:00-02:00", "closing at the skipped midnight"),
    (SAO_PAULO, EVENING, "2018-11-03T20:00-03:00", "5h", "2018-11-04T21:00-02:00", "one hour more than the evening"),
    (SAO_PAULO, SMALL_HOURS, "2018-11-03T23:00-03:00", "7h", "2018-11-04T08:00-02:00", "opening at skipped midnight"),
    (SAO_PAULO, SMALL_HOURS, "2018-11-03T12:00-03:00", "0bd", "2018-11-04T08:00-02:00", "that day's closing"),
    (SAO_PAULO, ALWAYS, "2018-11-03T12:00-03:00", "24h", "2018-11-04T13:00-02:00", "around the clock"),
    (SAO_PAULO, ALWAYS, "2018-11-03T12:00-03:00", "0bd", "2018-11-04T01:00-02:00", "a day that ends at no midnight"),
]
BACK = [
    (BERLIN, OFFICE, "2026-10-23T17:00+02:00", "2h", "2026-10-26T10:00+01:00", "an office over the weekend"),
    (BERLIN, NIGHT, "2026-10-24T22:00+02:00", "9h", "2026-10-25T06:00+01:00", "a night of nine hours, to its closing"),
    (BERLIN, NIGHT, "2026-10-24T22:00+02:00", "5h", "2026-10-25T02:00+01:00", "due in the second run of the hour"),
    (BERLIN, NIGHT, "2026-10-24T22:00+02:00", "4h", "2026-10-25T02:00+02:00", "due in its first run"),
    (BERLIN, SPLIT_NIGHT, "2026-10-25T00:00+02:00", "4h", "2026-10-25T03:00+01:00", "closing after both runs"),
    (BERLIN, SPLIT_NIGHT, "2026-10-25T00:00+02:00", "5h", "2026-10-25T05:00+01:00", "on into the second window"),
    (BERLIN, ALWAYS, "2026-10-25T00:00+02:00", "24h", "2026-10-25T23:00+01:00", "around the clock"),
    (BERLIN, ALWAYS, "2026-10-24T12:00+02:00", "1bd", "2026-10-26T00:00+01:00", "a business day around the clock"),
    (SAO_PAULO, OFFICE, "2019-02-15T17:00-02:00", "2h", "2019-02-18T10:00-03:00", "an office over the weekend"),
    (SAO_PAULO, NIGHT, "2019-02-16T22:00-02:00", "2h", "2019-02-16T23:00-03:00", "due as the hour begins again"),
    (SAO_PAULO, NIGHT, "2019-02-16T22:00-02:00", "9h", "2019-02-17T06:00-03:00", "a night of nine hours"),
    (SAO_PAULO, EVENING, "2019-02-16T20:00-02:00", "5h", "2019-02-17T00:00-03:00", "an evening of five hours"),
    (SAO_PAULO, EARLY_END, "2019-02-16T20:00-02:00", "210m", "2019-02-16T23:30-02:00", "closing at the first 23:30"),
    (SAO_PAULO, EARLY_END, "2019-02-16T23:15-03:00", "1m", "2019-02-17T20:01-03:00", "closed as the hour runs again"),
    (SAO_PAULO, ALWAYS, "2019-02-16T12:00-02:00", "24h", "2019-02-17T11:00-03:00", "around the clock"),
    (SAO_PAULO, ALWAYS, "2019-02-16T12:00-02:00", "0bd", "2019-02-17T00:00-03:00", "a day of 25 hours"),
    (HAVANA, EVENING, "2026-10-31T20:00-04:00", "4h", "2026-11-01T00:00-04:00", "closing at the first midnight"),
    (HAVANA, EVENING, "2026-11-01T00:00-05:00", "1h", "2026-11-01T21:00-05:00", "closed at the second midnight"),
    (HAVANA, SMALL_HOURS, "2026-10-31T23:00-04:00", "9h", "2026-11-01T08:00-05:00", "opening at the first midnight"),
]


@pytest.mark.row(37)
@pytest.mark.parametrize(
    ("zone", "hours", "start", "work", "due"),
    [
        pytest.param(*row[:5], id=f"{row[0]} {direction}: {row[5]}")
        for direction, rows in (("forward", FORWARD), ("back", BACK))
        for row in rows
    ],
)
def test_work_over_a_clock_change_is_due_by_the_hours_that_people_really_worked(
    calendar: CalendarMaker, zone: str, hours: dict[str, list[str]], start: str, work: str, due: str
) -> None:
    worked, promised = calendar(zone, hours), WorkDuration.parse(work)
    started_at, due_at = datetime.fromisoformat(start), datetime.fromisoformat(due)
    assert worked.due(started_at, promised) == due_at
    if promised.business_days is None:
        assert worked.elapsed(started_at, due_at) == promised.working_time


@pytest.mark.row(37)
@pytest.mark.parametrize(
    ("zone", "hours", "start", "end", "worked"),
    [
        pytest.param(BERLIN, NIGHT, "2026-03-28T12:00Z", "2026-03-29T12:00Z", 7, id="the short night of Berlin"),
        pytest.param(BERLIN, NIGHT, "2026-10-24T12:00Z", "2026-10-25T12:00Z", 9, id="the long night of Berlin"),
        pytest.param(BERLIN, ALWAYS, "2026-03-01T00:00+01:00", "2026-04-01T00:00+02:00", 743, id="March of 743 hours"),
        pytest.param(BERLIN, ALWAYS, "2026-10-01T00:00+02:00", "2026-11-01T00:00+01:00", 745, id="October of 745"),
        pytest.param(BERLIN, OFFICE, "2026-03-23T00:00+01:00", "2026-04-06T00:00+02:00", 80, id="ten office days"),
        pytest.param(SAO_PAULO, NIGHT, "2018-11-03T15:00Z", "2018-11-04T15:00Z", 7, id="the short night of São Paulo"),
        pytest.param(SAO_PAULO, NIGHT, "2019-02-16T15:00Z", "2019-02-17T15:00Z", 9, id="the long night of São Paulo"),
        pytest.param(SAO_PAULO, ALWAYS, "2018-11-04T01:00-02:00", "2018-11-05T00:00-02:00", 23, id="a day of 23 hours"),
        pytest.param(SAO_PAULO, ALWAYS, "2019-02-16T00:00-02:00", "2019-02-17T00:00-03:00", 25, id="a day of 25 hours"),
    ],
)
def test_elapsed_work_counts_the_hour_that_is_missing_and_the_one_that_is_repeated(
    calendar: CalendarMaker, zone: str, hours: dict[str, list[str]], start: str, end: str, worked: int
) -> None:
    span = datetime.fromisoformat(start), datetime.fromisoformat(end)
    assert calendar(zone, hours).elapsed(*span) == timedelta(hours=worked)


@pytest.mark.row(37)
def test_easter_and_the_clock_change_on_one_weekend(calendar: CalendarMaker) -> None:
    office = calendar(BERLIN, OFFICE, country="DE")
    due = office.due(datetime.fromisoformat("2027-03-25T17:00+01:00"), timedelta(hours=2))
    assert due == datetime.fromisoformat("2027-03-30T10:00+02:00")


@pytest.mark.row(37)
def test_all_souls_day_and_the_clock_change_on_one_weekend(calendar: CalendarMaker) -> None:
    office = calendar(SAO_PAULO, OFFICE, country="BR")
    due = office.due(datetime.fromisoformat("2018-11-01T17:00-03:00"), timedelta(hours=2))
    assert due == datetime.fromisoformat("2018-11-05T10:00-02:00")
