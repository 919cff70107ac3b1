"""Kafka in memory: logs of partitions, and a consumer group with generations, with members that were expelled and do
not know it, and with commits that fail or come late."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from enum import Enum
from typing import NamedTuple

from aiokafka import TopicPartition
from aiokafka.errors import CommitFailedError, IllegalGenerationError, RequestTimedOutError

from shared.kafka import KafkaLogs
from shared.positions import Place
from shared.records import partition_of
from tests.model.steps import step

APPENDED_MS = 1_775_000_000_000


class Fetched(NamedTuple):
    """A record, by the fields of aiokafka's `ConsumerRecord` that a lane reads."""

    topic: str
    partition: int
    offset: int
    key: bytes
    value: bytes
    headers: tuple[tuple[str, bytes], ...] = ()
    timestamp: int = APPENDED_MS


class Answer(Enum):
    """What becomes of a batch that is sent."""

    ACKNOWLEDGED = "acknowledged"
    LOST = "lost"
    UNACKNOWLEDGED = "written, but not acknowledged"


class Broker:
    """The logs, each topic with so many partitions. `answers` are those to the next batches sent, the rest succeed."""

    def __init__(self, partitions: Mapping[str, int]) -> None:
        self.partitions = partitions
        self.logs: dict[Place, list[Fetched]] = {
            (topic, number): [] for topic, count in partitions.items() for number in range(count)
        }
        self.answers: list[Answer] = []

    def append(self, topic: str, key: bytes, value: bytes) -> Fetched:
        return self.write((topic, partition_of(key, self.partitions[topic])), key, value)

    def write(self, place: Place, key: bytes, value: bytes) -> Fetched:
        record = Fetched(*place, len(self.logs[place]), key, value)
        self.logs[place].append(record)
        return record


class Logs(KafkaLogs):
    """What the services ask of logs, told of those in memory."""

    def __init__(self, broker: Broker) -> None:
        self._broker = broker

    async def beginnings(self, places: Iterable[Place]) -> dict[Place, int]:
        return dict.fromkeys(places, 0)

    async def ends(self) -> dict[Place, int]:
        return {place: len(log) for place, log in self._broker.logs.items()}


class Commits(Enum):
    """What becomes of commits of offsets."""

    TAKEN = "taken"
    REFUSED = "refused"
    LATE = "late"


@dataclass
class Group:
    """A consumer group: who takes part in its generation, and the offsets that it was told."""

    broker: Broker
    generation: int = 0
    members: "Sequence[Consumer]" = ()
    committed: dict[TopicPartition, int] = field(default_factory=dict)
    under_way: list[Mapping[TopicPartition, int]] = field(default_factory=list)
    commits: Commits = Commits.TAKEN

    def take(self, generation: int, offsets: Mapping[TopicPartition, int]) -> None:
        """Raises IllegalGenerationError, CommitFailedError or RequestTimedOutError, as Kafka's clients do."""
        if self.commits is Commits.REFUSED:
            raise CommitFailedError
        if self.commits is Commits.LATE:
            self.under_way.append(offsets)
            raise RequestTimedOutError
        if generation != self.generation:
            raise IllegalGenerationError
        self.committed.update(offsets)

    def heal(self) -> None:
        """Commits are taken again, and those under way arrive, of other generations too: nothing may depend on them."""
        self.commits = Commits.TAKEN
        for offsets in self.under_way:
            self.committed.update(offsets)
        self.under_way.clear()

    def begin_generation(self, members: "Sequence[Consumer]") -> None:
        """Deal the partitions out to these; nobody tells those who are left out."""
        self.generation += 1
        self.members = members
        places = [TopicPartition(*place) for place in sorted(self.broker.logs)]
        for number, member in enumerate(members):
            member.begin(self.generation, places[number :: len(members)])


class Consumer:
    """One member's view of the group, which may be out of date: what it was assigned, and how far it has read."""

    def __init__(self, group: Group) -> None:
        self._group = group
        self._generation = 0
        self._positions: dict[TopicPartition, int] = {}

    @property
    def is_member(self) -> bool:
        return self in self._group.members

    def begin(self, generation: int, places: Iterable[TopicPartition]) -> None:
        self._generation = generation
        self._positions = {place: self._group.committed.get(place, 0) for place in places}

    def assignment(self) -> set[TopicPartition]:
        return set(self._positions)

    def seek(self, place: TopicPartition, offset: int) -> None:
        self._positions[place] = offset

    async def commit(self, offsets: Mapping[TopicPartition, int]) -> None:
        await step()
        self._group.take(self._generation, dict(offsets))

    @property
    def unread(self) -> int:
        logs = self._group.broker.logs
        return sum(len(logs[place.topic, place.partition]) - read for place, read in self._positions.items())

    def fetch(self, most: int) -> tuple[Fetched, ...]:
        """The next records, which it will not be handed again."""
        found: list[Fetched] = []
        for place, position in sorted(self._positions.items()):
            log = self._group.broker.logs[place.topic, place.partition]
            taken = log[position : position + most - len(found)]
            self._positions[place] = position + len(taken)
            found += taken
        return tuple(found)
