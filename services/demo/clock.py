"""The demo's hand on the domain clock: its speed, and its jumps over the hours in which nobody works."""

from collections.abc import Sequence
from datetime import datetime
from typing import Final
from zoneinfo import ZoneInfo

from shared.clock import DomainClock, machine_now, read_clock, set_clock
from shared.db import Pool
from shared.worktime import WorkCalendar

ZONE: Final = ZoneInfo("Asia/Tokyo")
TUESDAY: Final = datetime(2026, 4, 14, 9, 0, tzinfo=ZONE)
WEDNESDAY: Final = datetime(2026, 4, 15, 9, 0, tzinfo=ZONE)


class DemoClock:
    """Domain time as all services of the run see it; `calendars` are those of the people who work."""

    def __init__(self, calendars: Sequence[WorkCalendar]) -> None:
        self._calendars = calendars
        self._line = DomainClock(machine_now(), TUESDAY, 1)
        self._pool: Pool | None = None

    @property
    def rate(self) -> float:
        return self._line.rate

    def now(self) -> datetime:
        return self._line.at(machine_now()).astimezone(ZONE)

    def rule(self, pool: Pool) -> None:
        """From now on the clock is the one in this database."""
        self._pool = pool

    async def set(self, at: datetime, rate: float) -> None:
        if self._pool is None:
            raise LookupError("the clock has no database yet")
        async with self._pool.acquire() as connection:
            await set_clock(connection, at, rate)
            self._line = await read_clock(connection)

    async def skip_closed_hours(self) -> datetime | None:
        """Jump to the next opening of anybody when everybody has gone; returns it, or None while somebody works."""
        now = self.now()
        if any(calendar.is_open(now) for calendar in self._calendars):
            return None
        opening = min(calendar.next_opening(now) for calendar in self._calendars)
        await self.set(opening, self.rate)
        return opening.astimezone(ZONE)
