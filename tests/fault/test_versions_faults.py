"""A rolling deploy: two versions at work on the same topics and tables, forth and back again."""

import asyncio
import json
from collections import Counter
from collections.abc import AsyncIterator, Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from pathlib import Path

import pytest

from services.local.service_process import ServiceProcess
from services.local.system import SERVICES
from shared.migrations import migrate
from shared.topics import LEAD_HANDOFF
from tests.fault.invariants import Event, check, load, pass_time
from tests.fault.next_version import NEW_FIELD, NEW_TYPE, build_next
from tests.fault.sometimes import sometimes
from tests.fault.wounded import Wounded
from tests.support.live import outcome, publish, read_all, until_quiet

GIVEN = "lead.assigned"

pytestmark = [pytest.mark.servers, pytest.mark.timeout(600)]


@pytest.fixture
async def newer(wounded: Wounded, tmp_path: Path) -> AsyncIterator[dict[str, ServiceProcess]]:
    """The services of the next version, on tables that it has migrated, not started."""
    environment = await asyncio.to_thread(build_next, tmp_path / "next")
    await migrate(wounded.system.dsn, tmp_path / "next" / "deploy" / "migrations")
    settings = {**wounded.system.settings, **environment}
    found = {name: ServiceProcess(name, tmp_path, settings, replica=2) for name in SERVICES}
    yield found
    await asyncio.to_thread(_each, [process.stop for process in found.values()])


def _each(acts: Sequence[Callable[[], None]]) -> None:
    with ThreadPoolExecutor(len(acts)) as pool:
        for done in [pool.submit(act) for act in acts]:
            done.result()


async def sent(wounded: Wounded, name: str) -> list[Event]:
    events = load(name)
    await publish(wounded.system, events)
    return events


async def assigned(wounded: Wounded) -> Counter[str]:
    """How many leads were given to somebody by each version, and how many the newer one announced, repeats included."""
    told = [json.loads(value) for value in await read_all(wounded.system, LEAD_HANDOFF)]
    given = Counter("newer" if NEW_FIELD in event["data"] else "older" for event in told if event["type"] == GIVEN)
    return given + Counter(announced=sum(event["type"] == NEW_TYPE for event in told))


@pytest.mark.long
@pytest.mark.row(49)
async def test_two_versions_side_by_side_and_back_again_lose_nothing_and_do_nothing_twice(
    wounded: Wounded, newer: dict[str, ServiceProcess]
) -> None:
    older = wounded.system.services
    await pass_time(wounded, timedelta(0))
    events = await sent(wounded, "before")
    await until_quiet(wounded.system)
    before = await assigned(wounded)

    await asyncio.to_thread(_each, [process.start for process in newer.values()])
    events += await sent(wounded, "both")
    await until_quiet(wounded.system)
    by_both = await assigned(wounded) - before
    for service in older.values():
        await asyncio.to_thread(service.stop)
    events += await sent(wounded, "next")
    await until_quiet(wounded.system)

    await asyncio.to_thread(_each, [process.start for process in older.values()])
    events += await sent(wounded, "both-again")
    for service in newer.values():
        await asyncio.to_thread(service.stop)
    events += await sent(wounded, "after")

    await check(wounded, events)
    sometimes("an owner named while two versions were at work", by_both["older"] + by_both["newer"])
    assert before.keys() == {"older"}
    assert min(by_both[who] for who in ("older", "newer", "announced")) > 0, f"not both were at work: {by_both}"
    assert set(map(tuple, (await outcome(wounded.system)).quarantined.values())) == {()}
