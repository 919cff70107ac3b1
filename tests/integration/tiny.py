"""The smallest service: it writes down what it applies and what it fires. For tests of everything around it."""

import asyncio
import json
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from concurrent.futures import wait
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

from aiokafka import AIOKafkaProducer
from confluent_kafka import TopicPartition
from confluent_kafka.admin import AdminClient, NewTopic, OffsetSpec
from faststream.kafka import KafkaBroker
from prometheus_client import CollectorRegistry
from pydantic import SecretStr

from shared import db, migrations
from shared.active_playbook import ActivePlaybook, activate
from shared.consumer import Runner
from shared.firing import TimerLoop
from shared.kafka import KafkaLogs
from shared.lanes import Lane
from shared.metrics import Metrics
from shared.playbook import PlaybookFolder
from shared.reading import Reading
from shared.records import Record
from shared.service import Batch, Service, consumes
from shared.settings import Settings
from shared.topics import LEAD_ACTIVITY
from shared.transaction import Transaction

PATIENCE_SECONDS = 90
SCHEMA = "routing"
Hook = Callable[[Batch, Transaction[str]], Awaitable[None]]


async def until(condition: Callable[[], Awaitable[bool]] | Callable[[], bool]) -> None:
    """Wait for a condition; fail when it does not come true."""
    end = time.monotonic() + PATIENCE_SECONDS
    while True:
        found = condition()
        if found if isinstance(found, bool) else await found:
            return
        assert time.monotonic() < end, f"{condition} did not come true"
        await asyncio.sleep(0.02)


def activity(event_id: str, subject: str = "lead-1", /, *, at: datetime | None = None, **data: object) -> bytes:
    """An activity as an upstream system sends it."""
    event = {"specversion": "1.0", "id": event_id, "source": "urn:test", "type": "web.visited", "subject": subject}
    moment = at or datetime(2026, 4, 1, tzinfo=UTC)
    return json.dumps(event | {"time": moment.isoformat(), "data": data}).encode()


def record(offset: int, value: bytes | None, *, partition: int = 0, headers: Sequence[tuple[str, bytes | None]] = ()):
    """A record as the runner is handed it."""
    return Record(LEAD_ACTIVITY, partition, offset, b"lead-1", value, tuple(headers), datetime.now(UTC))


def numbered(*offsets: int, partition: int = 0) -> list[Record]:
    return [record(offset, activity(f"e{partition}-{offset}"), partition=partition) for offset in offsets]


async def nothing(batch: Batch, transaction: Transaction[str]) -> None:
    """A hook that does nothing."""


