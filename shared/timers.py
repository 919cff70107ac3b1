"""Timers are rows; firing one is a transaction that deletes it, changes the state, and sets the next.

One timer per subject: its state knows what is due. A timer is moved earlier at once, and later only when it fires.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from shared.db import Connection


@dataclass(frozen=True, slots=True)
class Timer:
    """`held`: it was due already and waits until our reading has caught up."""

    kind: str
    subject: str
    due_at: datetime
    held: bool = False


async def save(connection: Connection, timers: Sequence[Timer]) -> None:
    if not timers:
        return
    ordered = sorted(timers, key=lambda t: (t.kind, t.subject))
    await connection.execute(
        "INSERT INTO timer (kind, subject, due_at, held)"
        " SELECT * FROM unnest($1::text[], $2::text[], $3::timestamptz[], $4::boolean[])"
        " ON CONFLICT (kind, subject) DO UPDATE"
        " SET due_at = excluded.due_at, held = excluded.held, generation = timer.generation + 1"
        " WHERE excluded.due_at < timer.due_at",
        [t.kind for t in ordered],
        [t.subject for t in ordered],
        [t.due_at for t in ordered],
        [t.held for t in ordered],
    )


async def due(
    connection: Connection, now: datetime, *, caught_up: bool, after: Timer | None, limit: int
) -> list[Timer]:
    """What is due at `now`, in due order, without locks; a held timer only when our reading has caught up.

    Each case is a statement of its own: a plan for all of them would read every page from the first timer on.
    """
    select = "SELECT kind, subject, due_at, held FROM timer WHERE due_at <= $1"
    if not caught_up:
        select += " AND NOT held"
    order = " ORDER BY due_at, kind, subject LIMIT $2"
    if after is None:
        rows = await connection.fetch(select + order, now, limit)
    else:
        beyond = " AND (due_at, kind, subject) > ($3, $4, $5)"
        rows = await connection.fetch(select + beyond + order, now, limit, after.due_at, after.kind, after.subject)
    return [Timer(row["kind"], row["subject"], row["due_at"], row["held"]) for row in rows]


async def claim(connection: Connection, kind: str, subjects: Sequence[str], now: datetime) -> list[str]:
    rows = await connection.fetch(
        "DELETE FROM timer WHERE kind = $1 AND subject = ANY($2::text[]) AND due_at <= $3 RETURNING subject, due_at",
        kind,
        subjects,
        now,
    )
    return [row["subject"] for row in sorted(rows, key=lambda row: (row["due_at"], row["subject"]))]


async def next_due_at(connection: Connection) -> datetime | None:
    """When the next timer that nobody holds is due."""
    due_at: datetime | None = await connection.fetchval("SELECT min(due_at) FROM timer WHERE NOT held")
    return due_at


async def backlog(connection: Connection, now: datetime) -> tuple[int, int]:
    """(due and not fired, of these held)."""
    row = await connection.fetchrow(
        "SELECT count(*) AS due, count(*) FILTER (WHERE held) AS held FROM timer WHERE due_at <= $1", now
    )
    return (row["due"], row["held"]) if row else (0, 0)
