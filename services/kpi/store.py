"""Kpi's tables: the facts of each lead, and the rollup of counts."""

from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import date

from services.kpi.counting import Cell, Counts
from services.kpi.facts import DOCUMENT, NOTHING, Facts
from services.kpi.standing import ShownStage, Standing, standing
from services.kpi.views import LeadFilter
from shared.db import Connection
from shared.records import partition_of
from shared.topics import LEAD_PARTITIONS

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
        "UPDATE lead SET state = k.state, stage = k.stage, team = k.team, in_hand = k.in_hand,"
        " unassigned = k.unassigned"
        " FROM unnest($1::text[], $2::text[], $3::text[], $4::text[], $5::boolean[], $6::boolean[])"
        " AS k (lead_id, state, stage, team, in_hand, unassigned) WHERE lead.lead_id = k.lead_id",
        list(leads),
        [DOCUMENT.dump_json(facts).decode() for facts in leads.values()],
        [lead.stage for lead in now],
        [lead.team for lead in now],
        [lead.in_hand for lead in now],
        [lead.in_hand and lead.waiting for lead in now],
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
    rows = await connection.fetch("SELECT team, count(*) AS n FROM lead WHERE in_hand AND unassigned GROUP BY team")
    return {row["team"]: row["n"] for row in rows}


async def in_hand(connection: Connection) -> list[Standing]:
    """Where every lead stands on which somebody has to act."""
    rows = await connection.fetch("SELECT lead_id, state FROM lead WHERE in_hand")
    return [standing(row["lead_id"], DOCUMENT.validate_json(row["state"])) for row in rows]


async def chosen(connection: Connection, wanted: LeadFilter, limit: int) -> list[Standing]:
    """Leads of a stage and team, at most `limit`; the rest of the filter is the caller's."""
    rows = await connection.fetch(
        "SELECT lead_id, state FROM lead WHERE ($1 = '' OR stage = $1) AND ($2 = '' OR team = $2)"
        " AND state IS NOT NULL ORDER BY in_hand DESC, lead_id LIMIT $3",
        wanted.stage,
        wanted.team,
        limit,
    )
    return [standing(row["lead_id"], DOCUMENT.validate_json(row["state"])) for row in rows]


async def facts_of(connection: Connection, lead_id: str) -> Facts | None:
    state = await connection.fetchval("SELECT state FROM lead WHERE lead_id = $1", lead_id)
    return DOCUMENT.validate_json(state) if state else None
