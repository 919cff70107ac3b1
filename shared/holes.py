"""Holes at the end of a log: offsets of transaction markers, and what retention or compaction took before we read it.

No reader is ever handed them, so no batch passes over them. Left alone they look like lag: timers would be held and the
process be taken for stuck, until the next record comes.
"""

import asyncio

import structlog

from shared import positions
from shared.db import Pool
from shared.errors import is_transient
from shared.kafka import KafkaLogs
from shared.metrics import Metrics
from shared.positions import Place
from shared.reading import Reading, Unread
from shared.resting import told_to_stop

log = structlog.get_logger()

LOOK_SECONDS = 1.0


class Holes:
    """Moves positions over the ends of logs that are seen to hold no record."""

    def __init__(self, service: str, pool: Pool, logs: KafkaLogs, reading: Reading, metrics: Metrics) -> None:
        self._service = service
        self._pool = pool
        self._logs = logs
        self._reading = reading
        self._metrics = metrics
        self._seen: dict[Place, Unread] = {}
        self._occupied: dict[Place, int] = {}

    async def run(self, stopping: asyncio.Event) -> None:
        while True:
            try:
                await self.look()
            except Exception as error:
                if not is_transient(error):
                    raise
                log.warning("holes not looked for", error_type=type(error).__name__)
            if await told_to_stop(stopping, LOOK_SECONDS):
                return

    async def look(self) -> None:
        """Pass over the holes among what has not moved since the last look."""
        unread = await self._reading.unread(self._pool)
        still = {place: here for place, here in unread.items() if self._seen.get(place) == here}
        self._seen = unread
        for place, here in still.items():
            if self._occupied.get(place) != here.start:
                await self._pass_over(place, here)

    async def _pass_over(self, place: Place, here: Unread) -> None:
        begin = (await self._logs.beginnings([place]))[place]
        if begin < here.end and not await self._logs.holds_nothing(place, max(begin, here.start), here.end):
            self._occupied[place] = here.start
            return
        async with self._pool.acquire() as connection, connection.transaction():
            if (await positions.lock(connection, {place: here.start}))[place] != here.start:
                return
            await positions.advance(connection, {place: here.end})
        if begin > here.start:
            self._metrics.gap_records.labels(self._service, place[0]).inc(begin - here.start)
            log.critical("records lost to retention", topic=place[0], partition=place[1], missing=begin - here.start)
