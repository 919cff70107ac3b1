"""What Postgres itself may do in the middle of a batch: find a deadlock, alter a table, come back older than it was."""

import asyncio
from urllib.parse import urlsplit

import asyncpg
import pytest

from shared import clock, db, timers
from shared.service import Batch
from shared.timers import Timer
from shared.transaction import Transaction
from tests.fault.sometimes import sometimes
from tests.integration.tiny import HOUR, SCHEMA, Tiny, activity, numbered, until
from tests.servers import KafkaAddress

SERIALIZATION = "DO $$ BEGIN RAISE EXCEPTION 'could not serialize access' USING ERRCODE = '40001'; END $$"


def dsn_of(tiny: Tiny) -> str:
    return tiny.settings.postgres.get_secret_value()


@pytest.mark.row(20)
async def test_a_batch_that_postgres_could_not_serialize_is_tried_again(tiny: Tiny) -> None:
    failures = [1, 1]

    async def cannot_be_serialized(_: Batch, transaction: Transaction[str]) -> None:
        if failures:
            failures.pop()
            await transaction.connection.execute(SERIALIZATION)

    tiny.before = cannot_be_serialized

    await tiny.runner().take(numbered(0, 1))

    assert await tiny.applied() == ["e0-0", "e0-1"]
    assert tiny.counted("baton_retries_total", reason="SerializationError") == 2


@pytest.mark.row(20)
async def test_a_batch_that_loses_a_deadlock_is_tried_again(tiny: Tiny) -> None:
    await tiny.pool.execute("CREATE TABLE crossed (name text PRIMARY KEY); INSERT INTO crossed VALUES ('a'), ('b')")
    lock = "SELECT FROM crossed WHERE name = $1 FOR UPDATE"
    other = await db.connect(dsn_of(tiny), SCHEMA, most=1)
    crossing: list[asyncio.Task[None]] = []
    holds_b, may_cross = asyncio.Event(), asyncio.Event()

    async def the_other_way_round() -> None:
        async with other.acquire() as connection, connection.transaction():
            await connection.fetch(lock, "b")
            holds_b.set()
            await may_cross.wait()
            await connection.fetch(lock, "a")

    async def crosses(_: Batch, transaction: Transaction[str]) -> None:
        if crossing:
            return
        crossing.append(asyncio.create_task(the_other_way_round()))
        await holds_b.wait()
        await transaction.connection.fetch(lock, "a")
        asyncio.get_running_loop().call_later(0.3, may_cross.set)  # who waits first finds the deadlock, and loses
        await transaction.connection.fetch(lock, "b")

    tiny.before = crosses

    await tiny.runner().take(numbered(0, 1))

    await crossing[0]
    await db.close(other)
    assert tiny.counted("baton_retries_total", reason="DeadlockDetectedError") == 1
    sometimes("a deadlock lost to another transaction")
    assert await tiny.applied() == ["e0-0", "e0-1"]


@pytest.mark.row(22)
async def test_a_table_altered_under_traffic_costs_a_retry_of_the_whole_batch_and_no_more(tiny: Tiny) -> None:
    async def reads_all_columns(_: Batch, transaction: Transaction[str]) -> None:
        await transaction.connection.fetch("SELECT * FROM applied")

    tiny.before = reads_all_columns
    runner = tiny.runner()
    await runner.take(numbered(0, 1))
    await tiny.pool.execute("ALTER TABLE applied ADD COLUMN note text")

    await runner.take(numbered(2, 3))

    assert tiny.counted("baton_retries_total", reason="InvalidCachedStatementError") >= 1
    sometimes("a table altered between two batches")
    assert await tiny.applied() == [f"e0-{n}" for n in range(4)]


