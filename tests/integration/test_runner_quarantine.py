"""What quarantine holds is driven again, on real Kafka and Postgres; timers and events are part of the batch."""

import asyncio
import json

from shared import quarantine
from shared.db import connect
from shared.service import Batch
from shared.timers import Timer, save
from shared.transaction import Transaction
from tests.integration.tiny import HOUR, SCHEMA, Tiny, activity, numbered, record, until


async def test_an_event_of_the_future_waits_for_its_time_and_is_applied_then(tiny: Tiny) -> None:
    soon = await tiny.domain_now() + HOUR
    await tiny.runner().take([record(n, activity(f"e{n}", at=soon)) for n in range(20)])
    assert {status for _, _, status in await tiny.quarantined()} == {"future"}
    stopping, loop = asyncio.Event(), tiny.timers()
    running = asyncio.create_task(loop.run(stopping))

    await tiny.pool.execute("UPDATE baton.domain_clock SET domain_origin = domain_origin + interval '2 hours'")
    await until(lambda: tiny.has_applied("e19"))
    stopping.set()
    await running

    assert sorted(await tiny.applied()) == sorted(f"e{n}" for n in range(20))
    assert {status for _, _, status in await tiny.quarantined()} == {"done"}


async def test_a_released_record_is_applied_under_its_own_identity(tiny: Tiny) -> None:
    broken = [True]

    async def chokes_while_broken(_: Batch, __: Transaction[str]) -> None:
        if broken:
            raise ValueError

    tiny.before = chokes_while_broken
    await tiny.runner().take(numbered(0))
    broken.clear()
    stopping = asyncio.Event()
    running = asyncio.create_task(tiny.timers().run(stopping))

    async with tiny.pool.acquire() as connection:
        await quarantine.release(connection, None)
    await until(lambda: tiny.has_applied("e0-0"))
    stopping.set()
    await running

    await tiny.runner().take([record(1, numbered(0)[0].value)])
    assert await tiny.applied() == ["e0-0"]


async def test_a_released_record_that_still_fails_goes_back_and_others_are_driven(tiny: Tiny) -> None:
    async def chokes_on_zero(batch: Batch, _: Transaction[str]) -> None:
        if any(event.id == "e0-0" for event in batch.events):
            raise ValueError

    tiny.before = chokes_on_zero
    await tiny.runner().take(numbered(0))
    soon = await tiny.domain_now() + HOUR
    await tiny.runner().take([record(1, activity("later", at=soon))])
    stopping = asyncio.Event()
    running = asyncio.create_task(tiny.timers().run(stopping))

    async with tiny.pool.acquire() as connection:
        await quarantine.release(connection, None)
    await until(lambda: tiny.has_applied("later"))
    stopping.set()
    await running

    assert await tiny.quarantined() == [(0, "handler", "open"), (1, "future", "done")]


async def test_a_batch_and_its_timers_and_events_are_one(tiny: Tiny) -> None:
    """A handler that fails after it has set timers and emitted leaves neither."""

    async def fails_at_last(batch: Batch, transaction: Transaction[str]) -> None:
        transaction.emit(batch.events)
        transaction.set_timer("warn", "lead-1", transaction.decided_at)
        await transaction.flush()
        raise ValueError(json.dumps("too late"))

    tiny.before = fails_at_last

    await tiny.runner().take(numbered(0))

    assert await tiny.pool.fetchval("SELECT (SELECT count(*) FROM outbox) + (SELECT count(*) FROM timer)") == 0


async def test_a_timer_is_moved_earlier_at_once_and_never_later(tiny: Tiny) -> None:
    now = await tiny.domain_now()
    async with tiny.pool.acquire() as connection:
        for due_at in (now + 2 * HOUR, now + HOUR, now + 3 * HOUR):
            await save(connection, [Timer("warn", "lead-1", due_at)])

    assert await tiny.pool.fetchval("SELECT due_at FROM timer") == now + HOUR


async def test_more_users_than_connections_wait_for_each_other_and_all_finish(tiny: Tiny) -> None:
    narrow = await connect(tiny.settings.postgres.get_secret_value(), SCHEMA, most=1)
    tiny.pool, wide = narrow, tiny.pool
    runners = [tiny.runner() for _ in range(2)]
    stopping = asyncio.Event()
    loops = [asyncio.create_task(tiny.timers().run(stopping)) for _ in range(2)]

    await asyncio.gather(*(r.take(numbered(*range(50), partition=n)) for n, r in enumerate(runners)))
    stopping.set()
    await asyncio.gather(*loops)
    tiny.pool = wide
    await narrow.close()

    assert len(await tiny.applied()) == 100
