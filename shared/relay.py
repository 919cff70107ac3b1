"""The relay: the only thing that publishes. It sends the oldest unsent rows, awaits acknowledgement, and deletes."""

import asyncio
from collections import Counter
from collections.abc import Sequence
from uuid import uuid4

import structlog
from aiokafka import AIOKafkaProducer
from aiokafka.errors import KafkaError

from shared.db import Connection, Pool
from shared.errors import is_transient
from shared.metrics import Metrics
from shared.outbox import Outgoing, Source
from shared.records import partition_of
from shared.settings import Settings

log = structlog.get_logger()

MOST_ROWS = 2000
IDLE_SECONDS = 0.05
ERROR_SECONDS = 1.0
SEND_SECONDS = 20.0
LARGEST_REQUEST_BYTES = 1_000_000


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
        self._producer: AIOKafkaProducer | None = None
        self._partitions: dict[str, int] = {}
        self.wake = asyncio.Event()

    async def run(self, stopping: asyncio.Event) -> None:
        try:
            while not stopping.is_set():
                if not await self._once():
                    await self._rest(IDLE_SECONDS)
        finally:
            await self._discard_producer()
            await self._give_up_lease()

    async def _once(self) -> bool:
        """One pass over the sources; whether anything was sent."""
        try:
            return await self._publish_all()
        except LostLeaseError:
            log.warning("relay lease lost", service=self._service)
        except Exception as error:
            if not is_transient(error):
                raise
            self._metrics.relay_errors.labels(self._service).inc()
            log.warning("publishing will be tried again", error_type=type(error).__name__)
            await self._discard_producer()
            await self._rest(ERROR_SECONDS)
        return False

    async def _publish_all(self) -> bool:
        sent = False
        async with self._pool.acquire() as connection:
            if not await self._hold_lease(connection):
                return False
            for source in self._sources:
                sent |= await self._publish(connection, source)
        return sent

    async def _publish(self, connection: Connection, source: Source) -> bool:
        outgoing = await source.pending(connection, MOST_ROWS)
        if not outgoing:
            return False
        async with asyncio.timeout(SEND_SECONDS):
            await self._send(outgoing)
        async with connection.transaction():
            await self._check_lease(connection)
            await source.sent(connection, outgoing)
        for topic, n in Counter(o.topic for o in outgoing).items():
            self._metrics.events_out.labels(self._service, topic).inc(n)
        return True

    async def _send(self, outgoing: Sequence[Outgoing]) -> None:
        """Send in order per partition and await every acknowledgement."""
        producer = await self._started_producer()
        by_place: dict[tuple[str, int], list[Outgoing]] = {}
        for item in outgoing:
            topic = self._settings.topic_prefix + item.topic
            place = (topic, partition_of(item.key.encode(), await self._partition_count(producer, topic)))
            by_place.setdefault(place, []).append(item)
        await asyncio.gather(*(self._send_partition(producer, *place, items) for place, items in by_place.items()))

    async def _send_partition(
        self, producer: AIOKafkaProducer, topic: str, partition: int, items: Sequence[Outgoing]
    ) -> None:
        acknowledged = []
        batch = producer.create_batch()
        for item in items:
            key = item.key.encode()
            if batch.append(timestamp=None, key=key, value=item.value) is None:
                acknowledged.append(await producer.send_batch(batch, topic, partition=partition))
                batch = producer.create_batch()
                batch.append(timestamp=None, key=key, value=item.value)
        acknowledged.append(await producer.send_batch(batch, topic, partition=partition))
        await asyncio.gather(*acknowledged)

    async def _partition_count(self, producer: AIOKafkaProducer, topic: str) -> int:
        if topic not in self._partitions:
            self._partitions[topic] = len(await producer.partitions_for(topic))
        return self._partitions[topic]

    async def _started_producer(self) -> AIOKafkaProducer:
        if self._producer is None:
            producer = AIOKafkaProducer(
                bootstrap_servers=self._settings.kafka,
                enable_idempotence=True,
                acks="all",
                linger_ms=0,
                max_batch_size=LARGEST_REQUEST_BYTES // 2,
                max_request_size=LARGEST_REQUEST_BYTES,
                request_timeout_ms=10_000,
            )
            await producer.start()
            self._producer = producer
        return self._producer

    async def _discard_producer(self) -> None:
        """Give up a producer after any error: its sequence numbers may have a gap that only a new one mends."""
        producer, self._producer = self._producer, None
        self._partitions.clear()
        if producer is None:
            return
        try:
            await asyncio.wait_for(producer.stop(), ERROR_SECONDS)
        except (TimeoutError, KafkaError) as error:
            log.warning("producer abandoned", error_type=type(error).__name__)

    async def _hold_lease(self, connection: Connection) -> bool:
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
        return epoch is not None

    async def _check_lease(self, connection: Connection) -> None:
        row = await connection.fetchrow("SELECT owner, epoch FROM relay_lease WHERE shard = 0 FOR SHARE")
        if row is None or (row["owner"], row["epoch"]) != (self._owner, self._epoch):
            raise LostLeaseError

    async def _give_up_lease(self) -> None:
        try:
            await self._pool.execute("DELETE FROM relay_lease WHERE owner = $1", self._owner)
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
