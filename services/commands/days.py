"""Working time told day by day: which windows were used, and why a day has none."""

from calendar import Calendar
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from shared.calendars import CalendarRules, DayOff
from shared.playbook import Holidays
from shared.worktime import WorkCalendar

WEEKDAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
ONE_DAY = timedelta(days=1)
NOTHING = timedelta(0)
OUTSIDE = "its hours lie before or after"


@dataclass(frozen=True, slots=True)
class WorkDay:
    """A day of a calendar, its windows in the calendar's zone; without windows it is `off`, or has no hours."""

    day: date
    windows: tuple[tuple[datetime, datetime], ...]
    off: DayOff | None = None
    otherwise: str = "no hours"
    """What is said of a day without windows that is not off."""

    @property
    def worked(self) -> timedelta:
        return sum((closes_at - opens_at for opens_at, closes_at in self.windows), NOTHING)

    @property
    def weekday(self) -> str:
        return WEEKDAYS[self.day.weekday()]

    @property
    def in_words(self) -> str:
        """`09:00–12:00, 13:00–18:00`, the name of the holiday, or that the weekday has no hours."""
        if self.off:
            return self.off.name
        return ", ".join(f"{opens:%H:%M}–{closes:%H:%M}" for opens, closes in self.windows) or self.otherwise

    def described(self) -> dict[str, object]:
        return {
            "day": self.day.isoformat(),
            "weekday": self.weekday,
            "windows": [[opens.isoformat(), closes.isoformat()] for opens, closes in self.windows],
            "seconds": int(self.worked.total_seconds()),
            "holiday": self.off and self.off.name,
            "company_day": self.off is not None and self.off.by_company,
        }


@dataclass(frozen=True)
class NamedCalendar:
    """A calendar of a playbook with what people call its days."""

    name: str
    rules: CalendarRules
    hours: WorkCalendar

    @classmethod
    def of(cls, name: str, rules: CalendarRules, kept: Holidays | None = None) -> "NamedCalendar":
        return cls(name, rules, rules.build((kept or {}).get(name)))

    @property
    def zone(self) -> ZoneInfo:
        return self.hours.zone

    def between(self, start: datetime, end: datetime) -> Iterator[WorkDay]:
        """Every day from start to end with what it gives; hours over midnight are of the day that they begin on."""
        first, last = (at.astimezone(self.zone).date() for at in (start, end))
        day_before = self._clipped(first - ONE_DAY, start, end)
        if day_before.windows:
            yield day_before
        for ahead in range((last - first).days + 1):
            yield self._clipped(first + ahead * ONE_DAY, start, end)

    def month(self, of: date) -> list[list[WorkDay | None]]:
        """The weeks of the month that the day lies in, Monday first; None for the days of other months."""
        weeks = Calendar().monthdatescalendar(of.year, of.month)
        return [[self._whole(day) if day.month == of.month else None for day in week] for week in weeks]

    def _clipped(self, day: date, start: datetime, end: datetime) -> WorkDay:
        """The part of the day's windows that lies between start and end."""
        whole = self._whole(day)
        used = [(max(opens, start), min(closes, end)) for opens, closes in whole.windows]
        windows = tuple(self._local(opens, closes) for opens, closes in used if opens < closes)
        return replace(whole, windows=windows, otherwise=OUTSIDE if whole.windows else whole.otherwise)

    def _whole(self, day: date) -> WorkDay:
        windows = tuple(self._local(*window) for window in self.hours.windows(day))
        return WorkDay(day, windows, self.rules.holidays.named_days_off()(day))

    def _local(self, opens_at: datetime, closes_at: datetime) -> tuple[datetime, datetime]:
        return opens_at.astimezone(self.zone), closes_at.astimezone(self.zone)


def in_hours(length: timedelta) -> str:
    """`8h`, `3h 30m`, `30m`, with seconds only where there are any."""
    minutes, seconds = divmod(int(length.total_seconds()), 60)
    parts = [(minutes // 60, "h"), (minutes % 60, "m"), (seconds, "s")]
    return " ".join(f"{count}{unit}" for count, unit in parts if count) or "0h"
