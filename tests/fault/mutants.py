"""Records that are nearly activities: good ones, mutilated by a seeded hand."""

import json
import random
from collections.abc import Callable, Iterator

from shared.events import type_registry
from shared.events.catalogue import golden
from shared.events.catalogue.topics import is_from_outside

ACTIVITIES = sorted(name for name, model in type_registry.items() if is_from_outside(model.topic))
NASTY: list[object] = [
    None, True, -1, 0.5, 1e308, 2**70, -(2**70), "", "\0", "\u202e", "a" * 5000, [], {}, [[[[]]]], {"": {"": {}}},
    "2026-02-30T00:00:00Z", "9999-12-31T23:59:59-14:00", json.loads("[" * 40 + "]" * 40),
]  # fmt: skip
NASTY_BYTES = [
    b"NaN",
    b"-Infinity",
    b"1e999",
    rb'"\ud800"',
    b"\xff",
    b"[" * 500,
    b'{"":' * 500,
    b'"',
    b"\\",
    b"\0",
    b"",
]


def mutants(rng: random.Random, count: int) -> Iterator[bytes]:
    """So many records, each made of a golden activity with an id of its own."""
    for number in range(count):
        event = json.loads(golden(rng.choice(ACTIVITIES))) | {"id": f"m-{number}"}
        yield rng.choice(WAYS)(rng, event)


def _another_value(rng: random.Random, event: dict[str, object]) -> bytes:
    inside = event if rng.random() < 0.5 else event["data"]
    assert isinstance(inside, dict)
    inside[rng.choice([*inside, "own"])] = rng.choice(NASTY)
    return json.dumps(event).encode()


def _without_a_field(rng: random.Random, event: dict[str, object]) -> bytes:
    del event[rng.choice(list(event))]
    return json.dumps(event).encode()


def _cut_off(rng: random.Random, event: dict[str, object]) -> bytes:
    body = json.dumps(event).encode()
    return body[: rng.randrange(len(body))]


def _other_bytes(rng: random.Random, event: dict[str, object]) -> bytes:
    body = bytearray(json.dumps(event).encode())
    for _ in range(rng.randrange(1, 6)):
        body[rng.randrange(len(body))] = rng.randrange(256)
    return bytes(body)


def _nasty_bytes(rng: random.Random, event: dict[str, object]) -> bytes:
    body = json.dumps(event).encode()
    start = rng.randrange(len(body))
    return body[:start] + rng.choice(NASTY_BYTES) + body[start + rng.randrange(8) :]


def _no_object(rng: random.Random, _: dict[str, object]) -> bytes:
    return json.dumps(rng.choice(NASTY)).encode()


WAYS: list[Callable[[random.Random, dict[str, object]], bytes]] = [
    _another_value, _without_a_field, _cut_off, _other_bytes, _nasty_bytes, _no_object,
]  # fmt: skip


def of_many_keys(count: int) -> bytes:
    """An activity whose data has so many fields."""
    event = json.loads(golden("web.visited")) | {"id": "many", "data": {f"{number:x}": 0 for number in range(count)}}
    return json.dumps(event, separators=(",", ":")).encode()
