"""Health that tells the truth: what stands still or is dead ends its process, which comes back and loses nothing."""

from collections.abc import AsyncIterator
from datetime import timedelta

import pytest

from tests.fault.hurting import loaded, planted, until
from tests.fault.invariants import check, pass_time
from tests.fault.keeping import Kept
from tests.fault.planted import Fault, PlantedService
from tests.fault.sometimes import sometimes
from tests.fault.wounded import Wounded

pytestmark = [pytest.mark.servers, pytest.mark.long, pytest.mark.timeout(400)]
QUICK_TO_TELL = {"BATON_STUCK_SECONDS": "5", "BATON_BATCH_TIMEOUT_SECONDS": "4"}
TOLD = {
    Fault.READING_HANGS: "no record handled for 5 s while records wait",
    Fault.COORDINATION_FAILS: "a consumer takes no part in its group any more",
    Fault.RELAY_FAILS: "ZeroDivisionError",
    Fault.RELAY_HANGS: "the relay has not come round for 5 s",
    Fault.NO_SEND_ANSWERED: "nothing published for 5 s while events wait and Kafka answers others",
}


@pytest.fixture(scope="module")
async def kept(wounded: Wounded) -> AsyncIterator[Kept]:
    await pass_time(wounded, timedelta(0))
    with planted(wounded, "scoring", **QUICK_TO_TELL) as process, Kept(process) as kept:
        yield kept


@pytest.mark.row(16)
@pytest.mark.parametrize("fault", TOLD)
async def test_what_is_dead_or_stands_still_ends_its_process_which_comes_back(
    wounded: Wounded, kept: Kept, fault: Fault
) -> None:
    process, before, ends = planted_in(kept), len(logged(kept)), len(kept.ends)
    async with loaded(wounded, f"truth-{fault}") as events:
        process.plant(fault)
        await until(lambda: process.happened(fault), f"{fault} was met")
        await until(lambda: len(kept.ends) > ends, "the process ended")
        await until(process.is_ready, "the process is back")
    sometimes(fault)

    assert kept.ends[ends:] == [1]
    assert TOLD[fault] in logged(kept)[before:]
    await check(wounded, events)


def planted_in(kept: Kept) -> PlantedService:
    assert isinstance(kept.process, PlantedService)
    return kept.process


def logged(kept: Kept) -> str:
    return kept.process.log_path.read_text(encoding="utf-8")
