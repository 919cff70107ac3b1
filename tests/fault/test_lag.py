"""Lag is never the rep's fault: routing was down for an hour of working time, in which the reps acted in time."""

import asyncio
import json
import time
from collections.abc import AsyncIterator, Iterator, Mapping
from contextlib import asynccontextmanager
from datetime import datetime, timedelta
from datetime import time as time_of_day
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from services.local.system import LocalSystem
from services.routing.state import LeadRouting
from shared.clock import domain_now, set_clock
from shared.topics import LEAD_ACTIVITY, LEAD_HANDOFF
from tests.servers import KafkaAddress, PostgresAddress
from tests.support.gauging import measured
from tests.support.live import Connected, activity, outcome, publish, read_all, until_quiet
from tests.support.systems import live_system

pytestmark = [pytest.mark.servers, pytest.mark.timeout(300)]
OFFICE = Path(__file__).parents[1] / "support" / "office"
TOKYO, TUESDAY = ZoneInfo("Asia/Tokyo"), 1
WITHIN = timedelta(minutes=10)
DILIGENT = [f"lag-{n}" for n in range(20)]
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
    with live_system(kafka.bootstrap_servers, postgres.dsn, folder, OFFICE, settings) as running:
        yield running


async def tuesday_at_ten(system: LocalSystem) -> datetime:
    """Let domain time go on from the next Tuesday morning, when the office is open."""
    async with Connected(system, "routing") as connection:
        now = (await domain_now(connection)).astimezone(TOKYO)
        day = now.date() + timedelta(days=(TUESDAY - now.weekday() - 1) % 7 + 1)
        morning = datetime.combine(day, time_of_day(10), TOKYO)
        await set_clock(connection, morning, 1)
    return morning


async def pass_time(system: LocalSystem, more: timedelta) -> None:
    async with Connected(system, "routing") as connection:
        await set_clock(connection, await domain_now(connection) + more, 1)


async def told(system: LocalSystem, lead: str | None = None) -> list[Event]:
    """What routing has told of owners and clocks, each once, of one lead or of all."""
    events = {event["id"]: event for event in map(json.loads, await read_all(system, LEAD_HANDOFF))}
    return [event for event in events.values() if lead in (None, event["subject"])]


def of_type(events: list[Event], kind: str) -> list[Event]:
    return [event for event in events if event["type"] == kind]


async def routed(system: LocalSystem) -> Mapping[str, LeadRouting]:
    return (await outcome(system)).routed


async def owners(system: LocalSystem) -> dict[str, str | None]:
    return {lead: state.open_handoff.owner for lead, state in (await routed(system)).items() if state.open_handoff}


def accepted(lead: str, rep: str | None, at: datetime) -> Event:
    return activity(f"accept-{lead}", "lead.accepted", lead, at.isoformat(), rep_id=rep)


@asynccontextmanager
async def cannot_catch_up(system: LocalSystem) -> AsyncIterator[None]:
    """Routing reads nothing of the activities meanwhile; all else goes on."""
    async with Connected(system, "routing") as connection, connection.transaction():
        await connection.execute("SELECT FROM consumer_position WHERE topic = $1 FOR UPDATE", LEAD_ACTIVITY)
        yield


async def until_timers_are_held(system: LocalSystem, wanted: int) -> None:
    """Wait until routing says that it holds back so many timers, because there is something that it has not read."""
    end, held = time.monotonic() + PATIENCE_SECONDS, 0
    while held != wanted:
        assert time.monotonic() < end, f"routing held {held} timers, not {wanted}"
        await asyncio.sleep(0.1)
        held = await asyncio.to_thread(measured, system.services["routing"], "baton_timers_held")


def at(moment: object) -> datetime:
    return datetime.fromisoformat(str(moment))


@pytest.mark.row(46)
async def test_an_hour_of_our_own_lag_makes_no_breach_and_what_was_missed_is_one(system: LocalSystem) -> None:
    began, leads = await tuesday_at_ten(system), [*DILIGENT, IDLE]
    await publish(system, [activity(f"raise-{lead}", "demo.requested", lead, began.isoformat()) for lead in leads])
    await until_quiet(system)
    owned = await owners(system)
    due = {event["subject"]: at(event["data"]["due_at"]) for event in of_type(await told(system), "clock.started")}
    assert due.keys() == owned.keys() == set(leads)
    assert all(began + WITHIN <= due_at for due_at in due.values())

    await asyncio.to_thread(system.services["routing"].stop)
    await pass_time(system, timedelta(hours=1))
    done = {lead: due[lead] - timedelta(seconds=25 * n + 1) for n, lead in enumerate(DILIGENT)}
    await publish(system, [accepted(lead, owned[lead], done_at) for lead, done_at in done.items()])
    async with cannot_catch_up(system):
        await asyncio.to_thread(system.services["routing"].start)
        await until_timers_are_held(system, len(leads))
        assert of_type(await told(system), "clock.breached") == []
    await until_quiet(system)
    await until_timers_are_held(system, 0)

    news = await told(system)
    breached = of_type(news, "clock.breached")
    assert {event["subject"] for event in [*breached, *of_type(news, "lead.reassigned")]} == {IDLE}
    assert min(at(event["time"]) for event in breached) == due[IDLE]
    assert {event["subject"]: at(event["data"]["met_at"]) for event in of_type(news, "clock.met")} == done
    now_owned = await owners(system)
    assert {lead for lead in leads if now_owned[lead] != owned[lead]} == {IDLE}

    late_report = accepted(IDLE, owned[IDLE], due[IDLE] - timedelta(minutes=5))
    await publish(system, [late_report])
    await until_quiet(system)

    (corrected,) = of_type(await told(system, IDLE), "clock.corrected")
    assert (corrected["data"]["was"], corrected["data"]["now"]) == ("breached", "met")
    assert corrected["data"]["evidence_id"] == late_report["id"]
    assert corrected["data"]["reported_late_by"] > timedelta(minutes=50).total_seconds()
    assert await owners(system) == now_owned, "what was reported late undoes no reassignment"
