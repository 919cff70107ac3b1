"""A service that is killed at any of its calls to Postgres, Kafka and Slack comes to what it would have come to."""

import random
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from typing import Any

import pytest

from services.alerts.app import create as alerts
from services.kpi.app import create as kpi
from services.routing.app import create as routing
from services.scoring.app import create as scoring
from shared.service import Service
from tests.fault.conftest import QUICK
from tests.fault.crash_points import End, seed
from tests.fault.enumerating import Enumerator, enumerating
from tests.fault.lives import Life
from tests.fault.sometimes import sometimes
from tests.fault.world import world_of
from tests.servers import KafkaAddress

pytestmark = [pytest.mark.servers, pytest.mark.timeout(1200)]
Create = Callable[[], Service[Any]]
Enumerating = Callable[[Create], AbstractAsyncContextManager[Enumerator]]
SERVICES = (scoring, routing, alerts, kpi)

RUNNER = {"getmany", "beginning_offsets", "BEGIN", "FROM consumer_position", "UPDATE consumer_position", "COMMIT"}
HINT = {"AIOKafkaConsumer.commit"}
RELAY = {"INTO relay_lease", "FROM outbox", "send_batch", "acknowledgement", "DELETE FROM outbox", "UPDATE relay_lease"}
TIMERS = {"FROM timer", "DELETE FROM timer", "INTO outbox"}
SENDER = {"UPDATE notification", "chat.postMessage"}


@pytest.fixture
def of(kafka: KafkaAddress, database: str, topic_prefix: str) -> Enumerating:
    @asynccontextmanager
    async def of(create: Create) -> AsyncIterator[Enumerator]:
        async with (
            world_of(create, Life, kafka.bootstrap_servers, database, topic_prefix, QUICK) as world,
            enumerating(world) as enumerator,
        ):
            yield enumerator

    return of


async def killed_everywhere(of: Enumerating, create: Create, wanted: set[str]) -> None:
    """Kill at each point; what is wanted has to be among them."""
    async with of(create) as enumerator:
        ended = await enumerator.kill_at_each()
    sometimes(f"crash points: {create().name}", len(ended))
    assert {step for step in wanted if not any(step in where for where in ended)} == set()
    assert set(enumerator.passed) <= set(ended), "some points were left out"


@pytest.mark.long
@pytest.mark.row(1, 3, 6)
async def test_scoring_killed_at_any_step_counts_each_activity_once(of: Enumerating) -> None:
    await killed_everywhere(of, scoring, RUNNER | HINT | RELAY | TIMERS)


@pytest.mark.long
@pytest.mark.row(2, 3, 6)
async def test_routing_killed_at_any_step_gives_each_lead_one_owner_and_fires_each_clock_once(of: Enumerating) -> None:
    await killed_everywhere(of, routing, RUNNER | HINT | RELAY | TIMERS)


@pytest.mark.long
@pytest.mark.row(4, 6)
async def test_alerts_killed_at_any_step_tells_everybody_and_marks_what_it_may_repeat(of: Enumerating) -> None:
    await killed_everywhere(of, alerts, RUNNER | HINT | RELAY | SENDER)


@pytest.mark.long
@pytest.mark.row(5)
async def test_kpi_killed_at_any_step_comes_to_the_same_numbers(of: Enumerating) -> None:
    await killed_everywhere(of, kpi, RUNNER | HINT)


@pytest.mark.long
@pytest.mark.row(48)
@pytest.mark.parametrize("create", SERVICES, ids=lambda create: create().name)
async def test_a_service_told_to_stop_at_any_step_stops_and_loses_nothing(of: Enumerating, create: Create) -> None:
    async with of(create) as enumerator:
        ended = await enumerator.kill_at_each(every=2, end=End.TOLD_TO_STOP)
    sometimes(f"SIGTERM at a step: {create().name}", len(ended))
    assert len(ended) >= len(enumerator.passed) // 2


async def test_a_service_killed_at_some_steps_comes_to_what_it_would_have_come_to(of: Enumerating) -> None:
    chosen = random.Random(seed_of_run := seed())
    create, every = chosen.choice(SERVICES), 60
    print(f"BATON_SEED={seed_of_run}")
    async with of(create) as enumerator:
        ended = await enumerator.kill_at_each(first=chosen.randint(1, every), every=every)
    sometimes("crash points in the quick sample", len(ended))
    assert ended
