"""The servers of a bench: one Kafka and one Postgres, a database for each run, topics for each load."""

import asyncio
import itertools
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from functools import cached_property
from pathlib import Path
from types import TracebackType
from typing import Self
from urllib.parse import urlsplit

import asyncpg
from confluent_kafka import TopicPartition
from confluent_kafka.admin import AdminClient, NewTopic, OffsetSpec

from services.local.system import SERVICES, LocalSystem
from shared.embedded import EmbeddedStack
from shared.topics import LEAD_PARTITIONS
from tests.bench import processes

PLAYBOOK = Path(__file__).parents[2] / "deploy" / "playbook"
ANSWER_SECONDS = 30


class Stage:
    """Starts the servers when they are first asked for; all of it ends with the block."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._closing = ExitStack()
        self._numbers = itertools.count(1)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self._closing.close()

    @cached_property
    def stack(self) -> EmbeddedStack:
        return self._closing.enter_context(EmbeddedStack(self.folder / "servers"))

    @property
    def kafka(self) -> str:
        return self.stack.bootstrap_servers

    @property
    def server_pids(self) -> tuple[int, int]:
        return self.stack.kafka._pid, self.stack.postgres._pid

    def server_cpu_seconds(self) -> float:
        return processes.cpu_seconds(self.server_pids)

    def number(self) -> int:
        """One that was not given before, to keep names apart."""
        return next(self._numbers)

    def make_topic(self, name: str) -> None:
        """A topic with as many partitions as those of leads."""
        for made in self._admin.create_topics([NewTopic(name, LEAD_PARTITIONS, 1)]).values():
            made.result(ANSWER_SECONDS)

    def drop_topics(self, part: str) -> None:
        """Delete the topics whose names hold this."""
        found = [name for name in self._admin.list_topics(timeout=ANSWER_SECONDS).topics if part in name]
        if found:
            for dropped in self._admin.delete_topics(found).values():
                dropped.result(ANSWER_SECONDS)

    def records_in(self, topic: str) -> int:
        """How many records a topic of `make_topic` has taken."""
        places = {TopicPartition(topic, partition): OffsetSpec.latest() for partition in range(LEAD_PARTITIONS)}
        return sum(found.result(ANSWER_SECONDS).offset for found in self._admin.list_offsets(places).values())

    @contextmanager
    def system(
        self, prefix: str, playbook: Path = PLAYBOOK, settings: Mapping[str, str] | None = None
    ) -> Iterator[LocalSystem]:
        """A prepared system on an empty database, nothing started; it reads the prefix's topics from their starts."""
        name = f"baton_{self.number()}"
        asyncio.run(self._administer(f"CREATE DATABASE {name}"))
        system = LocalSystem(
            self.kafka,
            urlsplit(self.stack.dsn)._replace(path=f"/{name}").geturl(),
            self.folder / name,
            playbook=playbook,
            topic_prefix=prefix,
            settings={"BATON_LOG_LEVEL": "WARNING", **(settings or {})},
        )
        try:
            system.prepare()
            self._forget_offsets(prefix)
            asyncio.run(self._administer("CHECKPOINT"))  # what earlier runs left to write is not this one's
            yield system
        finally:
            system.stop()
            asyncio.run(self._administer(f"DROP DATABASE {name} WITH (FORCE)"))

    def _forget_offsets(self, prefix: str) -> None:
        """The offsets that an earlier run told Kafka: on a new database they lead past everything."""
        groups = {f"{prefix}baton-{service}" for service in SERVICES}
        listed = self._admin.list_consumer_groups(request_timeout=ANSWER_SECONDS).result()
        if left := [group.group_id for group in listed.valid if group.group_id in groups]:
            for forgotten in self._admin.delete_consumer_groups(left).values():
                forgotten.result(ANSWER_SECONDS)

    @cached_property
    def _admin(self) -> AdminClient:
        return AdminClient({"bootstrap.servers": self.kafka, "log_level": 0})

    async def _administer(self, statement: str) -> None:
        connection = await asyncpg.connect(self.stack.dsn)
        try:
            await connection.execute(statement)
        finally:
            await connection.close()
