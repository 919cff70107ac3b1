"""Working time against laws that hold for every calendar, and against an oracle that counts minutes."""

from bisect import bisect_left
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from functools import cache
from itertools import accumulate
from zoneinfo import ZoneInfo

from hypothesis import assume, given, settings
from hypothesis import strategies as st

from shared.durations import WorkDuration
from shared.worktime import LocalWindow, WorkCalendar

MINUTE, DAY = timedelta(minutes=1), timedelta(days=1)
SPAN_DAYS = 16
unhurried = settings(deadline=None)
# First days of the spans looked at: clock changes, the turn of a year in UTC, and a quiet month.
SPANS = [
    ("Asia/Tokyo", date(2026, 4, 25)),
    ("Asia/Tokyo", date(2025, 12, 25)),
    ("Europe/Berlin", date(2026, 3, 22)),
    ("Europe/Berlin", date(2026, 10, 18)),
    ("America/Sao_Paulo", date(2018, 10, 28)),
    ("America/Sao_Paulo", date(2018, 2, 10)),
    ("America/St_Johns", date(2007, 10, 28)),
    ("Australia/Lord_Howe", date(2026, 3, 29)),
    ("Pacific/Apia", date(2011, 12, 24)),
    ("America/Havana", date(2026, 10, 24)),
    ("Antarctica/Troll", date(2026, 3, 22)),
]


@cache
def furthest_wall_times(zone: str, first: date) -> list[datetime]:
    """For each minute from a day before the span, the latest wall time that the zone's clock has shown by then."""
    start = datetime(first.year, first.month, first.day, tzinfo=UTC) - DAY
    minutes = (SPAN_DAYS + 2) * DAY // MINUTE
    shown = ((start + n * MINUTE).astimezone(ZoneInfo(zone)).replace(tzinfo=None) for n in range(minutes))
    return list(accumulate(shown, max))


@dataclass(frozen=True)
class MinuteCounter:
    """The oracle: marks every open minute, then counts. A wall time is when the clock has first reached it."""

    zone: str
    first: date
    week: tuple[tuple[LocalWindow, ...], ...]
    off: frozenset[date]

    @property
    def origin(self) -> datetime:
        return datetime(self.first.year, self.first.month, self.first.day, tzinfo=UTC) - DAY

    def minute_of(self, day: date, since_midnight: timedelta) -> int:
        wall = datetime(day.year, day.month, day.day) + since_midnight
        return bisect_left(furthest_wall_times(self.zone, self.first), wall)

    def minutes_of_day(self, day: date) -> set[int]:
        hours = () if day in self.off else self.week[day.weekday()]
        spans = (range(self.minute_of(day, window.opens), self.minute_of(day, window.closes)) for window in hours)
        return {minute for span in spans for minute in span}

    def by_day(self) -> list[set[int]]:
        return [self.minutes_of_day(self.first + n * DAY) for n in range(-3, SPAN_DAYS + 3)]

    def open_minutes(self) -> list[int]:
        return sorted(set().union(*self.by_day()))

    def due(self, start: int, work_minutes: int) -> int | None:
        ahead = [minute for minute in self.open_minutes() if minute >= start]
        if len(ahead) <= work_minutes:
            return None
        return ahead[work_minutes - 1] + 1 if work_minutes else ahead[0]

    def due_by_days(self, start: int, count: int) -> int | None:
        closing = start
        for _ in range(count + 1):
            later = (max(minutes) + 1 for minutes in self.by_day() if minutes and max(minutes) + 1 > closing)
            closing = next(later, -1)
            if closing < 0 or closing >= SPAN_DAYS * DAY // MINUTE:
                return None
        return closing

    def calendar(self) -> WorkCalendar:
        return WorkCalendar(ZoneInfo(self.zone), self.week, self.off.__contains__)


@st.composite
def local_windows(draw: st.DrawFn) -> LocalWindow:
    opens = draw(st.integers(0, 95)) * 15
    length = draw(st.integers(1, 96 if opens == 0 else 95)) * 15
    return LocalWindow(opens * MINUTE, (opens + length) * MINUTE)


@st.composite
def counters(draw: st.DrawFn) -> MinuteCounter:
    zone, first = draw(st.sampled_from(SPANS))
    days = [first + n * DAY for n in range(SPAN_DAYS)]
    hours = st.lists(local_windows(), max_size=3).map(tuple)
    week = draw(st.tuples(hours, hours, hours, hours, hours, hours, hours))
    assume(any(week))
    return MinuteCounter(zone, first, week, draw(st.frozensets(st.sampled_from(days), max_size=4)))


