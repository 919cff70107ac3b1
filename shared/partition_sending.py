"""One partition's records on their way to Kafka, and what became of them."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Generic, Protocol, TypeVar

from aiokafka import AIOKafkaProducer
from aiokafka.errors import KafkaError
from aiokafka.producer.message_accumulator import BatchBuilder

from shared.positions import Place


class Sendable(Protocol):
    """A record to send: topic without the deployment's prefix."""

    @property
    def topic(self) -> str: ...
    @property
    def key(self) -> str: ...
    @property
    def value(self) -> bytes: ...


R = TypeVar("R", bound=Sendable)


@dataclass(slots=True)
class Outcome(Generic[R]):
    """What became of one partition's records: the first `acknowledged` are in Kafka, of the rest nobody knows."""

    place: Place
    records: Sequence[R]
    acknowledged: int = 0
    error: Exception | None = None

    @property
    def sent(self) -> Sequence[R]:
        return self.records[: self.acknowledged]

    @property
    def unsent(self) -> Sequence[R]:
        return self.records[self.acknowledged :]

    @property
    def failure(self) -> Exception | None:
        """Why something is unsent; TimeoutError where no answer came in time."""
        return (self.error or TimeoutError()) if self.unsent else None


async def send_partition(producer: AIOKafkaProducer, prefix: str, outcome: Outcome[R]) -> None:
    """Send batch after batch, each once the one before is acknowledged: none is let past one that was refused."""
    topic, partition = outcome.place
    try:
        for batch in _batches(producer, outcome.records):
            await (await producer.send_batch(batch, prefix + topic, partition=partition))
            outcome.acknowledged += batch.record_count()
    except (KafkaError, OSError) as error:
        outcome.error = error


def _batches(producer: AIOKafkaProducer, records: Sequence[Sendable]) -> Iterator[BatchBuilder]:
    batch = producer.create_batch()
    for record in records:
        key = record.key.encode()
        if batch.append(timestamp=None, key=key, value=record.value) is None:
            yield batch
            batch = producer.create_batch()
            batch.append(timestamp=None, key=key, value=record.value)
    yield batch
