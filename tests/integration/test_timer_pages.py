"""Pages of timers on a real Postgres: each page is read once, however many timers are held before it."""

from collections.abc import AsyncIterator
from datetime import datetime

import pytest

from shared.db import Connection
from shared.timers import due, next_due_at
from tests.integration.tiny import HOUR, Tiny

HELD = 20_000


@pytest.fixture
async def connection(tiny: Tiny) -> AsyncIterator[Connection]:
    """A transaction with plans for every value alike, on a table of held timers with one after them that is not."""
    await tiny.pool.execute(
        "INSERT INTO timer (kind, subject, due_at, held)"
        " SELECT 'breach', 'lead-' || n, baton.domain_now() - interval '1 hour', true FROM generate_series(1, $1) AS n",
        HELD,
    )
    await tiny.pool.execute("INSERT INTO timer (kind, subject, due_at) VALUES ('warn', 'lead-0', baton.domain_now())")
    await tiny.pool.execute("ANALYZE timer")
    async with tiny.pool.acquire() as connection, connection.transaction():
        await connection.execute("SET LOCAL plan_cache_mode = force_generic_plan")
        yield connection


@pytest.fixture
async def later(tiny: Tiny) -> datetime:
    return await tiny.domain_now() + HOUR


async def rows_read(connection: Connection) -> int:
    """Rows of the table that this transaction has looked at."""
    rows: int = await connection.fetchval(
        "SELECT seq_tup_read + idx_tup_fetch FROM pg_stat_xact_user_tables WHERE relid = 'timer'::regclass"
    )
    return rows


async def test_a_page_after_many_others_reads_its_own_timers_only(connection: Connection, later: datetime) -> None:
    found, after = 0, None
    while page := await due(connection, later, caught_up=True, after=after, limit=1000):
        found, after = found + len(page), page[-1]

    assert found == HELD + 1
    assert await rows_read(connection) < 2 * HELD


async def test_what_may_fire_is_found_without_reading_what_is_held(connection: Connection, later: datetime) -> None:
    (only,) = await due(connection, later, caught_up=False, after=None, limit=100)
    assert await due(connection, later, caught_up=False, after=only, limit=100) == []

    assert await next_due_at(connection) == only.due_at
    assert await rows_read(connection) < 100
