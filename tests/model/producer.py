"""A producer over the broker in memory, whose sends may be lost, or written and never acknowledged."""

import asyncio
from types import SimpleNamespace

from aiokafka.errors import KafkaConnectionError, RequestTimedOutError

from tests.model.broker import Answer, Broker
from tests.model.steps import step

RECORDS_A_BATCH = 2


class Batch:
    """Records on their way to one partition: so small that a partition may need several."""

    def __init__(self) -> None:
        self.records: list[tuple[bytes, bytes]] = []

    def append(self, *, timestamp: int | None, key: bytes, value: bytes) -> object:
        if len(self.records) == RECORDS_A_BATCH:
            return None
        self.records.append((key, value))
        return self

    def record_count(self) -> int:
        return len(self.records)


class Client:
    async def close(self) -> None:
        """There is nothing to close."""


class Producer:
    """As far as `Publisher` uses aiokafka's."""

    def __init__(self, broker: Broker) -> None:
        self._broker = broker
        self._sender = SimpleNamespace(sender_task=None)
        self.client = Client()

    async def start(self) -> None:
        await step()

    async def partitions_for(self, topic: str) -> set[int]:
        return set(range(self._broker.partitions[topic]))

    def create_batch(self) -> Batch:
        return Batch()

    async def send_batch(self, batch: Batch, topic: str, *, partition: int) -> "asyncio.Future[None]":
        """Both the batch and the answer to it may be long under way. Raises KafkaConnectionError where it is lost."""
        await step()
        answers = self._broker.answers
        answer = answers.pop(0) if answers else Answer.ACKNOWLEDGED
        if answer is Answer.LOST:
            raise KafkaConnectionError
        for key, value in batch.records:
            self._broker.write((topic, partition), key, value)
        await step()
        acknowledged: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        if answer is Answer.UNACKNOWLEDGED:
            acknowledged.set_exception(RequestTimedOutError())
        else:
            acknowledged.set_result(None)
        return acknowledged
