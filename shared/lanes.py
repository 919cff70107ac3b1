"""Lanes: consumers of one group in one process, hosted by FastStream, so that one folds while another commits.

FastStream only fetches. Its acknowledgements, its parser (which drops records with odd headers) and its replies (a
`reply_to` header would choose where we write) are all switched off.
"""

import asyncio
from collections.abc import Callable, Sequence
from typing import Any, Generic, TypeVar

import structlog
from aiokafka import AIOKafkaConsumer, ConsumerRebalanceListener, ConsumerRecord, TopicPartition
from aiokafka.errors import IllegalStateError, KafkaError
from faststream import AckPolicy
from faststream.kafka import KafkaBroker, KafkaMessage
from faststream.kafka.annotations import KafkaMessage as Incoming
from faststream.kafka.message import FAKE_CONSUMER

from shared.clock import monotonic_seconds
from shared.consumer import Runner, StoppedError
from shared.guard import RewindError
from shared.metrics import Metrics
from shared.positions import Place
from shared.records import Record, appended_at
from shared.service import Service
from shared.settings import Settings

P = TypeVar("P")
RawRecords = tuple["ConsumerRecord[bytes, bytes]", ...]

log = structlog.get_logger()

HINT_SECONDS = 1.0
HINT_TIMEOUT_SECONDS = 5.0


async def safe_parser(records: RawRecords) -> KafkaMessage:
    """A message that carries the raw records and nothing read from their headers."""
    return KafkaMessage(
        body=b"", headers={}, raw_message=records, message_id="", correlation_id="", consumer=FAKE_CONSUMER
    )


async def raw_decoder(message: KafkaMessage) -> bytes:
    """Nothing is decoded here: the runner decodes each record alone."""
    return bytes(message.body)


class Lane(Generic[P]):
    """One consumer of the service's group and the runner that applies what it reads."""

    def __init__(
        self, broker: KafkaBroker, service: Service[P], settings: Settings, runner: Runner[P], metrics: Metrics
    ) -> None:
        self._service = service
        self._prefix = settings.topic_prefix
        self._metrics = metrics
        self._settings = settings
        self._hinted_at = 0.0
        self._hints: dict[TopicPartition, int] = {}
        self._busy = asyncio.Lock()
        self.runner = runner
        self.wake: Callable[[], None] = lambda: None
        self.last_appended: dict[str, float] = {}
        self._subscriber = broker.subscriber(
            *(self._prefix + topic for topic in service.subscription.topics),
            batch=True,
            group_id=f"{self._prefix}baton-{service.name}",
            ack_policy=AckPolicy.MANUAL,
            auto_offset_reset="earliest",
            no_reply=True,
            parser=safe_parser,
            decoder=raw_decoder,
            max_records=settings.batch_records,
            batch_timeout_ms=10,
            fetch_max_wait_ms=100,
            session_timeout_ms=int(settings.session_timeout_seconds * 1000),
            heartbeat_interval_ms=1000,
            rebalance_timeout_ms=60_000,
            listener=_Listener(self),
        )
        self._subscriber(self._on_records)

    @property
    def consumer(self) -> AIOKafkaConsumer | None:
        return self._subscriber.consumer

    @property
    def assignment(self) -> set[TopicPartition]:
        return set(self.consumer.assignment()) if self.consumer else set()

    @property
    def places(self) -> set[Place]:
        """The assigned partitions, by logical topic."""
        return {(place.topic.removeprefix(self._prefix), place.partition) for place in self.assignment}

    @property
    def coordinated(self) -> bool:
        """Whether the consumer still takes part in its group, as far as one was started; it never comes back to it."""
        coordinator = self.consumer and self.consumer._coordinator  # noqa: SLF001 - aiokafka tells nobody
        if coordinator is None or self.runner.stopping.is_set():
            return True
        return not coordinator._coordination_task.done()  # noqa: SLF001

    @property
    def joining(self) -> bool:
        """Whether the group deals out its partitions anew; it may wait for that until a dead member's session ends."""
        subscription = self.consumer and self.consumer._subscription  # noqa: SLF001 - as above
        return bool(subscription and subscription.reassignment_in_progress)

    async def _on_records(self, message: Incoming) -> None:
        raw: Sequence[Any] = message.raw_message
        async with self._busy:
            try:
                records = [self._record(item) for item in raw]
                reached = await self.runner.take(records)
            except RewindError as rewind:
                self._rewind(rewind)
                return
            except StoppedError:
                return
            except Exception:
                self.runner.failed = True
                self.runner.stopping.set()
                raise
        self.wake()
        for record in records:
            self.last_appended[record.topic] = record.appended_at.timestamp()
        await self._hint(reached)

    def _record(self, raw: "ConsumerRecord[bytes, bytes]") -> Record:
        return Record(
            raw.topic.removeprefix(self._prefix),
            raw.partition,
            raw.offset,
            raw.key,
            raw.value,
            tuple(raw.headers),
            appended_at(raw.timestamp),
        )

    def _rewind(self, rewind: RewindError) -> None:
        log.warning("going back to the stored positions", to=str(rewind))
        for (topic, partition), offset in rewind.to.items():
            self._metrics.rewinds.labels(self._service.name, topic).inc()
            place = TopicPartition(self._prefix + topic, partition)
            if self.consumer and place in self.assignment:
                self.consumer.seek(place, offset)

    async def _hint(self, reached: dict[Place, int]) -> None:
        """Tell Kafka the offsets, about once a second: nothing depends on it."""
        self._hints.update({TopicPartition(self._prefix + t, p): offset for (t, p), offset in reached.items()})
        now = monotonic_seconds()
        if now - self._hinted_at >= HINT_SECONDS:
            self._hinted_at = now
            await self.commit_hints()

    async def commit_hints(self) -> None:
        hints = {place: offset for place, offset in self._hints.items() if place in self.assignment}
        self._hints.clear()
        if not hints or self.consumer is None:
            return
        try:
            await asyncio.wait_for(self.consumer.commit(hints), HINT_TIMEOUT_SECONDS)
        except (KafkaError, IllegalStateError, TimeoutError) as error:
            self._metrics.commit_failures.labels(self._service.name).inc()
            log.info("offset hint not taken", error_type=type(error).__name__)

    async def let_go(self) -> None:
        """Wait for the running batch, so that the next owner starts behind it."""
        self.runner.give_up()
        try:
            async with asyncio.timeout(self._settings.batch_timeout_seconds), self._busy:
                await self.commit_hints()
        except TimeoutError:
            log.warning("a partition was given up in the middle of a batch")


@ConsumerRebalanceListener.register
class _Listener:
    def __init__(self, lane: Lane[P]) -> None:
        self._lane = lane

    async def on_partitions_revoked(self, revoked: set[TopicPartition]) -> None:
        if revoked:
            await self._lane.let_go()

    async def on_partitions_assigned(self, assigned: set[TopicPartition]) -> None:
        log.info("assigned", partitions=len(assigned))
        self._lane.runner.forget()
