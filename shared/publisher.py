"""Sends records through aiokafka's batch builder: in order per partition, awaited, the producer rebuilt on errors."""

import asyncio
from collections.abc import Sequence
from typing import Protocol

import structlog
from aiokafka import AIOKafkaProducer
from aiokafka.errors import KafkaError

from shared.records import partition_of

log = structlog.get_logger()

SEND_SECONDS = 20.0
STOP_SECONDS = 2.0
LARGEST_REQUEST_BYTES = 1_000_000


class Sendable(Protocol):
    """A record to send: topic without the deployment's prefix."""

    @property
    def topic(self) -> str: ...
    @property
    def key(self) -> str: ...
    @property
    def value(self) -> bytes: ...


class Publisher:
    """An idempotent producer that is thrown away after any error: only a new one has whole sequence numbers."""

    def __init__(self, bootstrap_servers: str, prefix: str) -> None:
        self._bootstrap_servers = bootstrap_servers
        self._prefix = prefix
        self._producer: AIOKafkaProducer | None = None
        self._partitions: dict[str, int] = {}

    async def send(self, records: Sequence[Sendable]) -> None:
        """Send and await every acknowledgement; after an error anything may or may not have been sent.

        Raises KafkaError, TimeoutError or OSError.
        """
        try:
            async with asyncio.timeout(SEND_SECONDS):
                await self._send(records)
        except BaseException:
            await self.close()
            raise

    async def close(self) -> None:
        producer, self._producer = self._producer, None
        self._partitions.clear()
        if producer is None:
            return
        try:
            await asyncio.wait_for(producer.stop(), STOP_SECONDS)
        except (TimeoutError, KafkaError) as error:
            log.warning("producer abandoned", error_type=type(error).__name__)

    async def _send(self, records: Sequence[Sendable]) -> None:
        producer = await self._started()
        by_place: dict[tuple[str, int], list[Sendable]] = {}
        for record in records:
            topic = self._prefix + record.topic
            place = (topic, partition_of(record.key.encode(), await self._partition_count(producer, topic)))
            by_place.setdefault(place, []).append(record)
        await asyncio.gather(*(_send_partition(producer, *place, items) for place, items in by_place.items()))

    async def _started(self) -> AIOKafkaProducer:
        if self._producer is None:
            self._producer = AIOKafkaProducer(
                bootstrap_servers=self._bootstrap_servers,
                enable_idempotence=True,
                acks="all",
                linger_ms=0,
                max_batch_size=LARGEST_REQUEST_BYTES // 2,
                max_request_size=LARGEST_REQUEST_BYTES,
                request_timeout_ms=10_000,
            )
            await self._producer.start()
        return self._producer

    async def _partition_count(self, producer: AIOKafkaProducer, topic: str) -> int:
        if topic not in self._partitions:
            self._partitions[topic] = len(await producer.partitions_for(topic))
        return self._partitions[topic]


async def _send_partition(producer: AIOKafkaProducer, topic: str, partition: int, records: Sequence[Sendable]) -> None:
    acknowledged = []
    batch = producer.create_batch()
    for record in records:
        key = record.key.encode()
        if batch.append(timestamp=None, key=key, value=record.value) is None:
            acknowledged.append(await producer.send_batch(batch, topic, partition=partition))
            batch = producer.create_batch()
            batch.append(timestamp=None, key=key, value=record.value)
    acknowledged.append(await producer.send_batch(batch, topic, partition=partition))
    await asyncio.gather(*acknowledged)
