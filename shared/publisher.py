"""Sends records through aiokafka's batch builder: in order per partition, each partition with an outcome of its own."""

import asyncio
from collections.abc import Sequence

from aiokafka import AIOKafkaProducer
from aiokafka.errors import KafkaError

from shared.clock import monotonic_seconds
from shared.partition_sending import Outcome, R, Sendable, send_partition
from shared.positions import Place
from shared.producer import discard, new_producer
from shared.records import partition_of

SEND_SECONDS = 20.0
METADATA_SECONDS = 5.0
UNKNOWN_PARTITION = -1
"""Stands for all of a topic of which Kafka tells nothing."""


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
        for outcome in await self.deliver(records, SEND_SECONDS, SEND_SECONDS):
            if outcome.failure:
                raise outcome.failure

    async def deliver(self, records: Sequence[R], seconds: float, late_seconds: float) -> list[Outcome[R]]:
        """Send, and tell by partition what was acknowledged in so many seconds.

        Once one partition has answered, the others have `late_seconds`: one without a leader does not hold up the rest.
        Raises KafkaError, TimeoutError or OSError where nothing could be sent at all.
        """
        ends_at = monotonic_seconds() + seconds
        try:
            async with asyncio.timeout(seconds):
                producer = await self._started()
                outcomes = await self._sorted(producer, records, min(METADATA_SECONDS, seconds / 2))
        except BaseException:
            await self.close()
            raise
        known = [outcome for outcome in outcomes if not outcome.error]
        sending = [asyncio.create_task(send_partition(producer, self._prefix, outcome)) for outcome in known]
        try:
            await _answers(sending, ends_at - monotonic_seconds(), late_seconds)
        finally:
            if any(outcome.unsent for outcome in known):
                await self.close()
            for task in sending:
                task.cancel()
            await asyncio.gather(*sending, return_exceptions=True)
        return outcomes

    def place_of(self, record: Sendable) -> Place:
        """The partition of a record, as far as is known from earlier sends; else that of an unknown topic."""
        partitions = self._partitions.get(record.topic)
        return record.topic, partition_of(record.key.encode(), partitions) if partitions else UNKNOWN_PARTITION

    async def close(self) -> None:
        producer, self._producer = self._producer, None
        if producer is not None:
            await discard(producer)

    async def _started(self) -> AIOKafkaProducer:
        if self._producer is None:
            self._producer = new_producer(self._bootstrap_servers)
            await self._producer.start()
        return self._producer

    async def _sorted(self, producer: AIOKafkaProducer, records: Sequence[R], seconds: float) -> list[Outcome[R]]:
        """The records by partition; those of a topic that is not known, or not for us, with the error."""
        topics = {record.topic for record in records}
        found = await asyncio.gather(*(self._learn(producer, topic, seconds) for topic in topics))
        errors = dict(zip(topics, found, strict=True))
        by_place: dict[Place, list[R]] = {}
        for record in records:
            place = (record.topic, UNKNOWN_PARTITION) if errors[record.topic] else self.place_of(record)
            by_place.setdefault(place, []).append(record)
        return [Outcome(place, items, error=errors[place[0]]) for place, items in by_place.items()]

    async def _learn(self, producer: AIOKafkaProducer, topic: str, seconds: float) -> Exception | None:
        """Learn how many partitions a topic has; what hinders it."""
        try:
            async with asyncio.timeout(seconds):
                self._partitions[topic] = len(await producer.partitions_for(self._prefix + topic))
        except (KafkaError, OSError) as error:
            self._partitions.pop(topic, None)
            return error
        return None


async def _answers(sending: Sequence[asyncio.Task[None]], seconds: float, late_seconds: float) -> None:
    """Wait for the first, and for the others not much longer. Raises what none of them should."""
    if not sending:
        return
    done, late = await asyncio.wait(sending, timeout=seconds, return_when=asyncio.FIRST_COMPLETED)
    if done and late:
        done, _ = await asyncio.wait(sending, timeout=min(late_seconds, seconds))
    for task in done:
        task.result()
