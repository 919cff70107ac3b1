"""Kafka away, and groups that change: timers go on, outboxes stay small, nothing is lost, nothing is done twice."""

import asyncio
import time
from contextlib import AsyncExitStack
from datetime import timedelta

import pytest
from aiokafka import AIOKafkaConsumer

from services.local.system import SERVICES
from shared.topics import LEAD_ACTIVITY
from tests.fault.hurting import loaded, position, replica, small_load, until, until_moved
from tests.fault.invariants import check, pass_time
from tests.fault.sometimes import sometimes
from tests.fault.wounded import Wounded
from tests.support.live import Connected, publish, until_quiet

pytestmark = [pytest.mark.servers, pytest.mark.long, pytest.mark.timeout(400)]
STORM_TURNS = 6
OUTAGE_SECONDS = 35.0
"""Longer than health has patience with a process that stands still while its servers answer."""


@pytest.fixture(autouse=True)
async def fast_clock(wounded: Wounded) -> None:
    await pass_time(wounded, timedelta(0))


async def outbox(wounded: Wounded, service: str) -> int:
    async with Connected(wounded.system, service) as connection:
        return int(await connection.fetchval("SELECT count(*) FROM outbox"))


@pytest.mark.row(8, 9)
async def test_without_kafka_timers_go_on_outboxes_stay_small_and_nobody_is_replaced(wounded: Wounded) -> None:
    events = small_load("away")
    await publish(wounded.system, events)
    await until_quiet(wounded.system)
    unread = small_load("unread")
    await publish(wounded.system, unread)
    pids = [process._pid for process in wounded.system.services.values()]
    await asyncio.to_thread(wounded.stack.kafka.kill)
    ends_at = time.monotonic() + OUTAGE_SECONDS
    await pass_time(wounded, timedelta(minutes=15))

    async def told() -> bool:
        return await outbox(wounded, "routing") > 0

    await until(told, "a timer fires")
    sometimes("a timer fired while every broker was down")
    assert await outbox(wounded, "routing") <= len(events) + len(unread)
    assert await outbox(wounded, "scoring") <= len(unread)
    await until(lambda: time.monotonic() > ends_at, "the outage ends")

    await asyncio.to_thread(wounded.stack.kafka.start)

    await check(wounded, events, unread)
    for service in SERVICES:
        await until(wounded.system.services[service].is_ready, f"{service} is ready again")
    assert [process._pid for process in wounded.system.services.values()] == pids
    assert all(process.is_running for process in wounded.system.services.values())


def assigned(wounded: Wounded, service: str) -> int:
    """How often the first process of the service was dealt partitions."""
    return wounded.system.services[service].log_path.read_text(encoding="utf-8").count('"event": "assigned"')


@pytest.mark.row(10)
@pytest.mark.parametrize("service", ["scoring", "routing"])
async def test_from_one_replica_to_four_and_back_in_the_middle_of_load(wounded: Wounded, service: str) -> None:
    before = assigned(wounded, service)
    async with loaded(wounded, f"scaled-{service}") as events:
        await until_moved(wounded, service, await position(wounded, service))
        async with AsyncExitStack() as replicas:
            for number in (2, 3, 4):
                await replicas.enter_async_context(replica(wounded, service, number))
            await until_moved(wounded, service, await position(wounded, service))
        await until_moved(wounded, service, await position(wounded, service))

    rebalances = assigned(wounded, service) - before
    sometimes("rebalance under load", rebalances)
    assert rebalances >= 4
    await check(wounded, events)


@pytest.mark.row(11)
async def test_a_member_that_joins_and_leaves_again_and_again_does_not_stop_the_others(wounded: Wounded) -> None:
    before, handled = assigned(wounded, "scoring"), list[int]()
    async with loaded(wounded, "storm") as events:
        for _ in range(STORM_TURNS):
            await join_and_leave(wounded, "scoring")
            await until_moved(wounded, "scoring", await position(wounded, "scoring"))
            handled.append(await position(wounded, "scoring"))

    rebalances = assigned(wounded, "scoring") - before
    sometimes("rebalance of a storm", rebalances)
    assert rebalances >= STORM_TURNS
    assert handled == sorted(set(handled))
    await check(wounded, events)


async def join_and_leave(wounded: Wounded, service: str) -> None:
    """A member that is dealt partitions, reads nothing of them, and is gone."""
    prefix = wounded.system.topic_prefix
    member = AIOKafkaConsumer(
        prefix + LEAD_ACTIVITY,
        bootstrap_servers=wounded.system.kafka,
        group_id=f"{prefix}baton-{service}",
        enable_auto_commit=False,
        session_timeout_ms=6_000,
        rebalance_timeout_ms=60_000,
    )
    await member.start()
    try:
        await until(lambda: bool(member.assignment()), "it is dealt partitions")
    finally:
        await member.stop()