@pytest.mark.row(23, 24)
async def test_after_a_failover_that_lost_transactions_their_records_are_read_again(
    tiny: Tiny, kafka: KafkaAddress, topic_prefix: str
) -> None:
    await tiny.send(*(activity(f"e{n}") for n in range(3)))
    async with tiny.reading_lane():
        await until(lambda: tiny.has_applied("e2"))
    older = await copy_of(tiny)
    await tiny.send(*(activity(f"e{n}") for n in range(3, 6)))
    async with tiny.reading_lane():
        await until(lambda: tiny.has_applied("e5"))

    restored = await db.connect(older, SCHEMA)
    lost, tiny.pool = tiny.pool, restored
    assert await tiny.applied() == ["e0", "e1", "e2"]
    sometimes("a database that lacks its last transactions")
    await tiny.send(activity("e6"))
    async with tiny.reading_lane():
        await until(lambda: tiny.has_applied("e6"))

    assert await tiny.applied() == [f"e{n}" for n in range(7)]
    assert tiny.counted("baton_rewinds_total", topic="lead.activity.v1") >= 1
    tiny.pool = lost
    await db.close(restored)


async def copy_of(tiny: Tiny) -> str:
    """The DSN of a database as this one is now; all its connections are ended for it."""
    parts = urlsplit(dsn_of(tiny))
    name, copied = parts.path[1:], f"{parts.path[1:]}_older"
    await db.close(tiny.pool)
    administrator = await asyncpg.connect(parts._replace(path="/postgres").geturl())
    try:
        await administrator.execute(
            "SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity WHERE datname = $1", name
        )
        await administrator.execute(f'CREATE DATABASE "{copied}" TEMPLATE "{name}"')
    finally:
        await administrator.close()
    tiny.pool = await db.connect(dsn_of(tiny), SCHEMA)
    return parts._replace(path=f"/{copied}").geturl()


@pytest.mark.row(36)
@pytest.mark.parametrize("wrong_by", [HOUR, -HOUR])
async def test_timers_go_by_the_clock_of_the_database_whatever_the_replicas_own_says(
    tiny: Tiny, wrong_by: object, monkeypatch: pytest.MonkeyPatch
) -> None:
    class WrongClock(clock.datetime):  # type: ignore[misc, name-defined]
        @classmethod
        def now(cls, tz: object = None) -> object:
            return super().now(tz) + wrong_by

    monkeypatch.setattr(clock, "datetime", WrongClock)
    now = await tiny.domain_now()
    async with tiny.pool.acquire() as connection, connection.transaction():
        await timers.save(connection, [Timer("warn", "due", now), Timer("warn", "to come", now + HOUR / 2)])
    stopping, loop = asyncio.Event(), tiny.timers()
    working = asyncio.create_task(loop.run(stopping))

    await until(lambda: has_fired(tiny, 1))
    await asyncio.wait_for(_asked_again(tiny, loop), 30)

    stopping.set()
    loop.wake.set()
    await working
    assert await tiny.fired() == [("warn", "due")]


async def _asked_again(tiny: Tiny, loop: object) -> None:
    """Until the loop has looked once more at what is due."""
    async with tiny.pool.acquire() as connection, connection.transaction():
        await timers.save(connection, [Timer("warn", "marker", await tiny.domain_now())])
    loop.wake.set()  # type: ignore[attr-defined]
    await until(lambda: has_fired(tiny, 2))
    await tiny.pool.execute("DELETE FROM fired WHERE subject = 'marker'")


async def has_fired(tiny: Tiny, so_many: int) -> bool:
    return len(await tiny.fired()) >= so_many


@pytest.mark.long
@pytest.mark.timeout(600)
@pytest.mark.row(38)
async def test_a_hundred_thousand_timers_due_at_once_are_each_fired_once_by_two_loops(tiny: Tiny) -> None:
    await tiny.pool.execute(
        "INSERT INTO timer (kind, subject, due_at) SELECT 'warn', 'lead-' || n, baton.domain_now() - interval '1 hour'"
        " FROM generate_series(1, 100000) AS n"
    )
    stopping, loops = asyncio.Event(), [tiny.timers(), tiny.timers()]
    working = [asyncio.create_task(loop.run(stopping)) for loop in loops]

    async def all_fired() -> bool:
        return await tiny.pool.fetchval("SELECT count(*) FROM timer") == 0

    for _ in range(6):
        try:
            await until(all_fired)
        except AssertionError:
            continue
        break
    stopping.set()
    for loop in loops:
        loop.wake.set()
    await asyncio.gather(*working)
    assert await tiny.pool.fetchrow("SELECT count(*), count(DISTINCT subject) FROM fired") == (100_000, 100_000)
