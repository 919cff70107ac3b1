"""Timers on real Kafka and Postgres: once, at once when moved earlier, and never because of our own lag."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import datetime

import pytest
from aiokafka.errors import KafkaConnectionError

from shared.firing import TimerLoop
from shared.health import Health, watchdog
from shared.kafka import KafkaLogs
from shared.reading import Reading
from shared.timers import Timer, save
from shared.topics import LEAD_ACTIVITY
from tests.integration.tiny import HOUR, Tiny, activity, record, until


async def set_timers(tiny: Tiny, *timers: Timer) -> None:
    async with tiny.pool.acquire() as connection:
        await save(connection, timers)


@asynccontextmanager
async def at_work(*loops: TimerLoop[str]) -> AsyncIterator[None]:
    stopping = asyncio.Event()
    running = [asyncio.create_task(one.run(stopping)) for one in loops]
    yield
    stopping.set()
    for one in loops:
        one.wake.set()
    await asyncio.gather(*running)


async def has_fired(tiny: Tiny, count: int) -> bool:
    return len(await tiny.fired()) >= count


@pytest.mark.row(50)
async def test_two_loops_fire_each_timer_once_and_count_it_once(tiny: Tiny) -> None:
    now = await tiny.domain_now()
    await set_timers(tiny, *(Timer("warn", f"lead-{n}", now) for n in range(500)))

    async with at_work(tiny.timers(), tiny.timers()):
        await until(lambda: has_fired(tiny, 500))

    assert sorted(await tiny.fired()) == sorted(("warn", f"lead-{n}") for n in range(500))
    assert tiny.counted("baton_timers_fired_total") == 500
    assert await tiny.pool.fetchval("SELECT count(*) FROM timer") == 0


async def test_a_timer_moved_earlier_fires_at_once(tiny: Tiny) -> None:
    now = await tiny.domain_now()
    await set_timers(tiny, Timer("warn", "lead-1", now + HOUR))
    loop = tiny.timers()

    async with at_work(loop):
        await set_timers(tiny, Timer("warn", "lead-1", now))
        loop.wake.set()
        await until(lambda: has_fired(tiny, 1))

    assert await tiny.fired() == [("warn", "lead-1")]


async def test_timers_fire_in_the_order_in_which_they_are_due(tiny: Tiny) -> None:
    now = await tiny.domain_now()
    await set_timers(tiny, *(Timer("warn", f"lead-{n:03}", now - n * HOUR) for n in range(250)))

    async with at_work(tiny.timers()):
        await until(lambda: has_fired(tiny, 250))

    assert await tiny.fired() == [("warn", f"lead-{n:03}") for n in reversed(range(250))]


@pytest.mark.row(39)
async def test_a_breach_waits_until_what_stands_in_kafka_is_read_and_a_warning_does_not(tiny: Tiny) -> None:
    now = await tiny.domain_now()
    await tiny.send(activity("unread"))
    await set_timers(tiny, *(Timer("breach", f"lead-{n:03}", now) for n in range(150)), Timer("warn", "lead-1", now))

    async with at_work(tiny.timers()):
        await until(lambda: has_fired(tiny, 1))
        await until(lambda: _held(tiny, 150))
        await set_timers(tiny, Timer("warn", "lead-2", now))
        await until(lambda: has_fired(tiny, 2))
        assert await tiny.fired() == [("warn", "lead-1"), ("warn", "lead-2")]
        await tiny.runner().take([record(0, activity("unread"))])
        await until(lambda: has_fired(tiny, 152))

    assert len(await tiny.fired()) == 152


async def _held(tiny: Tiny, count: int) -> bool:
    return await tiny.pool.fetchval("SELECT count(*) FROM timer WHERE held") == count


@pytest.mark.row(39)
async def test_a_breach_waits_for_a_button_press_on_its_way_to_kafka(tiny: Tiny) -> None:
    now = await tiny.domain_now()
    press = "INSERT INTO alerts.outbox (topic, key, value) VALUES ($1, 'lead-1', '')"
    await tiny.pool.execute(press, LEAD_ACTIVITY)
    await set_timers(tiny, Timer("breach", "lead-1", now))

    async with at_work(tiny.timers()):
        await until(lambda: _held(tiny, 1))
        assert await tiny.fired() == []
        await tiny.pool.execute("DELETE FROM alerts.outbox")
        await until(lambda: has_fired(tiny, 1))


class SilentLogs(KafkaLogs):
    """A Kafka that answers nothing until it is back."""

    def __init__(self, logs: KafkaLogs) -> None:
        self.logs: KafkaLogs = logs
        self.back = False

    async def ends(self) -> dict[tuple[str, int], int]:
        if not self.back:
            raise KafkaConnectionError
        return await self.logs.ends()

    async def beginnings(self, places: object) -> dict[tuple[str, int], int]:
        return await self.logs.beginnings(places)


class UnceasingLogs(KafkaLogs):
    """A topic to which something is added whenever its end is asked for."""

    def __init__(self, tiny: Tiny) -> None:
        self._tiny, self._told = tiny, 0

    async def ends(self) -> dict[tuple[str, int], int]:
        await self._tiny.send(activity(f"e{self._told}"))
        self._told += 1
        return await self._tiny.logs.ends()

    async def beginnings(self, places: object) -> dict[tuple[str, int], int]:
        return await self._tiny.logs.beginnings(places)


async def test_a_breach_does_not_wait_for_ever_where_there_is_always_something_unread(tiny: Tiny) -> None:
    tiny.reading = Reading(UnceasingLogs(tiny), [LEAD_ACTIVITY])
    await set_timers(tiny, Timer("breach", "lead-1", await tiny.domain_now()))

    async with at_work(tiny.timers()):
        await until(lambda: _held(tiny, 1))
        await tiny.runner().take([record(0, activity("e0"))])
        await until(lambda: has_fired(tiny, 1))


async def test_with_kafka_silent_breaches_wait_and_warnings_go_on(tiny: Tiny) -> None:
    logs, now = SilentLogs(tiny.logs), await tiny.domain_now()
    tiny.reading = Reading(logs, [LEAD_ACTIVITY])
    await set_timers(tiny, Timer("breach", "lead-1", now), Timer("warn", "lead-2", now))

    async with at_work(tiny.timers()):
        await until(lambda: has_fired(tiny, 1))
        await until(lambda: _held(tiny, 1))
        assert await tiny.fired() == [("warn", "lead-2")]
        logs.back = True
        await until(lambda: has_fired(tiny, 2))


async def test_a_timer_is_decided_at_a_moment_for_which_reading_had_caught_up(tiny: Tiny) -> None:
    """What becomes due, or is done, while timers are fired is not judged by an answer given before."""
    asked = []

    class Noting(Reading):
        async def caught_up(self, pool: object, now: datetime) -> datetime | None:
            asked.append(await tiny.domain_now())
            return await super().caught_up(pool, now)

    tiny.reading = Noting(tiny.logs, [LEAD_ACTIVITY])
    now = await tiny.domain_now()
    await set_timers(tiny, *(Timer("breach", f"lead-{n}", now) for n in range(300)))

    async with at_work(tiny.timers()):
        await until(lambda: has_fired(tiny, 300))

    latest = await tiny.pool.fetchval("SELECT max(decided_at) FROM fired")
    assert latest <= asked[-1]


async def test_a_timer_that_cannot_fire_is_put_off_and_its_neighbours_fire(tiny: Tiny) -> None:
    now = await tiny.domain_now()
    leads = [*(f"lead-{n}" for n in range(20)), "broken"]
    await set_timers(tiny, *(Timer("warn", lead, now) for lead in leads))

    async with at_work(tiny.timers()):
        await until(lambda: has_fired(tiny, 20))
        await set_timers(tiny, Timer("warn", "lead-20", await tiny.domain_now()))
        await until(lambda: has_fired(tiny, 21))

    assert {subject for _, subject in await tiny.fired()} == {f"lead-{n}" for n in range(21)}
    assert await tiny.pool.fetchval("SELECT subject FROM timer") == "broken"


@pytest.mark.row(17)
async def test_timers_that_commit_nothing_because_postgres_is_gone_are_fired_later(tiny: Tiny) -> None:
    now = await tiny.domain_now()
    async with at_work(tiny.timers()):
        await tiny.pool.expire_connections()
        await tiny.pool.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = current_database() AND pid <>"
            " pg_backend_pid()"
        )
        await set_timers(tiny, Timer("warn", "lead-1", now))
        await until(lambda: has_fired(tiny, 1))

    assert await tiny.fired() == [("warn", "lead-1")]


# Health


async def test_a_lane_that_leaves_its_records_unread_is_stuck(tiny: Tiny) -> None:
    tiny.settings.stuck_seconds = 0.0
    async with tiny.reading_lane() as lane:
        health = Health([lane], tiny.pool, tiny.settings)
        await until(lambda: bool(lane.places))

        health.note_lag({(LEAD_ACTIVITY, 0): 5})

        assert health.stuck == "no record handled for 0 s while records wait"
        health.note_lag({})
        assert health.stuck is None


async def test_what_another_process_leaves_unread_makes_nobody_else_stuck(tiny: Tiny) -> None:
    tiny.settings.stuck_seconds = 0.0
    async with tiny.reading_lane() as lane:
        health = Health([lane], tiny.pool, tiny.settings)
        await until(lambda: bool(lane.places))

        health.note_lag({("lead.qualified.v1", 3): 5})

        assert health.stuck is None


async def test_a_consumer_that_the_breaker_holds_is_not_stuck_and_says_so(tiny: Tiny) -> None:
    tiny.settings.stuck_seconds = 5.0
    async with tiny.reading_lane() as lane:
        health, stopping = Health([lane], tiny.pool, tiny.settings), asyncio.Event()
        watching = asyncio.create_task(watchdog(health, tiny.reading, tiny.pool, stopping))
        await tiny.send(*[b"{"] * 10)
        await until(lambda: tiny.counted("baton_retries_total", reason="BreakerOpenError") >= 7)

        assert not watching.done()
        assert health.stuck is None
        assert tiny.counted("baton_consumer_stopped") == 1
        stopping.set()
        await watching


async def test_a_process_whose_postgres_is_gone_is_not_replaced(tiny: Tiny) -> None:
    tiny.settings.stuck_seconds = 0.0
    stopping, silent = asyncio.Event(), SilentLogs(tiny.logs)
    asked = 0

    class Counting(Reading):
        async def lag(self, pool: object) -> dict[tuple[str, int], int]:
            nonlocal asked
            asked += 1
            raise ConnectionRefusedError

    async with tiny.reading_lane() as lane:
        health = Health([lane], tiny.pool, tiny.settings)
        watching = asyncio.create_task(watchdog(health, Counting(silent, []), tiny.pool, stopping))
        await until(lambda: asked >= 2)

        assert not watching.done()
        stopping.set()
        await watching
