"""The relay: the only thing that publishes. It sends the oldest unsent rows, awaits acknowledgement, and deletes."""

import asyncio
from collections import Counter
from collections.abc import Sequence
from uuid import uuid4

import structlog

from shared.clock import monotonic_seconds
from shared.db import Connection, Pool
from shared.errors import is_transient
from shared.metrics import Metrics
from shared.outbox import Outgoing, Source
from shared.publisher import Publisher
from shared.settings import Settings

log = structlog.get_logger()

MOST_ROWS = 2000
IDLE_SECONDS = 0.05
ERROR_SECONDS = 1.0


class LostLeaseError(Exception):
    """Another relay holds the lease now: what was just sent may be sent again, with the same ids."""


class Relay:
    """Publishes from its sources while it holds the lease row; a fencing epoch tells an old holder from the new one."""

    def __init__(
        self, service: str, settings: Settings, pool: Pool, sources: Sequence[Source], metrics: Metrics
    ) -> None:
        self._service = service
        self._settings = settings
        self._pool = pool
        self._sources = sources
        self._metrics = metrics
        self._owner = uuid4().hex
        self._epoch = 0
        self._renew_at = 0.0
        self._publisher = Publisher(settings.kafka, settings.topic_prefix)
        self.wake = asyncio.Event()

    async def run(self, stopping: asyncio.Event) -> None:
        try:
            while not stopping.is_set():
                if not await self._once():
                    await self._rest(IDLE_SECONDS)
            await self._once()
        finally:
            await self._publisher.close()
            await self._give_up_lease()

    async def _once(self) -> bool:
        """One pass over the sources; whether anything was sent."""
        try:
            return await self._publish_all()
        except LostLeaseError:
            self._epoch = 0
            log.warning("relay lease lost", service=self._service)
        except Exception as error:
            if not is_transient(error):
                raise
            self._metrics.relay_errors.labels(self._service).inc()
            log.warning("publishing will be tried again", error_type=type(error).__name__)
            await self._rest(ERROR_SECONDS)
        return False

    async def _publish_all(self) -> bool:
        async with self._pool.acquire() as connection:
            if not await self._hold_lease(connection):
                return False
            found = [(source, await source.pending(connection, MOST_ROWS)) for source in self._sources]
        waiting = [(source, outgoing) for source, outgoing in found if outgoing]
        for source, outgoing in waiting:
            await self._publish(source, outgoing)
        return bool(waiting)

    async def _publish(self, source: Source, outgoing: Sequence[Outgoing]) -> None:
        """Send and delete. No connection is held while Kafka is waited for."""
        await self._publisher.send(outgoing)
        async with self._pool.acquire() as connection, connection.transaction():
            await self._check_lease(connection)
            await source.sent(connection, outgoing)
        for topic, n in Counter(o.topic for o in outgoing).items():
            self._metrics.events_out.labels(self._service, topic).inc(n)

    async def _hold_lease(self, connection: Connection) -> bool:
        """Take or renew the lease when half of it is over; whether it was ours when last asked."""
        if self._epoch and monotonic_seconds() < self._renew_at:
            return True
        epoch = await connection.fetchval(
            "INSERT INTO relay_lease AS held (shard, owner, epoch, expires_at)"
            " VALUES (0, $1, 1, clock_timestamp() + make_interval(secs => $2))"
            " ON CONFLICT (shard) DO UPDATE SET owner = $1, expires_at = excluded.expires_at,"
            " epoch = held.epoch + (held.owner <> $1)::integer"
            " WHERE held.owner = $1 OR held.expires_at < clock_timestamp() RETURNING epoch",
            self._owner,
            self._settings.lease_seconds,
        )
        self._epoch = epoch or 0
        self._renew_at = monotonic_seconds() + self._settings.lease_seconds / 2
        return epoch is not None

    async def _check_lease(self, connection: Connection) -> None:
        row = await connection.fetchrow("SELECT owner, epoch FROM relay_lease WHERE shard = 0 FOR SHARE")
        if row is None or (row["owner"], row["epoch"]) != (self._owner, self._epoch):
            raise LostLeaseError

    async def _give_up_lease(self) -> None:
        try:
            await self._pool.execute("UPDATE relay_lease SET expires_at = '-infinity' WHERE owner = $1", self._owner)
        except Exception as error:
            if not is_transient(error):
                raise
            log.warning("lease left to expire", error_type=type(error).__name__)

    async def _rest(self, seconds: float) -> None:
        try:
            await asyncio.wait_for(self.wake.wait(), seconds)
        except TimeoutError:
            return
        self.wake.clear()
