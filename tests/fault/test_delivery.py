"""Nothing lost, nothing twice, on real Kafka and Postgres: whatever is killed, restarted or sent twice."""

import asyncio
import json
import random
from collections import Counter
from collections.abc import Callable, Iterable
from datetime import UTC, datetime, timedelta

import pytest

from services.local.service_process import ServiceProcess
from services.local.system import SERVICES
from shared.clock import domain_now, set_clock
from shared.events import decode
from shared.topics import LEAD_HANDOFF
from tests.fault.conftest import QUICK, Wounded
from tests.support.comparing import differences, replayed
from tests.support.live import Connected, activity, outcome, publish, read_all, until_quiet

pytestmark = [pytest.mark.servers, pytest.mark.timeout(400)]
ACTIVITIES, HAND_RAISES = 3000, 24
Event = dict[str, object]


def load(name: str) -> list[Event]:
    """Many page views and downloads of some leads, and a few of them ask for a demo."""
    rng, now = random.Random(name), datetime.now(UTC) - timedelta(hours=2)
    events = []
    for number in range(ACTIVITIES):
        lead = f"{name}-{rng.randrange(HAND_RAISES * 10)}"
        kind = rng.choice(["web.visited", "email.opened"])
        events.append(activity(f"{name}-{number}", kind, lead, (now + timedelta(seconds=number)).isoformat()))
    for number in range(HAND_RAISES):
        at = now + timedelta(seconds=number)
        raised = activity(f"{name}-raise-{number}", "demo.requested", f"{name}-{number}", at.isoformat())
        events.insert(rng.randrange(len(events)), raised)
    return events


async def under_load(wounded: Wounded, name: str, hurt: Callable[[], None]) -> list[Event]:
    """Publish a load in slices while something is hurt beside it."""
    events, hurting = load(name), asyncio.create_task(asyncio.to_thread(hurt))
    for start in range(0, len(events), 250):
        await publish(wounded.system, events[start : start + 250])
        await asyncio.wait([hurting], timeout=0.3)
    await hurting
    return events


async def pass_time(wounded: Wounded, more: timedelta) -> None:
    """Let domain time go on so much later; it never goes back."""
    async with Connected(wounded.system, "routing") as connection:
        now = max(datetime.now(UTC), await domain_now(connection))
        await set_clock(connection, now + more, 60)


async def check(wounded: Wounded, *loads: Iterable[Event]) -> None:
    """Every activity once or in quarantine, one owner a lead, each timer at most once, each message once."""
    await until_quiet(wounded.system)
    await pass_time(wounded, timedelta(minutes=30))
    await until_quiet(wounded.system)
    live = await outcome(wounded.system)
    recorded = Counter(decode(body).id for body in live.activities)
    wanted = {str(event["id"]) for events in loads for event in events}

    assert wanted - recorded.keys() == set(), "lost"
    assert [event_id for event_id, n in recorded.items() if n > 1] == [], "counted twice"
    assert sum(lead.version for lead in live.scores.values()) == len(live.activities)
    assert differences(live, replayed(live.activities, QUICK)[0]) == []
    assert await owners_that_differ(wounded) == []
    assert await fired_twice(wounded) == []
    assert posted_twice(wounded) == []


async def owners_that_differ(wounded: Wounded) -> list[str]:
    """Leads that were assigned other than once in an attempt, or whose recorded owner is not the last one decided."""
    async with Connected(wounded.system, "routing") as connection:
        rows = await connection.fetch(
            "SELECT lead_id, team, cycle, attempt, count(*) AS n FROM decision WHERE kind IN ('assigned', 'reassigned')"
            " GROUP BY lead_id, team, cycle, attempt HAVING count(*) > 1"
        )
        twice = [f"{row['lead_id']} {row['team']} attempt {row['attempt']}: {row['n']} owners" for row in rows]
        rows = await connection.fetch(
            "SELECT DISTINCT ON (lead_id) lead_id, chosen, lead.owner_id FROM decision JOIN lead USING (lead_id)"
            " WHERE kind IN ('assigned', 'reassigned') ORDER BY lead_id, id DESC"
        )
    return twice + [f"{row['lead_id']}" for row in rows if row["owner_id"] != row["chosen"]]


async def fired_twice(wounded: Wounded) -> list[str]:
    """Steps of clocks that were told under more than one event id; repeats of the same id are the relay's right."""
    fired: dict[tuple[object, ...], set[str]] = {}
    for value in await read_all(wounded.system, LEAD_HANDOFF):
        event = json.loads(value)
        if event["type"].startswith("clock."):
            data = event["data"]
            step = (event["type"], event["subject"], data["clock"], data["cycle"], data["attempt"], data["step"])
            fired.setdefault(step, set()).add(event["id"])
    assert any(step[0] == "clock.breached" for step in fired), "no clock ran out: the test hurts nothing"
    return [str(step) for step, ids in fired.items() if len(ids) > 1]


def posted_twice(wounded: Wounded) -> list[str]:
    """Notifications that stand in Slack more than once without a mark."""
    posted = Counter(
        message.metadata["event_payload"]["notification_id"]
        for message in wounded.slack.messages
        if "repeat" not in message.text
    )
    assert posted, "nothing was posted: the test hurts nothing"
    return [alert_id for alert_id, n in posted.items() if n > 1]


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
