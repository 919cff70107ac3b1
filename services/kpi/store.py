"""Kpi's tables: the facts of each lead, and the rollup of counts."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import fields
from datetime import date

from asyncpg import Record

from services.kpi.counting import Cell, Counts
from services.kpi.facts import DOCUMENT, NOTHING, Facts
from services.kpi.standing import ShownStage, Standing, standing
from services.kpi.views import LeadFilter
from shared.db import Connection
from shared.records import partition_of
from shared.topics import LEAD_PARTITIONS

_STANDINGS = (
    "SELECT lead_id, stage, cycle, team, owner, status, source, entered_at, idle_since, due_at, breached, stale,"
    " count(*) OVER () AS total FROM lead"
)
PlacedCounts = dict[tuple[int, Cell], int]
"""Counts by the partition of the lead (or campaign) that they come from."""


async def load(connection: Connection, lead_ids: Sequence[str]) -> dict[str, Facts]:
    """The facts of the leads, locked in order; nothing is known of a new one."""
    select = "SELECT lead_id, state FROM lead WHERE lead_id = ANY($1::text[]) ORDER BY lead_id FOR UPDATE"
    rows = await connection.fetch(select, lead_ids)
    if len(rows) < len(lead_ids):
        await connection.execute(
            "INSERT INTO lead (lead_id) SELECT unnest($1::text[]) ORDER BY 1 ON CONFLICT DO NOTHING", lead_ids
        )
        rows = await connection.fetch(select, lead_ids)
    return {row["lead_id"]: DOCUMENT.validate_json(row["state"]) if row["state"] else NOTHING for row in rows}


async def save(connection: Connection, leads: Mapping[str, Facts]) -> None:
    now = [standing(lead_id, facts) for lead_id, facts in leads.items()]
    await connection.execute(
        "UPDATE lead SET state = k.state, in_hand = k.in_hand, waiting = k.waiting, stage = k.stage, cycle = k.cycle,"
        " team = k.team, owner = k.owner, status = k.status, source = k.source, entered_at = k.entered_at,"
        " idle_since = k.idle_since, due_at = k.due_at, breached = k.breached, stale = k.stale"
        " FROM unnest($1::text[], $2::boolean[], $3::boolean[], $4::text[], $5::text[], $6::integer[], $7::text[],"
        " $8::text[], $9::text[], $10::text[], $11::timestamptz[], $12::timestamptz[], $13::timestamptz[],"
        " $14::boolean[], $15::boolean[])"
        " AS k (state, in_hand, waiting, lead_id, stage, cycle, team, owner, status, source, entered_at, idle_since,"
        " due_at, breached, stale) WHERE lead.lead_id = k.lead_id",
        [DOCUMENT.dump_json(facts).decode() for facts in leads.values()],
        [lead.in_hand for lead in now],
        [lead.waiting for lead in now],
        *([getattr(lead, field.name) for lead in now] for field in fields(Standing)),
    )


def placed(subject: str, counts: Counts) -> PlacedCounts:
    partition = partition_of(subject.encode(), LEAD_PARTITIONS)
    return {(partition, cell): n for cell, n in counts.items()}


async def add(connection: Connection, counts: Mapping[tuple[int, Cell], int]) -> None:
    """Add to the rollup, row by row in key order, so that no two transactions wait for each other crosswise."""
    rows = sorted((partition, *cell, n) for (partition, cell), n in counts.items() if n)
    if not rows:
        return
    await connection.execute(
        "INSERT INTO rollup AS r (partition, day, metric, source, team, rep, n)"
        " SELECT * FROM unnest($1::integer[], $2::date[], $3::text[], $4::text[], $5::text[], $6::text[], $7::bigint[])"
        " ON CONFLICT (partition, day, metric, source, team, rep) DO UPDATE SET n = r.n + excluded.n",
        *(list(column) for column in zip(*rows, strict=True)),
    )


async def read_counts(connection: Connection, since: date | None = None) -> Counts:
    rows = await connection.fetch(
        "SELECT day, metric, source, team, rep, sum(n)::bigint AS n FROM rollup"
        " WHERE $1::date IS NULL OR day >= $1 GROUP BY day, metric, source, team, rep",
        since,
    )
    return Counter(
        {Cell(row["day"], row["metric"], row["source"], row["team"], row["rep"]): row["n"] for row in rows if row["n"]}
    )


async def stage_counts(connection: Connection) -> Counter[ShownStage]:
    rows = await connection.fetch("SELECT stage, count(*) AS n FROM lead GROUP BY stage")
    return Counter({row["stage"]: row["n"] for row in rows})


async def unassigned_by_team(connection: Connection) -> dict[str, int]:
    rows = await connection.fetch("SELECT team, count(*) AS n FROM lead WHERE in_hand AND waiting GROUP BY team")
    return {row["team"]: row["n"] for row in rows}


async def in_hand(connection: Connection) -> list[Standing]:
    """Where every lead stands on which somebody has to act."""
    return _standings(await connection.fetch(_STANDINGS + " WHERE in_hand"))


async def chosen(connection: Connection, wanted: LeadFilter, limit: int) -> tuple[list[Standing], int]:
    """The leads behind a number, breached and longest idle first, at most `limit`; and how many there are."""
    where = (
        " WHERE ($1 = '' OR stage = $1) AND ($2 = '' OR team = $2) AND ($3 = '' OR owner = $3)"
        " AND NOT ($4 AND owner <> '') AND NOT ($5 AND NOT breached) AND NOT ($6 AND NOT waiting)"
    )
    values = (wanted.stage, wanted.team, wanted.owner, wanted.unowned, wanted.breached, wanted.waiting)
    worst = f" ORDER BY in_hand DESC, breached DESC, idle_since, lead_id LIMIT {limit:d}"
    rows = await connection.fetch(_STANDINGS + where + worst, *values)
    return _standings(rows), rows[0]["total"] if rows else 0


def _standings(rows: Iterable[Record]) -> list[Standing]:
    names = [field.name for field in fields(Standing)]
    return [Standing(**{name: row[name] for name in names}) for row in rows]


async def facts_of(connection: Connection, lead_id: str) -> Facts | None:
    state = await connection.fetchval("SELECT state FROM lead WHERE lead_id = $1", lead_id)
    return DOCUMENT.validate_json(state) if state else None
