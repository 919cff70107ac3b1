"""Holidays of Japan against the printed calendars of 2026 to 2028 and 2032, with a company's own days off."""

from datetime import date, datetime, timedelta

import pytest

from shared.calendars import CalendarRules
from shared.durations import WorkDuration
from shared.worktime import WorkCalendar

RULES = {
    "timezone": "Asia/Tokyo",
    "hours": {"mon-fri": ["09:00-12:00", "13:00-18:00"]},
    "holidays": {
        "country": "JP",
        "open": ["2026-11-23"],
        "closed": [
            {"from": "2025-12-27", "to": "2026-01-04", "name": "年末年始"},
            {"from": "2026-08-12", "to": "2026-08-14", "name": "夏季休業"},
            {"from": "2026-12-29", "to": "2027-01-03", "name": "年末年始"},
        ],
    },
}


@pytest.fixture(scope="module")
def office() -> WorkCalendar:
    return CalendarRules.model_validate(RULES).build()


def jst(text: str) -> datetime:
    return datetime.fromisoformat(f"{text}+09:00")


def days(*parts: int | range) -> list[int]:
    return [day for part in parts for day in (part if isinstance(part, range) else [part])]


@pytest.mark.row(37)
@pytest.mark.parametrize(
    ("month", "open_days"),
    [
        pytest.param(
            "2026-05",
            days(1, 7, 8, range(11, 16), range(18, 23), range(25, 30)),
            id="Golden Week 2026: the 3rd is a Sunday, so the 6th is off in its place",
        ),
        pytest.param(
            "2027-04",
            days(1, 2, range(5, 10), range(12, 17), range(19, 24), range(26, 29), 30),
            id="Golden Week 2027 begins on Thursday the 29th, the Friday after it is worked",
        ),
        pytest.param(
            "2027-05",
            days(6, 7, range(10, 15), range(17, 22), range(24, 29), 31),
            id="Golden Week 2027: Monday to Wednesday, and nothing to be made up for",
        ),
        pytest.param(
            "2026-09",
            days(range(1, 5), range(7, 12), range(14, 19), 24, 25, range(28, 31)),
            id="Silver Week 2026: the 22nd lies between two holidays and is one itself",
        ),
        pytest.param(
            "2027-09",
            days(range(1, 4), range(6, 11), range(13, 18), 21, 22, 24, range(27, 31)),
            id="September 2027: two days lie between the holidays, so both are worked",
        ),
        pytest.param(
            "2026-12",
            days(range(1, 5), range(7, 12), range(14, 19), range(21, 26), 28),
            id="December 2026: the company closes on the 29th",
        ),
        pytest.param(
            "2027-01",
            days(range(4, 9), range(12, 16), range(18, 23), range(25, 30)),
            id="January 2027: from Monday the 4th, less Coming of Age Day",
        ),
        pytest.param(
            "2026-08",
            days(range(3, 8), 10, range(17, 22), range(24, 29), 31),
            id="August 2026: Mountain Day and the company's summer days",
        ),
        pytest.param(
            "2026-11",
            days(2, range(4, 7), range(9, 14), range(16, 21), range(23, 28), 30),
            id="November 2026: the company works on the 23rd, though a holiday",
        ),
    ],
)
def test_the_open_days_of_a_month_are_those_of_the_printed_calendar(
    office: WorkCalendar, month: str, open_days: list[int]
) -> None:
    first = date.fromisoformat(f"{month}-01")
    of_month = [day for n in range(31) if (day := first + timedelta(days=n)).month == first.month]
    assert [day.day for day in of_month if office.windows(day)] == open_days