@dataclass
class Tiny:
    """A tiny service with its own database and topic, and the parts that a process would build of it."""

    settings: Settings
    pool: db.Pool
    logs: KafkaLogs
    before: Hook = nothing
    metrics: Metrics = field(default_factory=lambda: Metrics(SCHEMA))

    def __post_init__(self) -> None:
        self.service = Service[str](
            name=SCHEMA,
            subscription=consumes(LEAD_ACTIVITY)(self._handle),
            load_playbook=lambda folder: folder.version,
            on_due=self._on_due,
            keeps_invalid=frozenset({LEAD_ACTIVITY}),
        )
        self.reading = Reading(self.logs, [LEAD_ACTIVITY])
        self.playbook = ActivePlaybook(self.service.load_playbook)

    @property
    def topic(self) -> str:
        return self.settings.topic_prefix + LEAD_ACTIVITY

    def runner(self) -> Runner[str]:
        return Runner(self.service, self.settings, self.pool, self.logs, self.playbook, self.metrics)

    def timers(self) -> TimerLoop[str]:
        return TimerLoop(self.service, self.settings, self.pool, self.reading, self.playbook, self.metrics)

    @asynccontextmanager
    async def reading_lane(self) -> AsyncIterator[Lane[str]]:
        """A lane that reads for as long as the block lasts."""
        broker = KafkaBroker(self.settings.kafka, graceful_timeout=10, logger=None)
        lane = Lane(broker, self.service, self.settings, self.runner(), self.metrics)
        await broker.start()
        try:
            yield lane
        finally:
            lane.runner.stopping.set()
            await broker.stop()

    async def _handle(self, batch: Batch, transaction: Transaction[str]) -> None:
        await self.before(batch, transaction)
        rows = [(event.subject, event.id) for event in batch.events]
        await transaction.connection.executemany("INSERT INTO applied (subject, event_id) VALUES ($1, $2)", rows)

    async def _on_due(self, transaction: Transaction[str], kind: str, subjects: list[str]) -> None:
        for subject in await transaction.claim_timers(kind, subjects):
            if subject == "broken":
                raise ZeroDivisionError
            if kind == "breach" and not transaction.caught_up:
                transaction.set_timer(kind, subject, transaction.decided_at)
            else:
                fired = "INSERT INTO fired (kind, subject, decided_at) VALUES ($1, $2, $3)"
                await transaction.connection.execute(fired, kind, subject, transaction.decided_at)

    async def applied(self) -> list[str]:
        rows = await self.pool.fetch("SELECT event_id FROM applied ORDER BY seq")
        return [row["event_id"] for row in rows]

    async def has_applied(self, *event_ids: str) -> bool:
        return set(event_ids) <= set(await self.applied())

    async def fired(self) -> list[tuple[str, str]]:
        rows = await self.pool.fetch("SELECT kind, subject FROM fired ORDER BY seq")
        return [(row["kind"], row["subject"]) for row in rows]

    async def quarantined(self) -> list[tuple[int, str, str]]:
        rows = await self.pool.fetch('SELECT "offset", reason, status FROM quarantine ORDER BY "offset"')
        return [(row["offset"], row["reason"], row["status"]) for row in rows]

    async def position(self, partition: int = 0) -> int | None:
        query = "SELECT next_offset FROM consumer_position WHERE topic = $1 AND partition = $2"
        return await self.pool.fetchval(query, LEAD_ACTIVITY, partition)

    async def domain_now(self) -> datetime:
        return await self.pool.fetchval("SELECT baton.domain_now()")

    def counted(self, name: str, **labels: str) -> float:
        return sample(self.metrics.registry, name, service=SCHEMA, **labels)

    async def send(self, *values: bytes | None, partition: int = 0, transactional_id: str | None = None) -> None:
        producer = AIOKafkaProducer(bootstrap_servers=self.settings.kafka, transactional_id=transactional_id)
        await producer.start()
        try:
            if transactional_id:
                await producer.begin_transaction()
            for value in values:
                await producer.send_and_wait(self.topic, value, key=b"lead-1", partition=partition)
            if transactional_id:
                await producer.commit_transaction()
        finally:
            await producer.stop()

    def drop_records_before(self, offset: int, partition: int = 0) -> None:
        admin = AdminClient({"bootstrap.servers": self.settings.kafka})
        for future in admin.delete_records([TopicPartition(self.topic, partition, offset)]).values():
            future.result()


def sample(registry: CollectorRegistry, name: str, **labels: str) -> float:
    return registry.get_sample_value(name, labels) or 0.0


async def make_topic(bootstrap_servers: str, name: str, partitions: int) -> None:
    """Create a topic and wait until its partitions have leaders."""
    admin = AdminClient({"bootstrap.servers": bootstrap_servers})
    for future in admin.create_topics([NewTopic(name, num_partitions=partitions, replication_factor=1)]).values():
        await asyncio.to_thread(future.result)
    places = {TopicPartition(name, number): OffsetSpec.latest() for number in range(partitions)}

    async def led() -> bool:
        futures = admin.list_offsets(places, request_timeout=30).values()
        await asyncio.to_thread(wait, futures)
        return not any(future.exception() for future in futures)

    await until(led)


@asynccontextmanager
async def tiny_service(
    kafka: str, dsn: str, prefix: str, *, partitions: int = 2, **changes: object
) -> AsyncIterator[Tiny]:
    """A tiny service on a migrated database with an active playbook, and a topic of that many partitions."""
    await migrations.migrate(dsn)
    settings = Settings(
        kafka=kafka, postgres=SecretStr(dsn), topic_prefix=prefix, breaker_after=5, session_timeout_seconds=10
    ).model_copy(update=changes)
    await make_topic(kafka, prefix + LEAD_ACTIVITY, partitions)
    pool = await db.connect(dsn, SCHEMA)
    await pool.execute("CREATE TABLE applied (seq bigserial, subject text, event_id text)")
    await pool.execute("CREATE TABLE fired (seq bigserial, kind text, subject text, decided_at timestamptz)")
    async with pool.acquire() as connection:
        await activate(connection, PlaybookFolder.of({"company.yaml": "name: Test"}), "test", datetime.now(UTC))
    logs = KafkaLogs(kafka, prefix, {LEAD_ACTIVITY: partitions})
    await logs.start()
    try:
        yield Tiny(settings, pool, logs)
    finally:
        await logs.stop()
        await db.close(pool)


HOUR = timedelta(hours=1)
