"""Opening hours as wall-clock times, and the instants that they fall on in a zone."""

import re
from bisect import bisect_left
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Final, Self
from zoneinfo import ZoneInfo

WEEKDAYS: Final = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
DAY: Final = timedelta(days=1)

EXPECTED_WINDOW: Final = 'expected HH:MM-HH:MM, such as "09:00-18:00", "22:00-02:00" over midnight or "00:00-24:00"'
EXPECTED_WEEKDAYS: Final = 'expected mon, tue, wed, thu, fri, sat or sun, a range "mon-fri" or a list "mon,wed,fri"'
_WINDOW: Final = re.compile(r"([0-9]{1,2}):([0-9]{2})-([0-9]{1,2}):([0-9]{2})", re.ASCII)


@dataclass(frozen=True, slots=True, order=True)
class LocalWindow:
    """Open from `opens` until `closes`, both counted on the wall clock from midnight of the day that it starts on."""

    opens: timedelta
    closes: timedelta

    @classmethod
    def parse(cls, text: str) -> Self:
        """From `HH:MM-HH:MM`; an end before the start is on the next day. Raises ValueError for anything else."""
        match = _WINDOW.fullmatch(text)
        if match is None:
            raise ValueError(f'cannot read "{text}" as opening hours: {EXPECTED_WINDOW}')
        opens, closes = _since_midnight(match[1], match[2], text), _since_midnight(match[3], match[4], text)
        if opens == closes:
            raise ValueError(f'"{text}" starts and ends at the same time: write "00:00-24:00" for the whole day')
        if opens == DAY:
            raise ValueError(f'"{text}" starts at 24:00: write 00:00 in the hours of the next day')
        return cls(opens, closes if closes > opens else closes + DAY)

    def __str__(self) -> str:
        closes = self.closes if self.closes <= DAY else self.closes - DAY
        return f"{_wall_time(self.opens)}-{_wall_time(closes)}"

    def on(self, day: date, zone: ZoneInfo) -> tuple[datetime, datetime]:
        """Opening and closing in UTC; equal when a clock change swallows the window."""
        midnight = datetime.combine(day, time.min)
        return instant_of(midnight + self.opens, zone), instant_of(midnight + self.closes, zone)


Week = tuple[tuple[LocalWindow, ...], ...]
NO_HOURS: Final[Week] = ((),) * len(WEEKDAYS)


def parse_weekdays(text: str) -> tuple[int, ...]:
    """Weekday numbers (Monday 0) of `mon`, `mon-fri`, `fri-mon`, `mon,wed`. Raises ValueError for anything else."""
    numbers = (number for part in text.lower().split(",") for number in _weekday_range(part.strip(), text))
    return tuple(dict.fromkeys(numbers))


def instant_of(wall: datetime, zone: ZoneInfo) -> datetime:
    """When the zone's clock first shows this naive time or, where it is skipped, a later one; in UTC."""
    early = wall.replace(tzinfo=zone, fold=0).astimezone(UTC)
    late = wall.replace(tzinfo=zone, fold=1).astimezone(UTC)
    # PEP 495: the two readings of a time in a gap lie around the change, in reverse order.
    return early if early <= late else _instant_of_change(wall, zone, late, early)


def _instant_of_change(wall: datetime, zone: ZoneInfo, before: datetime, until: datetime) -> datetime:
    def clock(seconds: int) -> datetime:
        return (before + timedelta(seconds=seconds)).astimezone(zone).replace(tzinfo=None)

    return before + timedelta(seconds=bisect_left(range(int((until - before).total_seconds())), wall, key=clock))


def _since_midnight(hours: str, minutes: str, text: str) -> timedelta:
    wall = timedelta(hours=int(hours), minutes=int(minutes))
    if int(minutes) > 59 or wall > DAY:
        raise ValueError(f'"{text}" has no such time as {hours}:{minutes}: {EXPECTED_WINDOW}')
    return wall


def _wall_time(since_midnight: timedelta) -> str:
    hours, minutes = divmod(since_midnight // timedelta(minutes=1), 60)
    return f"{hours:02}:{minutes:02}"


def _weekday_range(part: str, text: str) -> tuple[int, ...]:
    first, dash, last = part.partition("-")
    start, end = _weekday(first, text), _weekday(last if dash else first, text)
    return tuple((start + step) % 7 for step in range((end - start) % 7 + 1))


def _weekday(name: str, text: str) -> int:
    if name.strip() not in WEEKDAYS:
        raise ValueError(f'unknown weekday "{name}" in "{text}": {EXPECTED_WEEKDAYS}')
    return WEEKDAYS.index(name.strip())