calendars = counters().map(lambda counter: (counter.calendar(), counter.origin))
start_minutes = st.integers(DAY // MINUTE, 9 * DAY // MINUTE)
offsets = st.timedeltas(timedelta(0), SPAN_DAYS * DAY)
works = st.timedeltas(timedelta(0), timedelta(hours=60))


@unhurried
@given(counters(), start_minutes, st.integers(0, 3_000))
def test_due_agrees_with_counting_minutes(counter: MinuteCounter, start: int, work: int) -> None:
    expected = counter.due(start, work)
    assume(expected is not None)
    due = counter.calendar().due(counter.origin + start * MINUTE, work * MINUTE)
    assert (due - counter.origin) / MINUTE == expected


@unhurried
@given(counters(), start_minutes, st.integers(0, 5))
def test_business_days_agree_with_counting_closings(counter: MinuteCounter, start: int, count: int) -> None:
    expected = counter.due_by_days(start, count)
    assume(expected is not None)
    due = counter.calendar().due(counter.origin + start * MINUTE, WorkDuration(business_days=count))
    assert (due - counter.origin) / MINUTE == expected


@unhurried
@given(counters(), start_minutes, st.integers(0, 7 * DAY // MINUTE))
def test_elapsed_and_open_agree_with_counting_minutes(counter: MinuteCounter, start: int, length: int) -> None:
    calendar, begin = counter.calendar(), counter.origin + start * MINUTE
    open_minutes = set(counter.open_minutes())
    worked = open_minutes & set(range(start, start + length))
    assert calendar.elapsed(begin, begin + length * MINUTE) == len(worked) * MINUTE
    assert calendar.is_open(begin) is (start in open_minutes)


@unhurried
@given(calendars, offsets, works)
def test_elapsed_time_until_due_is_the_work(
    made: tuple[WorkCalendar, datetime], offset: timedelta, work: timedelta
) -> None:
    calendar, origin = made
    start = origin + offset
    assert calendar.elapsed(start, calendar.due(start, work)) == work


@unhurried
@given(calendars, st.tuples(offsets, offsets, offsets).map(sorted))
def test_elapsed_time_adds_up(made: tuple[WorkCalendar, datetime], cuts: list[timedelta]) -> None:
    calendar, origin = made
    first, middle, last = (origin + cut for cut in cuts)
    assert calendar.elapsed(first, middle) + calendar.elapsed(middle, last) == calendar.elapsed(first, last)
    assert calendar.elapsed(last, first) == timedelta(0)


@unhurried
@given(calendars, st.tuples(offsets, offsets).map(sorted), st.timedeltas(timedelta(microseconds=1), timedelta(hours=1)))
def test_what_was_worked_by_an_instant_is_due_by_then_and_a_moment_more_is_not(
    made: tuple[WorkCalendar, datetime], cuts: list[timedelta], more: timedelta
) -> None:
    calendar, origin = made
    start, end = (origin + cut for cut in cuts)
    worked = calendar.elapsed(start, end)
    assert timedelta(0) <= worked <= end - start
    assert calendar.due(start, worked) <= max(end, calendar.next_opening(start))
    assert calendar.due(start, worked + more) > end


@unhurried
@given(calendars, offsets, works)
def test_a_due_date_is_an_open_instant_or_a_closing(
    made: tuple[WorkCalendar, datetime], offset: timedelta, work: timedelta
) -> None:
    calendar, origin = made
    due = calendar.due(origin + offset, work)
    assert calendar.is_open(due) or calendar.is_open(due - timedelta(microseconds=1))


@unhurried
@given(calendars, st.tuples(offsets, offsets).map(sorted), st.tuples(works, works).map(sorted))
def test_a_later_start_or_more_work_is_never_due_sooner(
    made: tuple[WorkCalendar, datetime], starts: list[timedelta], lengths: list[timedelta]
) -> None:
    calendar, origin = made
    early, late = (origin + start for start in starts)
    less, more = lengths
    assert calendar.due(early, less) <= calendar.due(late, less)
    assert calendar.due(early, less) <= calendar.due(early, more)


@unhurried
@given(calendars, st.tuples(offsets, offsets).map(sorted), st.integers(0, 20))
def test_a_later_start_or_more_business_days_are_never_due_sooner(
    made: tuple[WorkCalendar, datetime], starts: list[timedelta], count: int
) -> None:
    calendar, origin = made
    early, late = (origin + start for start in starts)
    few, more = WorkDuration(business_days=count), WorkDuration(business_days=count + 1)
    assert early < calendar.due(early, few) <= calendar.due(late, few)
    assert calendar.due(early, few) < calendar.due(early, more)


@unhurried
@given(calendars, offsets, works, works)
def test_work_done_in_two_parts_is_due_when_it_is_due_in_one(
    made: tuple[WorkCalendar, datetime], offset: timedelta, first: timedelta, second: timedelta
) -> None:
    assume(second > timedelta(0))
    calendar, origin = made
    start = origin + offset
    assert calendar.due(calendar.due(start, first), second) == calendar.due(start, first + second)
