"""Scoring's batches on a real Postgres: what one activity of a batch says about an earlier one of the same batch."""

import random
from collections.abc import AsyncIterator, Iterable, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from services.scoring import domain, handlers, store
from services.scoring.playbook import load
from services.scoring.state import LeadScore
from shared import db, migrations
from shared.db import Pool
from shared.events import Event, decode
from shared.inbox import Received
from shared.playbook import PlaybookFolder
from shared.records import Record
from shared.service import Batch
from shared.transaction import Transaction
from tests.support.live import activity

NOON = datetime(2026, 4, 6, 3, tzinfo=UTC)
RULES = load(PlaybookFolder.read(Path(__file__).parents[2] / "deploy" / "playbook"))
LEADS = ("lead-1", "lead-2", "lead-3")


@pytest.fixture
async def pool(database: str) -> AsyncIterator[Pool]:
    await migrations.migrate(database)
    pool = await db.connect(database, "scoring")
    yield pool
    await db.close(pool)


def happened(number: int, event_type: str, lead: str, seconds: float, **data: object) -> Received:
    at = (NOON + timedelta(seconds=seconds)).isoformat()
    event = Event.model_validate(activity(f"e{number}", event_type, lead, at) | {"data": data})
    record = Record("lead.activity.v1", 0, number, lead.encode(), event.encode(), (), event.time)
    return Received(event, record)


async def applied(pool: Pool, batch: Sequence[Received]) -> None:
    async with pool.acquire() as connection, connection.transaction():
        tx = Transaction(connection, "scoring", NOON, RULES, RULES.version)
        admission = await store.admit(connection, batch)
        await handlers.on_activities.handle(Batch(admission.fresh), tx)


async def states(pool: Pool) -> dict[str, LeadScore]:
    async with pool.acquire() as connection:
        return {lead: state for lead in LEADS if (state := await store.find(connection, lead))}


def one_by_one(items: Iterable[Received]) -> dict[str, LeadScore]:
    leads: dict[str, LeadScore] = {}
    told: dict[str, list[Event]] = {}
    for item in items:
        event = decode(item.record.value)
        history = told.setdefault(event.subject, [])
        before = leads.get(event.subject, LeadScore())
        leads[event.subject] = domain.apply(before, event, RULES, history).state
        history.append(event)
    return leads


def mailing() -> list[Received]:
    """A scanner follows three links of a mail at once, and a person reads on: late, early, and all mixed up."""
    found = [happened(n, "email.clicked", "lead-1", n / 2, email_id="m1", link=f"l{n}") for n in range(3)]
    found += [happened(10 + n, "content.downloaded", "lead-1", 60 * n, kind="case_study") for n in range(3)]
    rng = random.Random(4)
    for number in range(20, 120):
        kind = rng.choice(["email.delivered", "email.opened", "email.clicked", "web.visited", "careers.visited"])
        lead, at = rng.choice(LEADS), rng.choice([number, number, rng.randrange(200)])
        found.append(happened(number, kind, lead, at, email_id=f"m{number % 3}", link=f"l{number}", page="/pricing"))
    return found


@pytest.mark.parametrize("size", [1, 3, 7, 40, 200])
async def test_scores_do_not_depend_on_how_activities_are_batched(pool: Pool, size: int) -> None:
    items = mailing()
    for start in range(0, len(items), size):
        await applied(pool, items[start : start + size])
    found = await states(pool)
    assert found == one_by_one(items)
    assert found["lead-1"].by_machines, "no scanner was noticed: the test shows nothing"
