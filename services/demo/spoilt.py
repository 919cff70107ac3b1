"""Bad input as upstream systems really send it; each is refused, counted and kept, and the rest goes on."""

import json
import random
from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Final

from services.demo.company import WEB
from services.demo.records import Sending, seeded, sending

MISTAKES_A_DAY: Final = 12


def spoilt(seed: int, number: int, opening: datetime) -> Iterator[Sending]:
    """A working day's bad records: cut short, of the wrong type, without a zone, from the future, changed, repeated."""
    rng = seeded(f"{seed}:spoilt:{number}")
    for order in range(MISTAKES_A_DAY):
        at = opening + timedelta(minutes=rng.uniform(4, 500))
        yield from _mistake(rng, order % 6, f"lead-x{number:02d}{order:02d}", at)


def _mistake(rng: random.Random, kind: int, lead_id: str, at: datetime) -> Iterator[Sending]:
    good = sending(rng, WEB, "web.visited", lead_id, at, {"page": "product"})
    match kind:
        case 0:
            yield _with(good, good.value[: len(good.value) // 2])
        case 1:
            yield sending(rng, WEB, "profile.updated", lead_id, at, {"employees": "たくさん"})
        case 2:
            yield _with(good, _changed(good, time=f"{at:%Y-%m-%dT%H:%M:%S}"))
        case 3:
            yield _with(good, _changed(good, time=(at + timedelta(days=40)).isoformat()))
        case 4:
            yield good
            yield _with(good, _changed(good, data={"page": "pricing"}))
        case _:
            yield good
            yield good


def _with(record: Sending, value: bytes) -> Sending:
    return Sending(record.at, record.key, value, record.topic)


def _changed(record: Sending, **fields: object) -> bytes:
    return json.dumps({**json.loads(record.value), **fields}, ensure_ascii=False).encode()
