"""What the simulated systems send: activities as their CloudEvents bytes, each with a trace context of its own."""

import json
import random
from dataclasses import dataclass
from datetime import datetime

from pydantic import JsonValue

from shared.topics import LEAD_ACTIVITY

Data = dict[str, JsonValue]


@dataclass(frozen=True, slots=True)
class Sending:
    """A record to be sent once the domain clock has reached `at`; a `Sendable` of the publisher."""

    at: datetime
    key: str
    value: bytes
    topic: str = LEAD_ACTIVITY


def seeded(name: str) -> random.Random:
    """A generator of its own for each thing that happens, so that one more changes none of the others."""
    return random.Random(name)  # noqa: S311 - a simulation, not a secret


def sending(
    rng: random.Random, source: str, kind: str, subject: str, at: datetime, data: Data, topic: str = LEAD_ACTIVITY
) -> Sending:
    """An event of a simulated system; its id and `traceparent` come from `rng`, so that a seed repeats them."""
    event = {
        "specversion": "1.0",
        "id": f"{rng.getrandbits(64):016x}",
        "source": source,
        "type": kind,
        "subject": subject,
        "time": at.isoformat(),
        "traceparent": f"00-{rng.getrandbits(128) | 1:032x}-{rng.getrandbits(64) | 1:016x}-01",
        "data": data,
    }
    return Sending(at, subject, json.dumps(event, ensure_ascii=False).encode(), topic)
