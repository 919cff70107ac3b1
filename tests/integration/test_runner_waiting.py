"""Errors that pass, on real Kafka and Postgres: waited out in place, and given up when the partition goes."""

import asyncio

import asyncpg
import pytest

from shared.consumer import StoppedError
from shared.errors import TransientError
from shared.service import Batch
from shared.transaction import Transaction
from tests.integration.tiny import Tiny, numbered, until


@pytest.mark.parametrize("error", [OSError("gone"), asyncpg.InterfaceError("closed"), TransientError("busy")])
async def test_an_error_that_passes_is_waited_out_in_place(tiny: Tiny, error: Exception) -> None:
    errors = [error, error]

    async def fails_twice(_: Batch, __: Transaction[str]) -> None:
        if errors:
            raise errors.pop()

    tiny.before = fails_twice

    await tiny.runner().take(numbered(0, 1))

    assert await tiny.applied() == ["e0-0", "e0-1"]
    assert await tiny.quarantined() == []
    assert tiny.counted("baton_retries_total", reason=type(error).__name__) == 2


@pytest.mark.row(18)
async def test_a_connection_lost_in_the_middle_of_a_batch_is_waited_out(tiny: Tiny) -> None:
    lost = []

    async def loses_it(_: Batch, transaction: Transaction[str]) -> None:
        if not lost:
            lost.append(await transaction.connection.fetchval("SELECT pg_backend_pid()"))
            other = await asyncpg.connect(tiny.settings.postgres.get_secret_value())
            await other.execute("SELECT pg_terminate_backend($1, 5000)", lost[0])
            await other.close()

    tiny.before = loses_it

    await tiny.runner().take(numbered(0, 1))

    assert await tiny.applied() == ["e0-0", "e0-1"]
    assert await tiny.quarantined() == []


@pytest.mark.row(12)
async def test_a_session_that_postgres_ended_while_the_process_was_frozen_is_waited_out(tiny: Tiny) -> None:
    frozen = []

    async def freezes(_: Batch, transaction: Transaction[str]) -> None:
        if not frozen:
            frozen.append(1)
            await transaction.connection.execute("SET LOCAL idle_in_transaction_session_timeout = '1ms'")
            pid = await transaction.connection.fetchval("SELECT pg_backend_pid()")
            await until(lambda: _gone(tiny, pid))

    tiny.before = freezes

    await tiny.runner().take(numbered(0))

    assert await tiny.applied() == ["e0-0"]
    assert await tiny.quarantined() == []


async def _gone(tiny: Tiny, pid: int) -> bool:
    return not await tiny.pool.fetchval("SELECT EXISTS (SELECT FROM pg_stat_activity WHERE pid = $1)", pid)


@pytest.mark.row(14)
async def test_a_batch_that_takes_too_long_is_taken_in_smaller_parts(tiny: Tiny) -> None:
    tiny.settings.batch_timeout_seconds = 0.5

    async def hangs_on_many(batch: Batch, _: Transaction[str]) -> None:
        if len(batch.events) > 2:
            await asyncio.Event().wait()

    tiny.before = hangs_on_many

    await tiny.runner().take(numbered(*range(8)))

    assert await tiny.applied() == [f"e0-{n}" for n in range(8)]


async def test_a_stop_in_the_middle_of_retries_leaves_the_batch_for_later(tiny: Tiny) -> None:
    runner, tried = tiny.runner(), asyncio.Event()

    async def always_fails(_: Batch, __: Transaction[str]) -> None:
        tried.set()
        raise TransientError

    tiny.before = always_fails
    taking = asyncio.create_task(runner.take(numbered(0)))
    await tried.wait()
    runner.stopping.set()

    with pytest.raises(StoppedError):
        await taking
    assert await tiny.position() is None


@pytest.mark.row(10)
async def test_a_partition_taken_away_ends_the_retries_of_its_batch(tiny: Tiny) -> None:
    runner, tried = tiny.runner(), asyncio.Event()

    async def always_fails(_: Batch, __: Transaction[str]) -> None:
        tried.set()
        raise TransientError

    tiny.before = always_fails
    taking = asyncio.create_task(runner.take(numbered(0)))
    await tried.wait()
    runner.give_up()
    runner.forget()

    with pytest.raises(StoppedError):
        await taking
    assert await tiny.quarantined() == []


@pytest.mark.row(10)
async def test_a_new_assignment_in_the_middle_of_a_batch_does_no_harm(tiny: Tiny) -> None:
    runner = tiny.runner()
    errors: list[Exception] = [TransientError()]

    async def is_reassigned(_: Batch, __: Transaction[str]) -> None:
        runner.forget()
        if errors:
            raise errors.pop()

    tiny.before = is_reassigned

    await runner.take(numbered(0, 1))

    assert await tiny.applied() == ["e0-0", "e0-1"]
    assert await tiny.quarantined() == []
