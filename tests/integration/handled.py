"""What the services' own handlers make of activities, on a real Postgres and without Kafka."""

import json
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path

from aiokafka import AIOKafkaConsumer

from services.routing import handlers as routing
from services.routing.playbook import load as load_routing
from services.scoring import handlers as scoring
from services.scoring import store
from services.scoring.playbook import load as load_scoring
from shared import db
from shared.events import Event
from shared.inbox import Received
from shared.playbook import PlaybookFolder
from shared.records import Record
from shared.service import Batch
from shared.topics import LEAD_ACTIVITY, LEAD_QUALIFIED
from shared.transaction import Transaction
from tests.servers import KafkaAddress

PLAYBOOK = Path(__file__).parents[2] / "deploy" / "playbook"
MORNING = datetime(2026, 4, 6, 1, tzinfo=UTC)
"""Ten o'clock on a Monday in Tokyo."""


def event(number: int, kind: str, at: datetime, /, subject: str = "lead-1", **data: object) -> Event:
    fields = {"id": f"e{number}", "source": "urn:test", "type": kind, "subject": subject, "time": at, "data": data}
    return Event.model_validate(fields)


def batch(topic: str, events: Sequence[Event]) -> Batch:
    records = [Record(topic, 0, n, one.subject.encode(), one.encode(), [], MORNING) for n, one in enumerate(events)]
    return Batch([Received(one, record) for one, record in zip(events, records, strict=True)])


async def happen(dsn: str, events: Sequence[Event], playbook: Path = PLAYBOOK) -> list[Event]:
    """What the services' handlers do with these activities, and with the qualifications that follow: all they emit."""
    folder = PlaybookFolder.read(playbook)
    decided_at = max(one.time for one in events)
    pool = await db.connect(dsn, "scoring", most=1)
    async with pool.acquire() as connection, connection.transaction():
        read = batch(LEAD_ACTIVITY, events)
        await store.admit(connection, read.received)
        scored = Transaction(connection, "scoring", decided_at, load_scoring(folder), folder.version)
        await scoring.on_activities.handle(read, scored)
    await db.close(pool)
    qualified = [one for one in scored.emitted.values() if one.type == "lead.qualified"]
    pool = await db.connect(dsn, "routing", most=1)
    async with pool.acquire() as connection, connection.transaction():
        routed = Transaction(connection, "routing", decided_at, load_routing(folder), folder.version)
        await routing.on_events.handle(batch(LEAD_ACTIVITY, events), routed)
        if qualified:
            await routing.on_events.handle(batch(LEAD_QUALIFIED, qualified), routed)
    await db.close(pool)
    return [*scored.emitted.values(), *routed.emitted.values()]


async def values_of(kafka: KafkaAddress, topic: str) -> list[dict[str, object]]:
    """What stands in a topic, each record's JSON in the order in which it is read."""
    consumer = AIOKafkaConsumer(topic, bootstrap_servers=kafka.bootstrap_servers, auto_offset_reset="earliest")
    await consumer.start()
    try:
        ends = await consumer.end_offsets(consumer.assignment())
        found: list[dict[str, object]] = []
        while len(found) < sum(ends.values()):
            for records in (await consumer.getmany(timeout_ms=500)).values():
                found += [json.loads(record.value) for record in records]
        return found
    finally:
        await consumer.stop()
