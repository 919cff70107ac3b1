"""Due dates and elapsed working time over a calendar's hours and days off."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from typing import Final
from zoneinfo import ZoneInfo

from shared.durations import WorkDuration
from shared.worktime.hours import DAY, LocalWindow, Week
from shared.worktime.open_time import OpenTime, Window, merge

HORIZON: Final = timedelta(days=3653)
FIRST_YEAR: Final = 2
LAST_YEAR: Final = 9980
CLOSING: Final = WorkDuration(business_days=0)


class NoOpeningError(Exception):
    """The calendar does not open within ten years of the instant asked about."""


def never(_: date) -> bool:
    """For calendars without days off."""
    return False


@dataclass(frozen=True, eq=False)
class WorkCalendar:
    """Hours by weekday (Monday first) in a zone, less the days off. Hours are half-open: closed at the closing.

    Takes any aware instant, gives UTC. Naive instants raise ValueError.
    """

    zone: ZoneInfo
    week: Week
    is_off: Callable[[date], bool] = never
    _windows: dict[date, tuple[Window, ...]] = field(init=False, repr=False, default_factory=dict)
    _years: dict[int, OpenTime] = field(init=False, repr=False, default_factory=dict)

    def due(self, start: datetime, work: WorkDuration | timedelta) -> datetime:
        """When the work is used up: an open instant or a closing. Raises NoOpeningError."""
        if isinstance(work, timedelta):
            return self._due_by_time(_utc(start), WorkDuration(working_time=work).working_time)
        if work.business_days is None:
            return self._due_by_time(_utc(start), work.working_time)
        return self._due_by_days(_utc(start), work.business_days)

    def elapsed(self, start: datetime, end: datetime) -> timedelta:
        """Working time from start to end; 0 when the end lies before the start."""
        first, last = _utc(start), _utc(end)
        if last <= first:
            return timedelta(0)
        whole_years = sum((self._year(year).total for year in range(first.year, last.year)), timedelta(0))
        return whole_years + self._year(last.year).worked_until(last) - self._year(first.year).worked_until(first)

    def is_open(self, at: datetime) -> bool:
        """Whether work is done at this instant."""
        instant = _utc(at)
        return self._year(instant.year).opening_from(instant) == instant

    def next_opening(self, at: datetime) -> datetime:
        """The instant itself when open. Raises NoOpeningError."""
        instant = _utc(at)
        until = instant + HORIZON
        by_year = (self._year(year).opening_from(instant) for year in range(instant.year, until.year + 1))
        opening = next((opening for opening in by_year if opening is not None), None)
        if opening is None or opening > until:
            raise _no_opening(instant)
        return opening

    def closing(self, at: datetime) -> datetime:
        """The closing of the working day that is on or, after hours, of the next one. Raises NoOpeningError."""
        return self.due(at, CLOSING)

    def windows(self, day: date) -> list[Window]:
        """Openings and closings in UTC of the windows that start on this day of the calendar's zone."""
        return list(self._windows_on(day))

    def _due_by_time(self, start: datetime, work: timedelta) -> datetime:
        at, left = self.next_opening(start), work
        while left:
            year = self._year(at.year)
            worked = year.worked_until(at)
            if worked + left <= year.total:
                return year.when_worked(worked + left)
            left -= year.total - worked
            at = self.next_opening(year.closings[-1])
        return at

    def _due_by_days(self, start: datetime, count: int) -> datetime:
        # A window over midnight belongs to the day before.
        day, closing = self._next_working_day(start.astimezone(self.zone).date() - 2 * DAY, start)
        for _ in range(count):
            day, closing = self._next_working_day(day, closing)
        return closing

    def _next_working_day(self, after: date, since: datetime) -> tuple[date, datetime]:
        for ahead in range(1, HORIZON.days + 1):
            day = after + ahead * DAY
            windows = self._windows_on(day)
            if windows and windows[-1][1] > since:
                return day, windows[-1][1]
        raise _no_opening(since)

    def _windows_on(self, day: date) -> tuple[Window, ...]:
        windows = self._windows.get(day)
        if windows is None:
            hours = () if self.is_off(day) else self.week[day.weekday()]
            windows = self._windows[day] = tuple(merge(window.on(day, self.zone) for window in hours))
        return windows

    def _year(self, year: int) -> OpenTime:
        open_time = self._years.get(year)
        if open_time is None:
            # Zones are up to 15 hours off UTC and windows reach into the next day.
            first, last = date(year, 1, 1) - 2 * DAY, date(year + 1, 1, 1)
            days = (first + ahead * DAY for ahead in range((last - first).days + 1))
            windows = (window for day in days for window in self._windows_on(day))
            open_time = self._years[year] = OpenTime.between(_new_year(year), _new_year(year + 1), windows)
        return open_time


ALWAYS_OPEN: Final = WorkCalendar(ZoneInfo("UTC"), ((LocalWindow(timedelta(0), DAY),),) * 7)


def _new_year(year: int) -> datetime:
    return datetime(year, 1, 1, tzinfo=UTC)


def _utc(at: datetime) -> datetime:
    if at.utcoffset() is None:
        raise ValueError(f"{at.isoformat()} has no time zone: write an offset, such as {at.isoformat()}+09:00")
    try:
        instant = at.astimezone(UTC)
    except OverflowError:
        instant = datetime.max.replace(tzinfo=UTC)
    if not FIRST_YEAR <= instant.year <= LAST_YEAR:
        raise ValueError(f"{at.isoformat()} is out of range: expected a year from {FIRST_YEAR} to {LAST_YEAR} in UTC")
    return instant


def _no_opening(at: datetime) -> NoOpeningError:
    return NoOpeningError(
        f"no opening within ten years after {at.isoformat()}: give the calendar hours, or shorten what it is closed for"
    )
