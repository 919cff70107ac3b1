"""Lag is never the rep's fault: routing was down for an hour of working time, in which the reps acted in time."""

import asyncio
import json
import time
import urllib.request
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from datetime import datetime, timedelta

import pytest

from services.local.system import LocalSystem
from shared.clock import domain_now, set_clock
from shared.topics import LEAD_ACTIVITY, LEAD_HANDOFF
from tests.fault.conftest import QUICK
from tests.servers import KafkaAddress, PostgresAddress
from tests.support.live import Connected, activity, outcome, publish, read_all, until_quiet
from tests.support.systems import live_system

pytestmark = [pytest.mark.servers, pytest.mark.timeout(300)]
DILIGENT = 20
IDLE = "lag-idle"
"""The lead whose owner did nothing."""
PATIENCE_SECONDS = 60
Event = dict[str, object]


@pytest.fixture(scope="module")
def system(
    kafka: KafkaAddress, postgres: PostgresAddress, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[LocalSystem]:
    # With one lane a service that is kept from committing need not wait for a second one to join its group.
    folder, settings = tmp_path_factory.mktemp("lag"), {"BATON_LANES": "1"}
    with live_system(kafka.bootstrap_servers, postgres.dsn, folder, QUICK, settings) as running:
        yield running


async def now(system: LocalSystem, *, later: timedelta = timedelta(0)) -> datetime:
    """Domain time, moved on by so much."""
    async with Connected(system, "routing") as connection:
        at = await domain_now(connection) + later
        await set_clock(connection, at, 1)
    return at


async def told(system: LocalSystem, lead: str | None = None) -> list[dict[str, object]]:
    """Routing's decisions on clocks, each once, of one lead or of all."""
    events = {event["id"]: event for event in map(json.loads, await read_all(system, LEAD_HANDOFF))}
    of_clocks = (event for event in events.values() if str(event["type"]).startswith("clock."))
    return [event for event in of_clocks if lead in (None, event["subject"])]


@asynccontextmanager
async def cannot_catch_up(system: LocalSystem) -> AsyncIterator[None]:
    """Routing reads nothing of the activities meanwhile; all else goes on."""
    async with Connected(system, "routing") as connection, connection.transaction():
        await connection.execute("SELECT FROM consumer_position WHERE topic = $1 FOR UPDATE", LEAD_ACTIVITY)
        yield


async def until_timers_are_held(system: LocalSystem) -> int:
    """How many timers routing says that it holds back, while there is something that it has not read."""
    end = time.monotonic() + PATIENCE_SECONDS
    while not (held := await asyncio.to_thread(_held, system.services["routing"].url)):
        assert time.monotonic() < end, "routing held no timer: it had nothing to catch up with"
        await asyncio.sleep(0.05)
    return held


def _held(url: str) -> int:
    with urllib.request.urlopen(f"{url}/metrics", timeout=5) as answer:
        lines = answer.read().decode().splitlines()
    return int(sum(float(line.split()[-1]) for line in lines if line.startswith("baton_timers_held{")))


def at(moment: object) -> datetime:
    return datetime.fromisoformat(str(moment))


async def test_an_hour_of_our_own_lag_makes_no_breach_and_what_was_missed_is_one(system: LocalSystem) -> None:
    began = await now(system)
    leads = [*(f"lag-{n}" for n in range(DILIGENT)), IDLE]
    await publish(system, [activity(f"raise-{lead}", "demo.requested", lead, began.isoformat()) for lead in leads])
    await until_quiet(system)
    owners = {lead: state.open_handoff.owner for lead, state in (await outcome(system)).routed.items()}
    started = {str(event["subject"]): event for event in await told(system) if event["type"] == "clock.started"}
    assert started.keys() == set(leads)

    await asyncio.to_thread(system.services["routing"].stop)
    await now(system, later=timedelta(hours=1))
    accepted = began + timedelta(minutes=5)
    in_time = [
        activity(f"accept-{lead}", "lead.accepted", lead, accepted.isoformat(), rep_id=owners[lead])
        for lead in leads
        if lead != IDLE
    ]
    await publish(system, in_time)
    async with cannot_catch_up(system):
        await asyncio.to_thread(system.services["routing"].start)
        held = await until_timers_are_held(system)
    await until_quiet(system)

    assert 0 < held <= len(leads)
    decided = await told(system)
    breached = [event for event in decided if event["type"] == "clock.breached"]
    assert {event["subject"] for event in breached} == {IDLE}
    first = min(breached, key=lambda event: at(event["time"]))
    assert at(first["time"]) == at(started[IDLE]["data"]["due_at"])
    met = {event["subject"]: event["data"] for event in decided if event["type"] == "clock.met"}
    assert met.keys() == set(leads) - {IDLE}
    assert {at(data["met_at"]) for data in met.values()} == {accepted}
    routed = (await outcome(system)).routed
    assert {lead: routed[lead].open_handoff.owner for lead in met} == {lead: owners[lead] for lead in met}

    late_report = activity("accept-idle", "lead.accepted", IDLE, accepted.isoformat(), rep_id=owners[IDLE])
    await publish(system, [late_report])
    await until_quiet(system)
    (corrected,) = [event for event in await told(system, IDLE) if event["type"] == "clock.corrected"]
    assert (corrected["data"]["was"], corrected["data"]["now"]) == ("breached", "met")
    assert corrected["data"]["evidence_id"] == late_report["id"]
    assert corrected["data"]["reported_late_by"] > timedelta(minutes=50).total_seconds()
    given_on = routed[IDLE].open_handoff
    assert (await outcome(system)).routed[IDLE].open_handoff.owner == given_on.owner != owners[IDLE]
