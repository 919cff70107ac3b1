"""Routing's waiting queues on a real Postgres: who is chosen from them, and in which order rows are locked."""

import asyncio
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta

import pytest

from services.routing import handlers, store
from services.routing.playbook import load
from services.routing.rules import RoutingRules
from services.routing.state import Handoff, LeadRouting
from shared import db, migrations
from shared.db import Connection, Pool
from shared.playbook import PlaybookFolder
from shared.transaction import Transaction
from tests.integration.tiny import until

NOON = datetime(2026, 4, 6, 3, tzinfo=UTC)
NOW = NOON + timedelta(hours=10)
RULES = load(
    PlaybookFolder.of(
        {
            "routing.yaml": "teams: [is]\n"
            "reps: [{id: aoki, team: is}, {id: baba, team: is}]\n"
            "pools: [{id: p1, team: is, members: [aoki]}, {id: p2, team: is, members: [aoki, baba]}]\n"
            "rules: [{id: rest, team: is, pool: p2}]\n"
        }
    )
)


@pytest.fixture
async def pool(database: str) -> AsyncIterator[Pool]:
    await migrations.migrate(database)
    pool = await db.connect(database, "routing")
    yield pool
    await db.close(pool)


def waiting(lead: str, pool: str, had: set[str], minute: int) -> LeadRouting:
    at = NOON + timedelta(minutes=minute)
    handoff = Handoff("is", 1, 1, "waiting", at, at, had=frozenset(had), pool=pool, rule="rest", place=minute)
    return LeadRouting(lead, handoffs={"is": handoff})


async def given(pool: Pool, *leads: LeadRouting) -> None:
    async with pool.acquire() as connection, connection.transaction():
        await store.load(connection, sorted(lead.lead for lead in leads))
        await store.save(connection, {lead.lead: lead for lead in leads}, RULES)
        desk = await store.lock_desk(connection, RULES)
        for lead in leads:
            desk.enqueue(lead.handoffs["is"].pool or "")
        await store.save_desk(connection, desk)
        for name in RULES.pools:
            await connection.execute("INSERT INTO timer (kind, subject, due_at) VALUES ('pool', $1, $2)", name, NOON)


def transaction(connection: Connection) -> Transaction[RoutingRules]:
    return Transaction(connection, "routing", NOW, RULES, "v1")


async def test_leads_that_every_member_has_had_stand_in_nobodys_way(pool: Pool) -> None:
    had = [waiting(f"had-{n}", "p2", {"aoki", "baba"}, n) for n in range(store.DRAINED_AT_ONCE)]
    await given(pool, *had, waiting("quoted \"'{}", "p2", {"aoki"}, 500), waiting("new", "p2", set(), 501))
    async with pool.acquire() as connection, connection.transaction():
        assert await store.waiting_in(connection, "p2", ["aoki", "baba"]) == ["quoted \"'{}", "new"]
        await handlers.on_due(transaction(connection), "pool", ["p2"])
        assert await store.waiting_in(connection, "p2", ["aoki", "baba"]) == []


async def test_leads_of_a_pool_that_is_gone_are_all_looked_at(pool: Pool) -> None:
    await given(pool, waiting("a", "gone", {"aoki", "baba"}, 1))
    async with pool.acquire() as connection:
        assert await store.waiting_in(connection, "gone", None) == ["a"]


async def test_pools_that_open_together_lock_all_their_leads_before_the_desk(pool: Pool) -> None:
    await given(pool, waiting("a", "p1", set(), 1), waiting("b", "p2", set(), 2))

    async def drain() -> None:
        async with pool.acquire() as connection, connection.transaction():
            await handlers.on_due(transaction(connection), "pool", ["p1", "p2"])

    async def waits_for_a_lock() -> bool:
        waits = "SELECT EXISTS (SELECT FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND query LIKE '%lead%')"
        return bool(await pool.fetchval(waits))

    async with pool.acquire() as other:
        async with other.transaction():
            await other.execute("SELECT FROM lead WHERE lead_id = 'b' FOR UPDATE")
            draining = asyncio.create_task(drain())
            await until(waits_for_a_lock)
            await other.execute("SELECT FROM pool FOR UPDATE NOWAIT")
        await draining
    owners = await pool.fetch("SELECT lead_id, owner_id FROM lead ORDER BY 1")
    assert [(row["lead_id"], row["owner_id"] is not None) for row in owners] == [("a", True), ("b", True)]


async def drained(pool: Pool, name: str) -> bool:
    """Fire the pool's timer where it is due; whether it was."""
    async with pool.acquire() as connection, connection.transaction():
        due = await connection.fetchval("SELECT count(*) FROM timer WHERE subject = $1 AND due_at <= $2", name, NOW)
        tx = transaction(connection)
        await handlers.on_due(tx, "pool", [name])
        await tx.flush()
    return bool(due)


async def test_a_drain_that_finds_its_leads_given_away_leaves_nobody_waiting(pool: Pool) -> None:
    await given(pool, *(waiting(f"lead-{n:03}", "p2", set(), n) for n in range(2 * store.DRAINED_AT_ONCE + 1)))

    async def waits_for_locks() -> bool:
        waits = "SELECT count(*) FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND query LIKE '%lead%'"
        return bool(await pool.fetchval(waits) == 2)

    async with pool.acquire() as other:
        async with other.transaction():
            await other.execute("SELECT FROM lead WHERE lead_id = 'lead-000' FOR UPDATE")
            both = [asyncio.create_task(drained(pool, "p2")) for _ in range(2)]
            await until(waits_for_locks)
        await asyncio.gather(*both)
    while await drained(pool, "p2"):
        pass
    assert await pool.fetchval("SELECT count(*) FROM lead WHERE waiting_pool IS NOT NULL") == 0


async def test_leads_that_wait_for_somebody_who_is_away_hold_up_nobody_else(pool: Pool) -> None:
    for_baba = [waiting(f"lead-{n:03}", "p2", {"aoki"}, n) for n in range(store.DRAINED_AT_ONCE)]
    await given(pool, *for_baba, waiting("for anybody", "p2", set(), 500))
    away = '{"away": true, "open": 0, "given": {}}'
    await pool.execute("INSERT INTO rep VALUES ('baba', $1) ON CONFLICT (rep_id) DO UPDATE SET state = $1", away)
    while await drained(pool, "p2"):
        pass
    owned = await pool.fetch("SELECT lead_id, owner_id FROM lead WHERE owner_id IS NOT NULL")
    assert [tuple(row) for row in owned] == [("for anybody", "aoki")]


async def test_a_lead_that_waits_for_a_skill_goes_to_whoever_has_learned_it(pool: Pool) -> None:
    await given(pool, waiting("a", "p2", set(), 1))
    await pool.execute('UPDATE lead SET waiting_had = \'["aoki", "baba"]\'')
    assert not await pool.fetchval("SELECT owner_id FROM lead WHERE lead_id = 'a'")
    await pool.execute("DELETE FROM timer")
    async with pool.acquire() as connection, connection.transaction():
        await store.wake_pools(connection)
        await connection.execute("UPDATE timer SET due_at = $1", NOON)
    while await drained(pool, "p2"):
        pass
    assert await pool.fetchval("SELECT owner_id FROM lead WHERE lead_id = 'a'") == "aoki"
