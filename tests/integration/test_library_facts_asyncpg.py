"""What we measured of asyncpg and Postgres and rest on: see `test_library_facts.py`."""

import asyncio
import json
import math
import os
import time
from collections.abc import AsyncIterator
from datetime import UTC, datetime

import asyncpg
import pytest

from shared.errors import is_transient
from shared.events import InvalidEventError, decode
from tests.integration.tiny import activity, until


@pytest.fixture
async def connection(postgres: object) -> AsyncIterator["asyncpg.Connection[asyncpg.Record]"]:
    opened = await asyncpg.connect(postgres.dsn)
    yield opened
    await opened.close()


async def terminate(postgres_dsn: str, pid: int) -> None:
    other = await asyncpg.connect(postgres_dsn)
    assert await other.fetchval("SELECT pg_terminate_backend($1, 10000)", pid)
    await other.close()


@pytest.mark.parametrize("where", ["in the block", "at commit"])
async def test_p1_a_backend_that_dies_in_a_transaction_surfaces_as_an_interface_error(
    postgres: object, where: str
) -> None:
    pool = await asyncpg.create_pool(postgres.dsn, min_size=1, max_size=1)

    async def loses_its_backend() -> None:
        async with pool.acquire() as connection, connection.transaction():
            await terminate(postgres.dsn, await connection.fetchval("SELECT pg_backend_pid()"))
            await until(connection.is_closed)
            if where == "in the block":
                await connection.execute("SELECT 1")

    with pytest.raises(asyncpg.InterfaceError) as lost:
        await loses_its_backend()

    assert not isinstance(lost.value, asyncpg.PostgresConnectionError)
    assert is_transient(lost.value)
    await pool.close()


async def test_p1_a_backend_that_dies_during_a_statement_surfaces_as_a_connection_error(postgres: object) -> None:
    connection = await asyncpg.connect(postgres.dsn)
    pid = await connection.fetchval("SELECT pg_backend_pid()")
    asking = asyncio.create_task(connection.execute("SELECT pg_sleep(60)"))
    await until(lambda: _is_asleep(postgres.dsn, pid))
    await terminate(postgres.dsn, pid)
    with pytest.raises((asyncpg.ConnectionDoesNotExistError, asyncpg.AdminShutdownError)) as lost:
        await asking

    assert is_transient(lost.value)
    await connection.close()


async def _is_asleep(dsn: str, pid: int) -> bool:
    other = await asyncpg.connect(dsn)
    found = await other.fetchval("SELECT wait_event = 'PgSleep' FROM pg_stat_activity WHERE pid = $1", pid)
    await other.close()
    return bool(found)


def test_p2_a_timeout_is_an_os_error() -> None:
    assert issubclass(TimeoutError, OSError)
    assert TimeoutError is asyncio.TimeoutError


async def test_p4_release_drops_session_locks_and_settings(postgres: object) -> None:
    pool = await asyncpg.create_pool(postgres.dsn, min_size=1, max_size=1)
    async with pool.acquire() as held:
        await held.execute("SELECT pg_advisory_lock(4711)")
        await held.execute("SET statement_timeout = '7s'")
    async with pool.acquire() as again:
        locks = "SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND pid = pg_backend_pid()"
        assert await again.fetchval(locks) == 0
        assert await again.fetchval("SHOW statement_timeout") == "0"
    await pool.close()


async def test_p6_a_changed_table_breaks_a_prepared_statement_only_inside_a_transaction(database: str) -> None:
    connection, other = await asyncpg.connect(database), await asyncpg.connect(database)
    await connection.execute("CREATE TABLE t (a integer)")
    await connection.fetch("SELECT * FROM t")
    await other.execute("ALTER TABLE t ADD b integer")

    async with connection.transaction():
        with pytest.raises(asyncpg.InvalidCachedStatementError) as stale:
            await connection.fetch("SELECT * FROM t")
        assert is_transient(stale.value)
        await connection.execute("ROLLBACK")
    await connection.fetch("SELECT * FROM t")
    await other.execute("ALTER TABLE t ADD c integer")
    assert await connection.fetch("SELECT * FROM t") == [], "outside a transaction it is prepared anew"
    await other.close()
    await connection.close()


REFUSED = {
    "NUL in text": ("SELECT $1::text", "a\0b"),
    "NUL in jsonb": ("SELECT $1::jsonb", json.dumps({"x": "a\0b"})),
    "lone surrogate in text": ("SELECT $1::text", "\ud800"),
    "lone surrogate in jsonb": ("SELECT $1::jsonb", '{"x": "\\ud800"}'),
    "beyond 64 bits": ("SELECT $1::bigint", 2**70),
    "NaN in jsonb": ("SELECT $1::jsonb", json.dumps({"x": math.nan})),
}


@pytest.mark.parametrize("what", REFUSED)
async def test_p7_postgres_refuses_values_that_json_loads_takes(
    connection: "asyncpg.Connection[asyncpg.Record]", what: str
) -> None:
    query, value = REFUSED[what]

    with pytest.raises((asyncpg.DataError, asyncpg.PostgresError, UnicodeEncodeError)) as refused:
        await connection.fetchval(query, value)

    assert not is_transient(refused.value)


@pytest.mark.parametrize(
    "data",
    [
        '{"x": "a\\u0000b"}',
        '{"x": "\\ud800"}',
        '{"x": NaN}',
        f'{{"x": {2**70}}}',
        '{"a\\u0000b": 1}',
        '{"x": {"y": ["\\u0000"]}}',
    ],
)
def test_p7_our_models_refuse_them_first(data: str) -> None:
    event = activity("e1").decode().replace('"data": {}', f'"data": {data}')
    assert data in event

    with pytest.raises(InvalidEventError):
        decode(event.encode())


async def test_p8_a_naive_time_is_read_in_the_zone_of_the_process_and_our_models_refuse_it(
    connection: "asyncpg.Connection[asyncpg.Record]", monkeypatch: pytest.MonkeyPatch
) -> None:
    before = os.environ.get("TZ")
    monkeypatch.setenv("TZ", "America/New_York")
    time.tzset()
    stored = await connection.fetchval("SELECT $1::timestamptz", datetime(2026, 1, 1))
    monkeypatch.undo()
    time.tzset()

    assert os.environ.get("TZ") == before
    assert stored == datetime(2026, 1, 1, 5, tzinfo=UTC)
    with pytest.raises(InvalidEventError, match="time"):
        decode(activity("e1", at=datetime(2026, 1, 1)))


async def test_p12_a_cancelled_transaction_is_rolled_back_and_its_connection_is_good(database: str) -> None:
    connection = await asyncpg.connect(database)
    await connection.execute("CREATE TABLE t (a integer)")

    async def takes_too_long() -> None:
        async with asyncio.timeout(0.2), connection.transaction():
            await connection.execute("INSERT INTO t VALUES (1)")
            await connection.execute("SELECT pg_sleep(60)")

    with pytest.raises(TimeoutError):
        await takes_too_long()

    assert await connection.fetchval("SELECT count(*) FROM t") == 0
    assert not connection.is_in_transaction()
    await connection.close()