@pytest.mark.row(37)
@pytest.mark.parametrize(
    ("start", "work", "due"),
    [
        pytest.param("2026-04-28T17:30", "1h", "2026-04-30T09:30", id="over Showa Day 2026"),
        pytest.param("2026-05-01T17:30", "1h", "2026-05-07T09:30", id="over Golden Week 2026"),
        pytest.param("2026-05-06T12:00", "15m", "2026-05-07T09:15", id="from the substitute holiday"),
        pytest.param("2026-04-28T13:00", "16h", "2026-05-01T12:00", id="used up as lunch begins on the last day"),
        pytest.param("2026-04-27T09:00", "40h", "2026-05-07T18:00", id="five working days of Golden Week 2026"),
        pytest.param("2026-05-01T09:00", "0bd", "2026-05-01T18:00", id="today, the last day before Golden Week 2026"),
        pytest.param("2026-05-01T18:00", "0bd", "2026-05-07T18:00", id="after its closing, the first day after it"),
        pytest.param("2027-04-28T17:30", "1h", "2027-04-30T09:30", id="over Showa Day 2027"),
        pytest.param("2027-04-30T17:30", "1h", "2027-05-06T09:30", id="over Golden Week 2027"),
        pytest.param("2027-04-26T09:00", "40h", "2027-05-06T18:00", id="five working days of Golden Week 2027"),
        pytest.param("2027-04-28T10:00", "2bd", "2027-05-06T18:00", id="two business days of Golden Week 2027"),
        pytest.param("2026-09-18T17:30", "1h", "2026-09-24T09:30", id="over Silver Week 2026"),
        pytest.param("2026-09-22T10:00", "1h", "2026-09-24T10:00", id="from the sandwiched day"),
        pytest.param("2026-09-18T10:00", "2bd", "2026-09-25T18:00", id="two business days of Silver Week 2026"),
        pytest.param("2027-09-17T17:30", "1h", "2027-09-21T09:30", id="September 2027, first holiday"),
        pytest.param("2027-09-22T17:30", "1h", "2027-09-24T09:30", id="September 2027, second holiday"),
        pytest.param("2032-09-17T17:30", "1h", "2032-09-23T09:30", id="the next sandwiched day, in 2032"),
        pytest.param("2027-03-19T17:30", "1h", "2027-03-23T09:30", id="an equinox on a Sunday is made up for"),
        pytest.param("2025-12-26T17:30", "1h", "2026-01-05T09:30", id="New Year 2026"),
        pytest.param("2026-12-28T10:00", "7h", "2026-12-28T18:00", id="used up at the last closing of 2026"),
        pytest.param("2026-12-28T17:30", "1h", "2027-01-04T09:30", id="New Year 2027"),
        pytest.param("2026-12-31T23:59", "0bd", "2027-01-04T18:00", id="from the last minute of 2026"),
        pytest.param("2027-12-30T17:30", "1h", "2028-01-04T09:30", id="New Year 2028 by the banks' holidays alone"),
        pytest.param("2026-08-10T17:30", "1h", "2026-08-17T09:30", id="Mountain Day and the company's summer days"),
        pytest.param("2026-11-20T17:30", "1h", "2026-11-23T09:30", id="a holiday on which the company works"),
    ],
)
def test_promises_over_holidays_are_due_when_people_are_back(
    office: WorkCalendar, start: str, work: str, due: str
) -> None:
    assert office.due(jst(start), WorkDuration.parse(work)) == jst(due)


@pytest.mark.row(37)
@pytest.mark.parametrize(
    ("start", "end", "hours"),
    [
        pytest.param("2026-04-27T00:00", "2026-05-11T00:00", 48, id="two weeks with Golden Week 2026"),
        pytest.param("2027-04-26T00:00", "2027-05-10T00:00", 48, id="two weeks with Golden Week 2027"),
        pytest.param("2026-09-14T00:00", "2026-09-28T00:00", 56, id="two weeks with Silver Week 2026"),
        pytest.param("2027-09-13T00:00", "2027-09-27T00:00", 64, id="the same two weeks of 2027"),
        pytest.param("2026-12-21T00:00", "2027-01-11T00:00", 88, id="three weeks with New Year 2027"),
        pytest.param("2026-05-01T18:00", "2026-05-07T09:00", 0, id="no work in Golden Week"),
        pytest.param("2026-05-01T17:00", "2026-05-07T10:30", 2.5, id="an hour before it and one and a half after it"),
    ],
)
def test_holidays_are_not_worked(office: WorkCalendar, start: str, end: str, hours: float) -> None:
    assert office.elapsed(jst(start), jst(end)) == timedelta(hours=hours)
