"""What outlives the lives of a service: its tables, its topics and Slack; and time, which stands still in between."""

import asyncio
from collections.abc import AsyncIterator, Callable, Coroutine, Iterable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import datetime
from itertools import chain
from pathlib import Path
from typing import Any, Protocol

from aiokafka import AIOKafkaConsumer, AIOKafkaProducer, TopicPartition
from pydantic import SecretStr

from services.commands.playbooks import activate_folder
from shared import db, migrations
from shared.clock import set_clock
from shared.provisioning import apply_topics, read_topics
from shared.service import Service
from shared.settings import Settings
from shared.topics import LEAD_ALERTED, LEAD_HANDOFF, LEAD_QUALIFIED, LEAD_SCORED
from tests.fakes.slack import FakeSlack
from tests.fault.crash_points import CrashPoints
from tests.support.servings import serving

STANDING_STILL = 1e-12
"""The rate of a domain clock that does not move: decisions of all lives are made at the same time."""
AT_ONCE = {"fetch_max_wait_ms": 100, "retry_backoff_ms": 5}
"""A broker that is asked too early costs a life little."""
TOPICS = read_topics()
MOST_LIVES = 6
"""After a crash one more life should do; lost answers of Slack take some."""
PUBLISHED = (LEAD_SCORED, LEAD_QUALIFIED, LEAD_HANDOFF, LEAD_ALERTED)
Sent = tuple[str, bytes, bytes]
"""(topic, key, value)"""


class Mortal(Protocol):
    """A process: it lives until its end or until it is killed, then its connections vanish."""

    def live(self) -> Coroutine[Any, Any, None]: ...
    async def vanish(self) -> None: ...


@dataclass(frozen=True)
class Act:
    """What happens up to a time at which the domain clock then stands."""

    at: datetime
    records: tuple[Sent, ...]


