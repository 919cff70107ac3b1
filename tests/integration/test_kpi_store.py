"""Kpi's rows on a real Postgres: every number opens just the leads that it counts."""

from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta

import pytest

from services.kpi import store
from services.kpi.facts import NOTHING
from services.kpi.standing import Standing
from services.kpi.views import LeadFilter
from shared import db, migrations
from shared.db import Pool

NINE = datetime(2026, 5, 11, tzinfo=UTC)
LEADS = [
    Standing("a", "mql", 2, "is", "rep-1", "assigned", "webinar", NINE, NINE + timedelta(hours=1), NINE, breached=True),
    Standing("b", "mql", 1, "is", "rep-2", "accepted", idle_since=NINE - timedelta(hours=5), stale=True),
    Standing("c", "mql", 1, "is", "", "waiting", idle_since=NINE - timedelta(hours=2)),
    Standing("d", "sql", 1, "fs", "rep-2", "assigned", idle_since=NINE),
    Standing("e", "lead", source="webinar", entered_at=NINE, idle_since=NINE),
    Standing("f", "customer", 1, "cs", "rep-3", "done", idle_since=NINE - timedelta(days=9)),
]


@pytest.fixture
async def pool(database: str, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Pool]:
    """A kpi database in which the six leads stand."""
    await migrations.migrate(database)
    pool = await db.connect(database, "kpi")
    known = {lead.lead_id: lead for lead in LEADS}
    monkeypatch.setattr(store, "standing", lambda lead_id, _: known[lead_id])
    async with pool.acquire() as connection:
        await store.load(connection, sorted(known))
        await store.save(connection, dict.fromkeys(known, NOTHING))
    yield pool
    await db.close(pool)


@pytest.mark.parametrize(
    ("wanted", "found"),
    [
        (LeadFilter(), "acbdfe"),
        (LeadFilter(stage="mql"), "abc"),
        (LeadFilter(team="fs"), "d"),
        (LeadFilter(owner="rep-2"), "bd"),
        (LeadFilter(stage="mql", owner="rep-2"), "b"),
        (LeadFilter(unowned=True), "ce"),
        (LeadFilter(breached=True), "a"),
        (LeadFilter(waiting=True), "c"),
        (LeadFilter(stage="nosuch"), ""),
    ],
)
async def test_a_number_opens_just_its_leads(pool: Pool, wanted: LeadFilter, found: str) -> None:
    async with pool.acquire() as connection:
        leads, total = await store.chosen(connection, wanted, 10)
    assert sorted(lead.lead_id for lead in leads) == sorted(found)
    assert total == len(found)


async def test_the_worst_come_first_and_all_are_counted(pool: Pool) -> None:
    async with pool.acquire() as connection:
        leads, total = await store.chosen(connection, LeadFilter(stage="mql"), 2)
    assert [lead.lead_id for lead in leads] == ["a", "b"]
    assert total == 3


async def test_a_standing_is_read_as_it_was_written(pool: Pool) -> None:
    async with pool.acquire() as connection:
        leads, _ = await store.chosen(connection, LeadFilter(), 10)
        in_hand = await store.in_hand(connection)
        waiting = await store.unassigned_by_team(connection)
    assert {lead.lead_id: lead for lead in leads} == {lead.lead_id: lead for lead in LEADS}
    assert {lead.lead_id for lead in in_hand} == {"a", "b", "c", "d"}
    assert waiting == {"is": 1}
