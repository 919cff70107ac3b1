"""Driving a live system from a test: publish, wait until nothing is left to do, read what it came to."""

import asyncio
import json
import time
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

import asyncpg
from aiokafka import AIOKafkaConsumer, AIOKafkaProducer, TopicPartition

from services.kpi.counting import Counts
from services.kpi.store import read_counts
from services.local.system import SERVICES, LocalSystem
from services.routing import store as routing
from services.routing.records import Record
from services.routing.state import LeadRouting
from services.scoring import store as scoring
from services.scoring.state import LeadScore
from shared import db, outbox, positions, timers
from shared.clock import domain_now
from shared.kafka import KafkaLogs
from shared.provisioning import read_topics
from shared.topics import (
    CAMPAIGN,
    LEAD_ACTIVITY,
    LEAD_ALERTED,
    LEAD_HANDOFF,
    LEAD_PARTITIONS,
    LEAD_QUALIFIED,
    REP_STATUS,
)

READS = {
    "scoring": (LEAD_ACTIVITY,),
    "routing": (LEAD_ACTIVITY, LEAD_QUALIFIED, REP_STATUS),
    "alerts": (LEAD_ACTIVITY, LEAD_QUALIFIED, LEAD_HANDOFF),
    "kpi": (LEAD_ACTIVITY, LEAD_QUALIFIED, LEAD_HANDOFF, LEAD_ALERTED, CAMPAIGN),
}
PATIENCE_SECONDS = 120


def activity(number: int | str, kind: str, lead: str, time: str, /, **data: object) -> dict[str, object]:
    """An activity as an upstream system sends it."""
    return {
        "specversion": "1.0",
        "id": f"e{number}",
        "source": "urn:test",
        "type": kind,
        "subject": lead,
        "time": time,
        "data": data,
    }


async def publish(
    system: LocalSystem,
    events: Iterable[dict[str, object] | bytes],
    topic: str = LEAD_ACTIVITY,
    headers: Sequence[tuple[str, bytes | None]] = (),
) -> int:
    """Send events, keyed by their lead; bytes are sent as they are, under a key of their own."""
    producer = AIOKafkaProducer(bootstrap_servers=system.kafka, enable_idempotence=True, linger_ms=5)
    try:
        await producer.start()
        sent = []
        for event in events:
            value = event if isinstance(event, bytes) else json.dumps(event).encode()
            key = b"odd" if isinstance(event, bytes) else str(event["subject"]).encode()
            sent.append(await producer.send(system.topic_prefix + topic, value, key=key, headers=list(headers)))
        await asyncio.gather(*sent)
    finally:
        await producer.stop()
    return len(sent)


async def read_all(system: LocalSystem, topic: str) -> list[bytes]:
    """Every record that stands in a topic, as it was sent; repeats are the relay's right."""
    consumer = AIOKafkaConsumer(bootstrap_servers=system.kafka, auto_offset_reset="earliest")
    places = [TopicPartition(system.topic_prefix + topic, partition) for partition in range(LEAD_PARTITIONS)]
    consumer.assign(places)
    await consumer.start()
    try:
        ends, values = await consumer.end_offsets(places), list[bytes]()
        while any([await consumer.position(place) < ends[place] for place in places]):
            for records in (await consumer.getmany(timeout_ms=500)).values():
                values += [record.value for record in records if record.value]
        return values
    finally:
        await consumer.stop()


async def until_quiet(system: LocalSystem) -> None:
    """Wait until every service has read everything, published everything, and fired every timer that is due."""
    end = time.monotonic() + PATIENCE_SECONDS
    while work := await unfinished(system):
        assert time.monotonic() < end, f"the system did not come to rest: {work}"
        await asyncio.sleep(0.2)


async def unfinished(system: LocalSystem) -> list[str]:
    """What the first service that is busy has left to do, asked in the order of the flow; so an empty answer holds for
    all of it, and asking takes little from a system that is at work."""
    for service in SERVICES:
        pool = await db.connect(system.dsn, service, most=1)
        async with pool.acquire() as connection:
            found = [f"{service}: {work}" for work in await _unfinished(system, service, connection)]
        await db.close(pool)
        if found:
            return found
    return []


async def _unfinished(system: LocalSystem, service: str, connection: db.Connection) -> list[str]:
    logs = KafkaLogs(system.kafka, system.topic_prefix, read_topics().partitions(READS[service]))
    await logs.start()
    ends = await logs.ends()
    await logs.stop()
    stored = await positions.read(connection, READS[service])
    lag = sum(max(0, end - stored.get(place, 0)) for place, end in ends.items())
    rows, _ = await outbox.depth(connection)
    due, _ = await timers.backlog(connection, await domain_now(connection))
    found = {"records": lag, "outbox": rows, "timers": due}
    return [f"{n} {what}" for what, n in found.items() if n]


@dataclass
class Outcome:
    """What the live system came to."""

    scores: dict[str, LeadScore] = field(default_factory=dict)
    routed: dict[str, LeadRouting] = field(default_factory=dict)
    counts: Counts = field(default_factory=Counts)
    decisions: Sequence[Record] = ()
    activities: Sequence[bytes] = ()
    quarantined: dict[str, list[str]] = field(default_factory=dict)


async def outcome(system: LocalSystem) -> Outcome:
    found = Outcome()
    async with Connected(system, "scoring") as connection:
        leads = [row["lead_id"] for row in await connection.fetch("SELECT lead_id FROM lead WHERE state IS NOT NULL")]
        async with connection.transaction():
            found.scores = await scoring.load(connection, leads)
        found.activities = [body async for body in scoring.recorded(connection, None)]
    async with Connected(system, "routing") as connection:
        leads = [row["lead_id"] for row in await connection.fetch("SELECT lead_id FROM lead WHERE state IS NOT NULL")]
        async with connection.transaction():
            found.routed = await routing.load(connection, leads)
        found.decisions = await routing.decisions(connection)
    async with Connected(system, "kpi") as connection:
        found.counts = await read_counts(connection)
    for service in SERVICES:
        async with Connected(system, service) as connection:
            rows = await connection.fetch("SELECT reason FROM quarantine WHERE status <> 'done' ORDER BY id")
            found.quarantined[service] = [row["reason"] for row in rows]
    return found


class Connected:
    def __init__(self, system: LocalSystem, schema: str) -> None:
        self._system, self._schema = system, schema

    async def __aenter__(self) -> "asyncpg.Connection[asyncpg.Record]":
        self._connection = await asyncpg.connect(
            self._system.dsn, server_settings={"search_path": f"{self._schema}, baton", "timezone": "UTC"}
        )
        await db.read_json_as_values(self._connection)
        return self._connection

    async def __aexit__(self, *_: object) -> None:
        await self._connection.close()
