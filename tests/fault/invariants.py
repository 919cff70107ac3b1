"""A load, and what must hold after whatever was done to the system that took it."""

import asyncio
import json
import random
import time
from collections import Counter
from collections.abc import Callable, Iterable
from datetime import UTC, datetime, timedelta

from aiokafka.errors import KafkaError

from shared.clock import domain_now, set_clock
from shared.events import decode
from shared.topics import LEAD_HANDOFF
from tests.fault.wounded import QUICK, Wounded
from tests.support.comparing import differences, replayed
from tests.support.live import Connected, activity, outcome, publish, read_all, until_quiet

ACTIVITIES, HAND_RAISES = 3000, 24
PATIENCE_SECONDS = 120
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
        await _publish_until_taken(wounded, events[start : start + 250])
        await asyncio.wait([hurting], timeout=0.3)
    await hurting
    return events


async def _publish_until_taken(wounded: Wounded, events: list[Event]) -> None:
    """As an upstream system sends: again, all of it, where Kafka was away."""
    until = time.monotonic() + PATIENCE_SECONDS
    while True:
        try:
            await publish(wounded.system, events)
        except KafkaError:
            assert time.monotonic() < until, "Kafka does not take the load"
            await asyncio.sleep(0.5)
        else:
            return


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
