"""Quarantine: what could not be handled, with its bytes, place and reason, until it is mended or its time comes."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

import asyncpg

from shared.db import Connection
from shared.records import Record


@dataclass(frozen=True, slots=True)
class Refused:
    """A record and why it was refused. `reason` is a short class for counting, `error` says what was expected."""

    record: Record
    reason: str
    error: str
    retry_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Kept:
    """A row of the quarantine."""

    id: int
    record: Record
    reason: str
    error: str
    status: str
    retry_at: datetime | None
    attempts: int
    created_at: datetime


async def add(connection: Connection, refused: Sequence[Refused]) -> None:
    """Keep records; one that is refused again, the same by its place and append time, is the same row."""
    if not refused:
        return
    await connection.executemany(
        'INSERT INTO quarantine (topic, partition, "offset", key, value, headers, appended_at, reason, error, status,'
        " retry_at) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)"
        ' ON CONFLICT (topic, partition, "offset", appended_at) DO UPDATE SET reason = excluded.reason,'
        " error = excluded.error, status = excluded.status, retry_at = excluded.retry_at, done_at = NULL,"
        " attempts = quarantine.attempts + 1",
        [_row(item) for item in refused],
    )


def _row(item: Refused) -> tuple[object, ...]:
    record = item.record
    headers = [[_storable(name), value.hex() if value is not None else None] for name, value in record.headers]
    status = "future" if item.retry_at else "open"
    return (
        record.topic,
        record.partition,
        record.offset,
        record.key,
        record.value,
        headers,
        record.appended_at,
        item.reason,
        _storable(item.error),
        status,
        item.retry_at,
    )


def _storable(text: str) -> str:
    """The text as Postgres takes it: a record must not be able to keep itself out of quarantine."""
    return text.replace("\0", "\N{REPLACEMENT CHARACTER}").encode("utf-8", "replace").decode()


async def claim_retry(connection: Connection, now: datetime) -> Kept | None:
    """A row to be driven again now, locked: released by hand, or held for a time that has come."""
    row = await connection.fetchrow(
        "SELECT * FROM quarantine WHERE status IN ('future', 'retry') AND retry_at <= $1"
        " ORDER BY retry_at, id LIMIT 1 FOR UPDATE SKIP LOCKED",
        now,
    )
    return _kept(row) if row else None


async def put_off(connection: Connection, row_id: int, length: timedelta) -> None:
    """Drive a row again only after so much machine time."""
    await connection.execute(
        "UPDATE quarantine SET retry_at = baton.domain_at(clock_timestamp() + $2::interval), attempts = attempts + 1"
        " WHERE id = $1 AND status IN ('future', 'retry')",
        row_id,
        length,
    )


async def settle(connection: Connection, ids: Sequence[int]) -> None:
    await connection.execute(
        "UPDATE quarantine SET status = 'done', done_at = clock_timestamp(), attempts = attempts + 1"
        " WHERE id = ANY($1::bigint[])",
        ids,
    )


async def forget_done(connection: Connection, kept: timedelta) -> None:
    """Delete what has been done for longer than that: it may hold what people wrote about themselves."""
    await connection.execute(
        "DELETE FROM quarantine WHERE status = 'done' AND done_at < clock_timestamp() - $1::interval", kept
    )


async def release(connection: Connection, ids: Sequence[int] | None) -> list[int]:
    """Ask the consumer that refused them to try again; all open ones where no ids are given."""
    rows = await connection.fetch(
        "UPDATE quarantine SET status = 'retry', retry_at = baton.domain_now()"
        " WHERE status IN ('open', 'future') AND ($1::bigint[] IS NULL OR id = ANY($1)) RETURNING id",
        ids,
    )
    return sorted(row["id"] for row in rows)


async def listing(connection: Connection, *, status: str | None, limit: int) -> list[Kept]:
    rows = await connection.fetch(
        "SELECT * FROM quarantine WHERE $1::text IS NULL OR status = $1 ORDER BY id LIMIT $2",
        status,
        limit,
    )
    return [_kept(row) for row in rows]


async def find(connection: Connection, row_id: int) -> Kept | None:
    row = await connection.fetchrow("SELECT * FROM quarantine WHERE id = $1", row_id)
    return _kept(row) if row else None


async def counts(connection: Connection) -> dict[str, int]:
    rows = await connection.fetch("SELECT status, count(*) AS n FROM quarantine GROUP BY status")
    return {"open": 0, "future": 0, "retry": 0, "done": 0} | {row["status"]: row["n"] for row in rows}


def _kept(row: "asyncpg.Record") -> Kept:
    headers = [(name, bytes.fromhex(value) if value is not None else None) for name, value in row["headers"]]
    record = Record(
        row["topic"], row["partition"], row["offset"], row["key"], row["value"], headers, row["appended_at"]
    )
    return Kept(
        row["id"],
        record,
        row["reason"],
        row["error"],
        row["status"],
        row["retry_at"],
        row["attempts"],
        row["created_at"],
    )
