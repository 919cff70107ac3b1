"""The two clocks. Domain time decides and fires timers; machine time is for leases, back-off and health.

Domain time is a row in Postgres (origin and rate): 1:1 in production, faster in the demo. This is the one file that
reads the system clock.
"""

import time
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from shared.db import Connection
from shared.errors import TransientError


def machine_now() -> datetime:
    return datetime.now(UTC)


def monotonic_seconds() -> float:
    return time.monotonic()


class NoClockError(TransientError):
    """The installation has no clock, which is no record's fault: all wait until it has one."""


@dataclass(frozen=True, slots=True)
class DomainClock:
    """Domain time as a straight line over machine time."""

    machine_origin: datetime
    domain_origin: datetime
    rate: float

    def at(self, machine: datetime) -> datetime:
        return self.domain_origin + (machine - self.machine_origin) * self.rate

    def machine_seconds(self, domain: timedelta) -> float:
        """How long a stretch of domain time takes on the machine."""
        return domain.total_seconds() / self.rate


async def read_clock(connection: Connection) -> DomainClock:
    row = await connection.fetchrow("SELECT machine_origin, domain_origin, rate FROM baton.domain_clock")
    if row is None:
        raise NoClockError("baton.domain_clock has no row: run `baton migrate`")
    return DomainClock(row["machine_origin"], row["domain_origin"], row["rate"])


async def domain_now(connection: Connection) -> datetime:
    now: datetime = await connection.fetchval("SELECT baton.domain_now()")
    return now


async def set_clock(connection: Connection, domain: datetime, rate: float) -> None:
    """Let domain time go on from `domain` at `rate` domain seconds a second. Only the demo and tests do so."""
    await connection.execute(
        "UPDATE baton.domain_clock SET machine_origin = clock_timestamp(), domain_origin = $1, rate = $2", domain, rate
    )
