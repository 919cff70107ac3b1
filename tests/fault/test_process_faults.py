"""What happens to a process: frozen, blocked, hung, told to stop at the worst moment. Nothing lost, nothing twice."""

import asyncio
import os
import signal
from collections.abc import Callable
from datetime import timedelta

import pytest

from services.local.service_process import ServiceProcess
from shared.embedded.server import Server
from tests.fault.hurting import frozen, loaded, planted, position, replica, small_load, until, until_moved
from tests.fault.invariants import check, pass_time
from tests.fault.planted import Fault
from tests.fault.sometimes import sometimes
from tests.fault.wounded import Wounded
from tests.support.live import Connected, publish, until_quiet

pytestmark = [pytest.mark.servers, pytest.mark.long, pytest.mark.timeout(400)]
GRACE_SECONDS = 30
"""`stop_grace_period` in docker-compose.yml, after which a container is killed."""


@pytest.fixture(autouse=True)
async def fast_clock(wounded: Wounded) -> None:
    await pass_time(wounded, timedelta(0))


async def relay_epoch(wounded: Wounded, service: str) -> int:
    async with Connected(wounded.system, service) as connection:
        return int(await connection.fetchval("SELECT epoch FROM relay_lease"))


async def has_another_relay(wounded: Wounded, service: str, epoch: int) -> bool:
    return await relay_epoch(wounded, service) != epoch


@pytest.mark.row(12, 50)
@pytest.mark.parametrize("service", ["scoring", "routing"])
async def test_a_process_frozen_past_its_session_and_lease_wakes_and_does_nothing_a_second_time(
    wounded: Wounded, service: str
) -> None:
    first, epoch = wounded.system.services[service], await relay_epoch(wounded, service)
    async with loaded(wounded, f"frozen-{service}") as events:
        await until_moved(wounded, service, await position(wounded, service))
        with frozen(first):
            async with replica(wounded, service):
                await until_moved(wounded, service, await position(wounded, service))
                await until(lambda: has_another_relay(wounded, service, epoch), "the heir's relay took over")
                sometimes("zombie: its partitions and its lease were another's when it woke")
                await wake_beside(first)
        await until(first.is_ready, "the zombie has its part again")

    assert await relay_epoch(wounded, service) > epoch
    await check(wounded, events)


async def wake_beside(process: ServiceProcess) -> None:
    """Wake it while its heir is at work, and let it find out."""
    os.kill(process._pid, signal.SIGCONT)
    await until(process.is_ready, "the zombie answers")


@pytest.mark.row(13, 14)
@pytest.mark.parametrize("fault", [Fault.LOOP_BLOCKED, Fault.BATCH_HANGS])
async def test_a_batch_that_blocks_its_process_or_never_ends_is_done_once_and_nobody_is_replaced(
    wounded: Wounded, fault: Fault
) -> None:
    with planted(wounded, "scoring", BATON_BATCH_TIMEOUT_SECONDS="4") as process:
        async with loaded(wounded, str(fault)) as events:
            process.plant(fault)
            await until(lambda: process.happened(fault), f"{fault} was met")
            await until_moved(wounded, "scoring", await position(wounded, "scoring"))
        sometimes(fault)
        await until_quiet(wounded.system)
        assert process.is_running
        await until(process.is_ready, "it has its part again")
    await check(wounded, events)


@pytest.mark.row(15)
async def test_commits_that_fail_and_come_after_the_next_rebalance_send_nobody_back(wounded: Wounded) -> None:
    with planted(wounded, "scoring") as process:
        async with loaded(wounded, "commits") as events:
            process.plant(Fault.COMMITS_FAIL)
            await until(lambda: process.happened(Fault.COMMITS_FAIL), "commits fail")
            async with replica(wounded, "scoring"):
                before = await position(wounded, "scoring")
                process.plant(Fault.COMMITS_STALE)
                await until(lambda: process.happened(Fault.COMMITS_STALE), "an old commit came after the rebalance")
                await until_moved(wounded, "scoring", before)
        sometimes("an old commit after a rebalance")
    await check(wounded, events)


STOPS: dict[str, Callable[[Wounded], Server | None]] = {
    "all up": lambda _: None,
    "Kafka is down": lambda wounded: wounded.stack.kafka,
    "Postgres is down": lambda wounded: wounded.stack.postgres,
}


@pytest.mark.row(48)
@pytest.mark.parametrize("service", ["scoring", "routing", "alerts"])
@pytest.mark.parametrize("when", STOPS)
async def test_told_twice_to_stop_it_ends_in_good_order_within_its_grace(
    wounded: Wounded, service: str, when: str
) -> None:
    process, down = wounded.system.services[service], STOPS[when](wounded)
    events = small_load(f"stop-{service}-{when}")
    await publish(wounded.system, events)
    if down:
        await asyncio.to_thread(down.kill)
    for _ in range(2):
        os.kill(process._pid, signal.SIGTERM)
    async with asyncio.timeout(GRACE_SECONDS):
        await until(lambda: not process.is_running, "it ended")
    sometimes(f"told to stop while {when}")

    assert process.exit_status == 0
    if down:
        await asyncio.to_thread(down.start)
    await asyncio.to_thread(process.start)
    await check(wounded, events)
