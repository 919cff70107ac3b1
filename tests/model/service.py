"""The service of the model: it notes what it applies, tells of each activity of a lead in turn, and keeps one timer."""

import json
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from shared.db import Connection
from shared.events import Event
from shared.events.derived import LeadScored
from shared.service import Batch, Service, consumes
from shared.topics import LEAD_ACTIVITY, LEAD_SCORED
from shared.transaction import Transaction

SCHEMA: Final = "routing"
LEADS: Final = ("lead-1", "lead-4", "lead-2")
"""The second has a partition of its own."""
KIND: Final = "follow-up"
TABLES: Final = """
CREATE TABLE routing.applied (seq bigserial, topic text, subject text, what text);
CREATE TABLE routing.fired (seq bigserial, subject text, generation integer);
CREATE TABLE routing.follow_up (
    subject text PRIMARY KEY, activities integer NOT NULL, generation integer NOT NULL, due_at timestamptz
);
"""


@dataclass
class FollowUp:
    """What is known of a lead: how many activities there were, and when its timer of which generation is due."""

    subject: str
    activities: int
    generation: int
    due_at: datetime | None


def activity(number: int, lead: str, at: datetime, minutes: int | None) -> bytes:
    """An activity that asks to follow up after so many minutes, for 0 not to follow up; None leaves that as it is."""
    event = {"specversion": "1.0", "id": f"e{number}", "source": "urn:model", "type": "web.visited", "subject": lead}
    data = {} if minutes is None else {"minutes": minutes}
    return json.dumps(event | {"time": at.isoformat(), "data": data}).encode()


async def lock(connection: Connection, subjects: list[str]) -> dict[str, FollowUp]:
    rows = await connection.fetch(
        "SELECT * FROM follow_up WHERE subject = ANY($1::text[]) ORDER BY subject FOR UPDATE", subjects
    )
    return {row["subject"]: FollowUp(**row) for row in rows}


async def save(connection: Connection, leads: Iterable[FollowUp]) -> None:
    await connection.executemany(
        "UPDATE follow_up SET activities = $2, generation = $3, due_at = $4 WHERE subject = $1",
        [(lead.subject, lead.activities, lead.generation, lead.due_at) for lead in leads],
    )


@consumes(LEAD_ACTIVITY, LEAD_SCORED)
async def on_events(batch: Batch, transaction: Transaction[str]) -> None:
    leads = await lock(transaction.connection, batch.subjects)
    applied = []
    for event in batch.events:
        if isinstance(event.data, LeadScored):
            applied.append((LEAD_SCORED, event.subject, str(event.data.version)))
        else:
            applied.append((LEAD_ACTIVITY, event.subject, event.id))
            apply(event, leads[event.subject], transaction)
    insert = "INSERT INTO applied (topic, subject, what) VALUES ($1, $2, $3)"
    await transaction.connection.executemany(insert, applied)
    await save(transaction.connection, leads.values())


def apply(event: Event, lead: FollowUp, transaction: Transaction[str]) -> None:
    lead.activities += 1
    scored = LeadScored(as_of=event.time, score=0, fit=0, engagement=0, version=lead.activities)
    transaction.emit([Event.caused_by(event, scored, source="urn:baton:model", time=event.time)])
    minutes = event.data.value("minutes")
    if minutes == 0:
        lead.due_at = None
    elif isinstance(minutes, int):
        lead.generation += 1
        lead.due_at = event.time + timedelta(minutes=minutes)
        transaction.set_timer(KIND, lead.subject, lead.due_at)


async def on_due(transaction: Transaction[str], kind: str, subjects: list[str]) -> None:
    """Fire what is still due of the leads; what was moved later is set again, what was cancelled is forgotten."""
    leads = await lock(transaction.connection, subjects)
    claimed = [leads[subject] for subject in await transaction.claim_timers(kind, subjects)]
    for lead in claimed:
        if lead.due_at is not None and lead.due_at <= transaction.decided_at:
            insert = "INSERT INTO fired (subject, generation) VALUES ($1, $2)"
            await transaction.connection.execute(insert, lead.subject, lead.generation)
            lead.due_at = None
        transaction.set_timer(kind, lead.subject, lead.due_at)
    await save(transaction.connection, claimed)


SERVICE: Final = Service[str](
    name=SCHEMA, subscription=on_events, load_playbook=lambda folder: folder.version, on_due=on_due
)
