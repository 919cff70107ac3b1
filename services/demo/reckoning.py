"""Whether anything was lost: what stands in Kafka against what scoring recorded, refused, or knew already."""

import asyncio
import re
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

import aiohttp

from services.scoring.store import recorded
from shared import db, positions, quarantine
from shared.clock import monotonic_seconds
from shared.kafka import KafkaLogs
from shared.topics import LEAD_ACTIVITY, LEAD_PARTITIONS

PATIENCE_SECONDS: Final = 20.0
MOST_REFUSED: Final = 100_000
_DUPLICATES: Final = re.compile(
    r'^baton_records_duplicate_total\{[^}]*topic="lead\.activity\.v1"[^}]*\} (\S+)$', re.MULTILINE
)


@dataclass(frozen=True, slots=True)
class Reckoning:
    """Counts of activities. `published` is what Kafka holds; nothing of it may be missing from the others."""

    published: int
    recorded: int
    duplicates: int
    quarantined: Mapping[str, int]

    @property
    def lost(self) -> int:
        return self.published - self.recorded - self.duplicates - sum(self.quarantined.values())


async def reckon(kafka: str, dsn: str, scoring_url: str) -> Reckoning:
    """Wait until scoring has read everything, then count. Raises OSError, KafkaError or a database error."""
    logs = KafkaLogs(kafka, "", {LEAD_ACTIVITY: LEAD_PARTITIONS})
    await logs.start()
    pool = await db.connect(dsn, "scoring", most=1)
    try:
        return await _count(logs, pool, scoring_url)
    finally:
        await logs.stop()
        await db.close(pool)


async def _count(logs: KafkaLogs, pool: db.Pool, scoring_url: str) -> Reckoning:
    async with pool.acquire() as connection:
        ends = await _when_read(logs, connection)
        begins = await logs.beginnings(ends)
        rows = 0
        async for _ in recorded(connection, None):
            rows += 1
        kept = await quarantine.listing(connection, status=None, limit=MOST_REFUSED)
    refused = Counter(row.reason for row in kept if row.status != "done" and row.record.topic == LEAD_ACTIVITY)
    published = sum(ends.values()) - sum(begins.values())
    return Reckoning(published, rows, await _duplicates(scoring_url), refused)


async def _when_read(logs: KafkaLogs, connection: db.Connection) -> dict[positions.Place, int]:
    until = monotonic_seconds() + PATIENCE_SECONDS
    while True:
        ends = await logs.ends()
        reached = await positions.read(connection, [LEAD_ACTIVITY])
        if all(reached.get(place, 0) >= end for place, end in ends.items()) or monotonic_seconds() > until:
            return ends
        await asyncio.sleep(0.2)


async def _duplicates(scoring_url: str) -> int:
    async with aiohttp.ClientSession() as session, session.get(f"{scoring_url}/metrics") as answer:
        return sum(int(float(value)) for value in _DUPLICATES.findall(await answer.text()))
