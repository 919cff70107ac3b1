"""What the lives of a service came to, and in what two such outcomes differ that should be the same."""

import json
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import asyncpg

from tests.fault.world import World

OF_DELIVERY = {"consumer_position", "relay_lease", "outbox", "channel_budget", "notification"}
"""Tables that tell how often something was tried, and not what it came to."""
OF_THE_MACHINE = {"created_at", "updated_at", "read_at", "published_at", "published_version", "appended_at", "offset"}
"""Columns that are not the same in any two runs."""
SETTLED = {"alert.sent", "alert.failed"}
"""Told of each message when its own fate is known; between messages there is no order."""
Row = tuple[tuple[str, str], ...]


@dataclass(frozen=True)
class Notified:
    """A message to people: what was asked for, what became of it, and how often it was posted without a mark."""

    status: str
    repeated: bool
    unmarked: int
    marked: int


@dataclass(frozen=True)
class Outcome:
    """`tables` by name, `events` by topic and id, `told` the ids by topic and key in the order of first coming."""

    tables: dict[str, list[Row]]
    events: dict[tuple[str, str], Any]
    told: dict[tuple[str, str], list[str]]
    notified: dict[str, Notified]


async def outcome_of(world: World) -> Outcome:
    tables = {name: [row async for row in _rows(world, name, columns)] for name, columns in await _columns(world)}
    records = await _published(world)
    events: dict[tuple[str, str], Any] = {}
    told: dict[tuple[str, str], list[str]] = {}
    for topic, key, event in records:
        same = events.setdefault((topic, event["id"]), event)
        assert same == event, f"{topic} tells {event['id']} with two bodies"
        ids = told.setdefault((topic, key), [])
        if event["id"] not in ids and event["type"] not in SETTLED:
            ids.append(event["id"])
    return Outcome(tables, events, told, await _notified(world))


def differences(calm: Outcome, hurt: Outcome) -> list[str]:
    """Every row, event and message in which a life that was hurt came to something else."""
    found = [
        f"{table}: {dict(row)} {n:+}"
        for table in calm.tables.keys() | hurt.tables.keys()
        for row, n in _surplus(calm.tables.get(table, []), hurt.tables.get(table, []))
    ]
    ids = calm.events.keys() | hurt.events.keys()
    found += [f"event {i}" for i in sorted(ids) if _seen(calm.events.get(i)) != _seen(hurt.events.get(i))]
    found += [f"order of {place}" for place in calm.told if calm.told[place] != hurt.told.get(place)]
    found += [f"message {i}" for i in calm.notified.keys() ^ hurt.notified.keys()]
    return found + [f"message {i}: {told}" for i, told in hurt.notified.items() if not _is_kept(told)]


def _surplus(calm: list[Row], hurt: list[Row]) -> Iterator[tuple[Row, int]]:
    counted = Counter(hurt)
    counted.subtract(calm)
    return ((row, n) for row, n in counted.items() if n)


def _seen(event: dict[str, Any] | None) -> object:
    """An event but for what says how often a message had to be tried."""
    return event and {**event, "data": {name: value for name, value in event["data"].items() if name != "repeated"}}


def _is_kept(told: Notified) -> bool:
    """Posted; twice only where the second one is marked as a possible repeat. None of them is one that may be lost."""
    return told.status == "sent" and told.unmarked <= 1 <= told.unmarked + told.marked and told.marked <= told.repeated


async def _columns(world: World) -> list[tuple[str, list[str]]]:
    rows = await world.pool.fetch(
        "SELECT table_name, array_agg(column_name::text ORDER BY ordinal_position) AS columns"
        " FROM information_schema.columns WHERE table_schema = $1 AND is_identity = 'NO' GROUP BY table_name",
        world.service.name,
    )
    found = [(row["table_name"], [c for c in row["columns"] if c not in OF_THE_MACHINE]) for row in rows]
    return [(name, columns) for name, columns in found if name not in OF_DELIVERY]


async def _rows(world: World, table: str, columns: list[str]) -> Any:
    for row in await world.pool.fetch(f"SELECT {', '.join(columns)} FROM {table}"):
        yield tuple((name, str(value)) for name, value in row.items() if name != "generation")


async def _published(world: World) -> list[tuple[str, str, dict[str, Any]]]:
    """What was published: (topic, key, event), in order for each key."""
    return [
        (record.topic.removeprefix(world.settings.topic_prefix), record.key.decode(), json.loads(record.value))
        for record in await world.read_published()
    ]


async def _notified(world: World) -> dict[str, Notified]:
    if world.service.name != "alerts":
        return {}
    posts = Counter(
        (message.metadata["event_payload"]["notification_id"], "repeat" in message.text)
        for message in world.slack.messages
    )
    rows = await world.pool.fetch("SELECT alert_id, sent_as, status, repeated FROM notification")
    return {row["alert_id"]: _told(row, posts) for row in rows}


def _told(row: asyncpg.Record, posts: Mapping[tuple[str, bool], int]) -> Notified:
    shown_as = row["sent_as"] or row["alert_id"]
    unmarked, marked = posts.get((shown_as, False), 0), posts.get((shown_as, True), 0)
    return Notified(row["status"], row["repeated"], unmarked, marked)
