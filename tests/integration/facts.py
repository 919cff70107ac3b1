"""A topic of its own for a fact about our Kafka libraries."""

from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

from aiokafka import AIOKafkaConsumer, AIOKafkaProducer, TopicPartition
from faststream import AckPolicy
from faststream.kafka import KafkaBroker


@dataclass
class Topic:
    """A topic of two partitions, and a FastStream that reads it."""

    kafka: str
    name: str
    seen: list[object] = field(default_factory=list)

    @property
    def group(self) -> str:
        return f"{self.name}-group"

    async def send(
        self,
        *values: bytes | None,
        partition: int = 0,
        headers: Sequence[tuple[str, bytes | None]] = (),
        timestamp_ms: int | None = None,
    ) -> None:
        producer = AIOKafkaProducer(bootstrap_servers=self.kafka)
        await producer.start()
        for value in values:
            await producer.send_and_wait(
                self.name, value, key=b"k", partition=partition, headers=list(headers), timestamp_ms=timestamp_ms
            )
        await producer.stop()

    @asynccontextmanager
    async def read(self, handler: Callable[..., object], **options: object) -> AsyncIterator[KafkaBroker]:
        broker = KafkaBroker(self.kafka, logger=None, graceful_timeout=5)
        settings = {"group_id": self.group, "auto_offset_reset": "earliest", "ack_policy": AckPolicy.MANUAL} | options
        broker.subscriber(self.name, **settings)(handler)
        await broker.start()
        try:
            yield broker
        finally:
            await broker.stop()

    async def committed(self) -> int | None:
        consumer = AIOKafkaConsumer(bootstrap_servers=self.kafka, group_id=self.group, enable_auto_commit=False)
        consumer.assign([TopicPartition(self.name, 0)])
        await consumer.start()
        try:
            return await consumer.committed(TopicPartition(self.name, 0))
        finally:
            await consumer.stop()

    async def committed_is(self, offset: int) -> bool:
        return await self.committed() == offset

    async def values(self) -> list[bytes | None]:
        consumer = AIOKafkaConsumer(bootstrap_servers=self.kafka)
        place = TopicPartition(self.name, 0)
        consumer.assign([place])
        await consumer.start()
        try:
            await consumer.seek_to_beginning(place)
            found, end = [], (await consumer.end_offsets([place]))[place]
            while await consumer.position(place) < end:
                found += [r.value for r in (await consumer.getmany(timeout_ms=500)).get(place, ())]
            return found
        finally:
            await consumer.stop()
