"""Nothing lost, nothing twice, on real Kafka and Postgres: whatever is killed, restarted or sent twice."""

import asyncio
import json
import random
from datetime import UTC, datetime, timedelta

import pytest

from services.local.service_process import ServiceProcess
from services.local.system import SERVICES
from tests.fault.invariants import Event, check, load, pass_time, under_load
from tests.fault.wounded import Wounded
from tests.support.live import activity, outcome, publish

pytestmark = [pytest.mark.servers, pytest.mark.timeout(400)]


@pytest.fixture(autouse=True)
async def fast_clock(wounded: Wounded) -> None:
    """A minute of domain time passes in a second, so that clocks run out while things are hurt."""
    await pass_time(wounded, timedelta(0))


@pytest.mark.parametrize("service", SERVICES)
async def test_a_service_killed_under_load_loses_nothing_and_does_nothing_twice(wounded: Wounded, service: str) -> None:
    process = wounded.system.services[service]

    def kill_and_bring_back() -> None:
        process.kill()
        process.start()

    events = await under_load(wounded, f"kill-{service}", kill_and_bring_back)

    await check(wounded, events)


async def test_a_second_replica_that_joins_and_is_killed_in_the_middle_changes_nothing(wounded: Wounded) -> None:
    replicas = [wounded.system.replica(service, 2) for service in SERVICES]

    def join_and_leave() -> None:
        for replica in replicas:
            _join_and_die(replica)

    events = await under_load(wounded, "replica", join_and_leave)

    await check(wounded, events)


def _join_and_die(replica: ServiceProcess) -> None:
    replica.start()
    replica.kill()
    replica.stop()


@pytest.mark.row(7)
async def test_a_broker_that_crashes_and_comes_back_loses_nothing(wounded: Wounded) -> None:
    events = load("broker")
    await publish(wounded.system, events)
    await asyncio.to_thread(wounded.stack.kafka.kill)
    await asyncio.to_thread(wounded.stack.kafka.start)

    await check(wounded, events)


@pytest.mark.row(17)
async def test_a_database_that_crashes_and_comes_back_loses_nothing(wounded: Wounded) -> None:
    def crash() -> None:
        wounded.stack.postgres.kill()
        wounded.stack.postgres.start()

    events = await under_load(wounded, "database", crash)

    await check(wounded, events)


@pytest.mark.row(26)
async def test_the_same_activity_sent_again_counts_once(wounded: Wounded) -> None:
    events = load("again")
    await publish(wounded.system, events)
    await publish(wounded.system, random.Random(1).sample(events, 500))
    await publish(wounded.system, events[:300] * 3)

    await check(wounded, events)


BAD = {
    "not JSON": b"{",
    "no object": b"[1, 2]",
    "not UTF-8": b"\xff\xfe",
    "empty": b"",
    "no type": b'{"specversion":"1.0","id":"x","source":"s","subject":"l","time":"2026-01-01T00:00:00Z"}',
    "naive time": json.dumps(activity("n", "web.visited", "bad", "2026-01-01T00:00:00")).encode(),
    "NUL": json.dumps(activity("u", "web.visited", "bad", "2026-01-01T00:00:00Z", page="a\0b")).encode(),
    "wrong type": json.dumps(activity("w", "web.visited", "bad", "2026-01-01T00:00:00Z", seconds="ten")).encode(),
    "too deep": json.dumps(activity("d", "web.visited", "bad", "2026-01-01T00:00:00Z")).encode()[:-2]
    + b'"x":'
    + b"[" * 300
    + b"]" * 300
    + b"}}",
    "infinite": b'{"specversion":"1.0","id":"i","source":"s","type":"t","subject":"l",'
    b'"time":"2026-01-01T00:00:00Z","data":{"x":Infinity}}',
    "too large": json.dumps(activity("l", "own.type", "bad", "2026-01-01T00:00:00Z", x="a" * 300_000)).encode(),
}


@pytest.mark.row(29, 31, 32)
async def test_a_bad_record_of_each_kind_goes_to_quarantine_and_its_neighbours_go_on(wounded: Wounded) -> None:
    before = (await outcome(wounded.system)).quarantined["scoring"]
    events = load("bad")[:400]
    raised = [activity("bad-raise", "demo.requested", "bad-lead", datetime.now(UTC).isoformat())]
    mixed: list[Event | bytes] = [*events, *raised]
    for number, record in enumerate(BAD.values()):
        mixed.insert(number * 30, record)

    await publish(wounded.system, mixed)

    await check(wounded, events, raised)
    after = (await outcome(wounded.system)).quarantined
    assert len(after["scoring"]) - len(before) == len(BAD)
    assert after["routing"] == after["alerts"] == after["kpi"] == []


@pytest.mark.row(30)
async def test_a_header_that_breaks_parsers_does_not_lose_the_record(wounded: Wounded) -> None:
    event = activity("header", "demo.requested", "header-lead", datetime.now(UTC).isoformat())
    headers = [("odd", None), ("odd", b"\xff"), ("reply_to", b"lead.activity.v1")]

    await publish(wounded.system, [event], headers=headers)

    await check(wounded, [event])
