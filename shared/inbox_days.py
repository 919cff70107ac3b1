"""The inbox's partitions: a table for each day of the events' own time, made ahead and dropped when it is old.

What comes with a time outside those days (a backfill, an event late by months) stands in the default partition, which
is kept for ever: dropping a day never forgets what came less than `inbox_days` minus that lateness ago.
"""

import asyncio
from datetime import date, timedelta

import structlog

from shared.clock import domain_now
from shared.db import Connection, Pool
from shared.errors import is_transient
from shared.resting import told_to_stop

log = structlog.get_logger()

LOOK_SECONDS = 60.0
DAYS_AROUND = 7
"""So many days before today and after it have a table of their own."""


class InboxDays:
    """Keeps the tables of one service's inbox in step with the domain clock."""

    def __init__(self, pool: Pool, keep_days: int) -> None:
        self._pool = pool
        self._keep = timedelta(days=keep_days)

    async def run(self, stopping: asyncio.Event) -> None:
        while True:
            try:
                await self.turn()
            except Exception as error:
                if not is_transient(error):
                    raise
                log.warning("the inbox's days will be looked at again", error_type=type(error).__name__)
            if await told_to_stop(stopping, LOOK_SECONDS):
                return

    async def turn(self) -> None:
        """Make the days that are missing and drop the ones that are too old."""
        async with self._pool.acquire() as connection:
            today = (await domain_now(connection)).date()
            tables = await _tables(connection)
            for day in (today + timedelta(days=n) for n in range(-DAYS_AROUND, DAYS_AROUND + 1)):
                if day not in tables and today - day <= self._keep:
                    await _make(connection, day)
            for day in sorted(tables):
                if today - day > self._keep:
                    await _drop(connection, day)


async def _tables(connection: Connection) -> set[date]:
    rows = await connection.fetch(
        "SELECT to_date(right(relname, 8), 'YYYYMMDD') AS day FROM pg_inherits JOIN pg_class ON oid = inhrelid"
        " WHERE inhparent = 'inbox'::regclass AND relname <> 'inbox_default'"
    )
    return {row["day"] for row in rows}


async def _make(connection: Connection, day: date) -> None:
    """Give the day a table, unless events of that day stand in the default partition already."""
    async with connection.transaction():
        await _lock(connection)
        if not await connection.fetchval("SELECT EXISTS (SELECT FROM inbox_default WHERE day = $1)", day):
            await connection.execute(
                f"CREATE TABLE IF NOT EXISTS inbox_{day:%Y%m%d} PARTITION OF inbox"
                f" FOR VALUES FROM ('{day}') TO ('{day + timedelta(days=1)}')"
            )


async def _drop(connection: Connection, day: date) -> None:
    async with connection.transaction():
        await _lock(connection)
        await connection.execute(f"DROP TABLE IF EXISTS inbox_{day:%Y%m%d}")
    log.info("inbox day dropped", day=str(day))


async def _lock(connection: Connection) -> None:
    """Keep batches out; who waits longer than a moment for the running ones gives up, for new ones queue behind."""
    await connection.execute("SET LOCAL lock_timeout = '2s'")
    await connection.execute("LOCK TABLE inbox IN ACCESS EXCLUSIVE MODE")