@dataclass
class World:
    """What the lives of one service leave behind, and where they find it."""

    settings: Settings
    pool: db.Pool
    slack: FakeSlack
    slack_url: str
    reader: AIOKafkaConsumer
    producer: AIOKafkaProducer
    create: Callable[[], Service[Any]]
    life: "Callable[[World, asyncio.Event], Mortal]"
    began: dict[TopicPartition, int] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.service = self.create()
        self.topics = self.service.subscription.topics

    def place(self, topic: str, partition: int) -> TopicPartition:
        return TopicPartition(self.settings.topic_prefix + topic, partition)

    def places(self, topics: Iterable[str]) -> list[TopicPartition]:
        wanted = TOPICS.partitions(list(topics))
        return [self.place(topic, number) for topic, count in wanted.items() for number in range(count)]

    async def read_published(self) -> list[Any]:
        """The records that were published since the world began anew, in order for each key."""
        places, found = self.places(PUBLISHED), list[Any]()
        ends = await self.reader.end_offsets(places)
        for place in places:
            self.reader.seek(place, self.began[place])
        self.reader.resume(*places)
        while any([await self.reader.position(place) < ends[place] for place in places]):
            found += chain.from_iterable((await self.reader.getmany(timeout_ms=1000)).values())
        self.reader.pause(*places)
        return found

    async def begin_anew(self) -> None:
        """Empty tables and Slack, and remember where the topics end; the positions of the consumer stay."""
        rows = await self.pool.fetch("SELECT tablename FROM pg_tables WHERE schemaname = $1", self.service.name)
        tables = sorted(row["tablename"] for row in rows if row["tablename"] != "consumer_position")
        await self.pool.execute(f"TRUNCATE {', '.join(tables)} RESTART IDENTITY")
        self.slack.reset()
        self.began = await self.reader.end_offsets(self.places(PUBLISHED))

    async def happen(self, acts: Iterable[Act], points: CrashPoints) -> None:
        """Play the acts; the process lives through each, or crashes once and is started again."""
        for act in acts:
            async with self.pool.acquire() as connection:
                await set_clock(connection, act.at, STANDING_STILL)
            for topic, key, value in act.records:
                await self.producer.send(self.settings.topic_prefix + topic, value, key=key)
            await self.producer.flush()
            await self._live_until_quiet(points)

    async def _live_until_quiet(self, points: CrashPoints) -> None:
        for _ in range(MOST_LIVES):
            await self._time_passes()
            stored = await self.positions()
            life = self.life(self, asyncio.Event() if points.happened else points.stopping)
            try:
                await (life.live() if points.happened else points.watched(life.live()))
            finally:
                await life.vanish()
            fell = {place: offset for place, offset in stored.items() if (await self.positions())[place] < offset}
            assert fell == {}, f"positions that fell: {fell}"
            if not (work := await self.unfinished()):
                return
        raise AssertionError(f"the service did not come to rest: {work}")

    async def positions(self) -> dict[TopicPartition, int]:
        rows = await self.pool.fetch("SELECT topic, partition, next_offset FROM consumer_position")
        return {self.place(row["topic"], row["partition"]): row["next_offset"] for row in rows}

    async def unfinished(self) -> dict[str, int]:
        """What is left to do, by what it is."""
        stored = await self.positions()
        ends = await self.reader.end_offsets(self.places(self.topics))
        found = {
            "records": sum(end - stored.get(place, 0) for place, end in ends.items()),
            "events": await self.pool.fetchval("SELECT count(*) FROM outbox"),
            "timers": await self.pool.fetchval("SELECT count(*) FROM timer WHERE due_at <= baton.domain_now()"),
        }
        if self.service.name == "scoring":
            untold = "SELECT count(*) FROM lead WHERE score_version > published_version"
            found["scores"] = await self.pool.fetchval(untold)
        if self.service.name == "alerts":
            unsettled = "SELECT count(*) FROM notification WHERE status NOT IN ('sent', 'abandoned')"
            found["messages"] = await self.pool.fetchval(unsettled)
        return {what: n for what, n in found.items() if n}

    async def _time_passes(self) -> None:
        """On the machine's clock, so that what the dead held is free, and each score may be told again."""
        await self.pool.execute("UPDATE relay_lease SET expires_at = '-infinity'")
        if self.service.name == "scoring":
            await self.pool.execute("UPDATE lead SET published_at = published_at - interval '1 hour'")
        if self.service.name == "alerts":
            await self.slack_waits()

    async def slack_waits(self) -> None:
        """An hour passes for the messages and their channels."""
        await self.pool.execute(
            "UPDATE notification SET next_try_at = next_try_at - interval '1 hour',"
            " lease_until = lease_until - interval '1 hour', update_at = update_at - interval '1 hour'"
        )
        await self.pool.execute("UPDATE channel_budget SET next_send_at = next_send_at - interval '1 hour'")


@asynccontextmanager
async def world_of(
    create: Callable[[], Service[Any]],
    life: Callable[[World, asyncio.Event], Mortal],
    kafka: str,
    dsn: str,
    prefix: str,
    playbook: Path,
) -> AsyncIterator[World]:
    """Tables with an active playbook, topics, and a Slack for the lives of one service."""
    await migrations.migrate(dsn)
    await activate_folder(playbook, dsn)
    await asyncio.to_thread(apply_topics, kafka, prefix, TOPICS)
    pool, slack = await db.connect(dsn, create().name), FakeSlack()
    reader = AIOKafkaConsumer(bootstrap_servers=kafka, auto_offset_reset="earliest", **AT_ONCE)
    producer = AIOKafkaProducer(bootstrap_servers=kafka)
    settings = Settings(kafka=kafka, postgres=SecretStr(dsn), topic_prefix=prefix)
    with serving(slack.app) as url:
        world = World(settings, pool, slack, f"{url}/api/", reader, producer, create, life)
        reader.assign(places := world.places(PUBLISHED))
        reader.pause(*places)
        await reader.start()
        await producer.start()
        try:
            yield world
        finally:
            await producer.stop()
            await reader.stop()
            await db.close(pool)
