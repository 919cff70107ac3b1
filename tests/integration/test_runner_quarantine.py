"""What quarantine holds is driven again, on real Kafka and Postgres; timers and events are part of the batch."""

import asyncio
import json
from datetime import timedelta

import pytest

from shared import quarantine
from shared.db import connect
from shared.errors import TransientError
from shared.kafka import TopicState
from shared.provisioning import accept
from shared.redriving import Redriving
from shared.service import Batch
from shared.timers import Timer, save
from shared.transaction import Transaction
from tests.integration.tiny import HOUR, SCHEMA, Tiny, activity, numbered, record, until


@pytest.mark.row(28)
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


async def wait_for_their_time(tiny: Tiny, count: int) -> None:
    """So many records e0, e1 … whose time has come by now."""
    soon = await tiny.domain_now() + HOUR
    await tiny.runner().take([record(n, activity(f"e{n}", at=soon)) for n in range(count)])
    await an_hour_later(tiny)


async def an_hour_later(tiny: Tiny) -> None:
    await tiny.pool.execute("UPDATE baton.domain_clock SET domain_origin = domain_origin + interval '61 minutes'")


async def test_timers_are_not_kept_waiting_by_all_that_is_driven_again(tiny: Tiny) -> None:
    await wait_for_their_time(tiny, 50)
    fired: list[int] = []

    async def sets_a_timer_at_the_first(_: Batch, transaction: Transaction[str]) -> None:
        if not fired:
            transaction.set_timer("warn", "lead-1", transaction.decided_at)
        fired.append(len(await tiny.fired()))

    tiny.before = sets_a_timer_at_the_first
    stopping = asyncio.Event()
    running = asyncio.create_task(tiny.timers().run(stopping))
    await until(lambda: tiny.has_applied("e49"))
    stopping.set()
    await running

    assert (fired[0], fired[-1]) == (0, 1)


async def test_a_service_that_is_told_to_stop_finishes_the_record_in_hand_and_no_other(tiny: Tiny) -> None:
    await wait_for_their_time(tiny, 5)
    stopping = asyncio.Event()

    async def is_told_to_stop(_: Batch, __: Transaction[str]) -> None:
        stopping.set()

    tiny.before = is_told_to_stop
    await tiny.timers().run(stopping)

    assert await tiny.applied() == ["e0"]


async def test_a_record_that_cannot_be_judged_now_rests_and_the_others_are_driven(tiny: Tiny) -> None:
    await wait_for_their_time(tiny, 3)
    silent = [True]

    async def waits_for_another_system(batch: Batch, _: Transaction[str]) -> None:
        if silent and batch.events[0].id == "e0":
            raise TransientError

    tiny.before = waits_for_another_system
    stopping = asyncio.Event()
    running = asyncio.create_task(tiny.timers().run(stopping))
    await until(lambda: tiny.has_applied("e1", "e2"))
    assert await tiny.quarantined() == [(0, "future", "future"), (1, "future", "done"), (2, "future", "done")]

    silent.clear()
    await an_hour_later(tiny)
    await until(lambda: tiny.has_applied("e0"))
    stopping.set()
    await running


async def test_a_record_rests_longer_each_time_that_it_cannot_be_judged(tiny: Tiny) -> None:
    await wait_for_their_time(tiny, 1)
    rests: list[timedelta] = []

    async def waits_for_another_system(_: Batch, __: Transaction[str]) -> None:
        raise TransientError

    tiny.before = waits_for_another_system
    for _ in range(4):
        before = await tiny.domain_now()
        await redriving(tiny).turn(asyncio.Event())
        retry_at = await tiny.pool.fetchval("SELECT retry_at FROM quarantine")
        assert retry_at <= await tiny.domain_now() + timedelta(seconds=2 ** len(rests))
        rests.append(retry_at - before)
        await an_hour_later(tiny)

    assert all(rest >= timedelta(seconds=2**n) for n, rest in enumerate(rests))


def redriving(tiny: Tiny) -> Redriving[str]:
    return Redriving(tiny.service, tiny.settings, tiny.pool, tiny.playbook, tiny.metrics)


async def test_what_is_done_is_deleted_after_its_days_and_what_is_open_never(tiny: Tiny) -> None:
    await tiny.runner().take([record(n, b"{") for n in range(3)])
    async with tiny.pool.acquire() as connection:
        await quarantine.settle(connection, [1, 2])
    days = "UPDATE quarantine SET created_at = created_at - $1::interval, done_at = done_at - $1 WHERE id <> 2"
    await tiny.pool.execute(days, timedelta(days=tiny.settings.quarantine_done_days, seconds=1))

    await redriving(tiny).turn(asyncio.Event())

    assert await tiny.quarantined() == [(1, "invalid", "done"), (2, "invalid", "open")]


async def test_a_topic_that_was_made_anew_overwrites_nothing_of_what_the_old_one_left(tiny: Tiny) -> None:
    await tiny.runner().take([record(0, b"{old")])
    async with tiny.pool.acquire() as connection, connection.transaction():
        await accept(connection, tiny.settings.topic_prefix, TopicState(tiny.topic, "another", 2))

    await tiny.runner().take([record(0, b"{new")])

    rows = await tiny.pool.fetch("SELECT value, status FROM quarantine ORDER BY id")
    assert [tuple(row) for row in rows] == [(b"{old", "open"), (b"{new", "open")]


async def test_the_same_record_refused_again_is_one_row_with_the_latest_reason(tiny: Tiny) -> None:
    same = record(0, b"{")
    await tiny.runner().take([same])
    async with tiny.pool.acquire() as connection:
        await quarantine.settle(connection, [1])
        await quarantine.add(connection, [quarantine.Refused(same, "handler", "a later reason")])

    row = await tiny.pool.fetchrow("SELECT error, attempts, status, done_at FROM quarantine")
    assert tuple(row) == ("a later reason", 2, "open", None)
    assert await tiny.quarantined() == [(0, "handler", "open")]


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


@pytest.mark.row(21)
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
