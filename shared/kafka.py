"""What Baton asks of Kafka beside records: which topics there are, and where their logs begin and end."""

import asyncio
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

import structlog
from aiokafka import AIOKafkaConsumer, TopicPartition
from aiokafka.errors import KafkaError
from confluent_kafka import KafkaException, TopicCollection
from confluent_kafka.admin import AdminClient, ConfigResource

from shared import record_reader
from shared.positions import Place

log = structlog.get_logger()
record_reader.install()

ANSWER_SECONDS = 5.0
FETCH_MS = 500


@dataclass(frozen=True, slots=True)
class TopicState:
    """A topic as the cluster knows it; `topic_id` changes when a topic is deleted and created again."""

    name: str
    topic_id: str
    partitions: int


def describe_topics(bootstrap_servers: str, names: Sequence[str]) -> dict[str, TopicState]:
    """The topics of these names that exist. Raises KafkaException when no broker answers."""
    admin = AdminClient({"bootstrap.servers": bootstrap_servers, "log_level": 0})
    futures = admin.describe_topics(TopicCollection(list(names)), request_timeout=ANSWER_SECONDS)
    states = {}
    for name, future in futures.items():
        try:
            found = future.result()
        except KafkaException as error:
            if error.args[0].name() == "UNKNOWN_TOPIC_OR_PART":
                continue
            raise
        states[name] = TopicState(name, str(found.topic_id), len(found.partitions))
    return states


def topic_settings(bootstrap_servers: str, names: Sequence[str]) -> dict[str, dict[str, str]]:
    """The settings in force of topics that exist, by topic. Raises KafkaException when no broker answers."""
    if not names:
        return {}
    admin = AdminClient({"bootstrap.servers": bootstrap_servers, "log_level": 0})
    asked = [ConfigResource(ConfigResource.Type.TOPIC, name) for name in names]
    futures = admin.describe_configs(asked, request_timeout=ANSWER_SECONDS)
    return {
        resource.name: {name: str(entry.value) for name, entry in future.result().items()}
        for resource, future in futures.items()
    }


class KafkaLogs:
    """The beginnings and ends of the partitions of some topics; topic names without the deployment's prefix."""

    def __init__(self, bootstrap_servers: str, prefix: str, partitions: Mapping[str, int]) -> None:
        self.partitions = partitions
        self._prefix = prefix
        self._places = [(topic, partition) for topic, count in partitions.items() for partition in range(count)]
        self._consumer = AIOKafkaConsumer(
            bootstrap_servers=bootstrap_servers, request_timeout_ms=5000, auto_offset_reset="earliest"
        )

    async def start(self) -> None:
        places = self._physical(self._places)
        self._consumer.assign(places)
        self._consumer.pause(*places)
        await self._consumer.start()

    async def stop(self) -> None:
        """Hang up; a silent Kafka is left as it is."""
        try:
            await asyncio.wait_for(self._consumer.stop(), ANSWER_SECONDS)
        except (TimeoutError, KafkaError) as error:
            log.warning("hung up without an answer", error_type=type(error).__name__)

    async def beginnings(self, places: Iterable[Place]) -> dict[Place, int]:
        """The first offset that the log still holds. Raises KafkaError or TimeoutError when Kafka is silent."""
        partitions = self._physical(places)
        return self._logical(await asyncio.wait_for(self._consumer.beginning_offsets(partitions), ANSWER_SECONDS))

    async def ends(self) -> dict[Place, int]:
        """The end offset of every partition. Raises KafkaError or TimeoutError when Kafka is silent."""
        partitions = self._physical(self._places)
        return self._logical(await asyncio.wait_for(self._consumer.end_offsets(partitions), ANSWER_SECONDS))

    async def holds_nothing(self, place: Place, start: int, end: int) -> bool:
        """Whether no record stands at the offsets from `start` up to `end`, an end that `ends` told.

        Not to be called twice at once. Raises KafkaError or TimeoutError when Kafka is silent.
        """
        (partition,) = self._physical([place])
        self._consumer.seek(partition, start)
        self._consumer.resume(partition)
        try:
            async with asyncio.timeout(ANSWER_SECONDS):
                while await self._consumer.position(partition) < end:
                    found = await self._consumer.getmany(partition, timeout_ms=FETCH_MS, max_records=1)
                    if records := found.get(partition):
                        return bool(records[0].offset >= end)
                return True
        finally:
            self._consumer.pause(partition)

    def _physical(self, places: Iterable[Place]) -> list[TopicPartition]:
        return [TopicPartition(self._prefix + topic, partition) for topic, partition in places]

    def _logical(self, offsets: Mapping[TopicPartition, int]) -> dict[Place, int]:
        return {(tp.topic.removeprefix(self._prefix), tp.partition): offset for tp, offset in offsets.items()}
