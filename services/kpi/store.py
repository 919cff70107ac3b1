"""Kpi's tables: the facts of each lead, and the rollup of counts."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import fields
from datetime import date
from typing import NamedTuple

from asyncpg import Record

from services.kpi.counting import Cell, Cost, Counts
from services.kpi.facts import DOCUMENT, NOTHING, Facts
from services.kpi.rules import CountingRules
from services.kpi.standing import ShownStage, Standing, standing
from services.kpi.views import LeadFilter
from shared.db import Connection
from shared.records import partition_of
from shared.topics import LEAD_PARTITIONS

_STANDINGS = (
    "SELECT lead_id, stage, cycle, team, owner, status, source, entered_at, idle_since, due_at, breached, stale,"
    " company, person, count(*) OVER () AS total FROM lead"
)
PlacedCounts = Counter[tuple[int, Cell]]
"""Counts by the partition of the lead (or campaign) that they come from."""


class Counted(NamedTuple):
    """A lead's facts, and the digest of the rules under which the rollup holds their counts."""

    facts: Facts
    under: str


async def load(connection: Connection, lead_ids: Sequence[str], under: str) -> dict[str, Counted]:
    """The leads, locked in order; nothing is known of a new one, which counts as nothing under any rules."""
    select = "SELECT lead_id, state, counted_under FROM lead WHERE lead_id = ANY($1::text[])"
    select += " ORDER BY lead_id FOR UPDATE"
    rows = await connection.fetch(select, lead_ids)
    if len(rows) < len(lead_ids):
        await connection.execute(
            "INSERT INTO lead (lead_id, counted_under) SELECT unnest($1::text[]), $2 ORDER BY 1 ON CONFLICT DO NOTHING",
            lead_ids,
            under,
        )
        rows = await connection.fetch(select, lead_ids)
    return {row["lead_id"]: Counted(_facts(row["state"]), row["counted_under"]) for row in rows}


def _facts(state: str | None) -> Facts:
    return DOCUMENT.validate_json(state) if state else NOTHING


async def save(connection: Connection, leads: Mapping[str, Facts], under: str) -> None:
    """Write the leads down, as counted under these rules."""
    now = [standing(lead_id, facts) for lead_id, facts in leads.items()]
    await connection.execute(
        "UPDATE lead SET state = k.state, in_hand = k.in_hand, waiting = k.waiting, stage = k.stage, cycle = k.cycle,"
        " team = k.team, owner = k.owner, status = k.status, source = k.source, entered_at = k.entered_at,"
        " idle_since = k.idle_since, due_at = k.due_at, breached = k.breached, stale = k.stale,"
        " company = k.company, person = k.person, counted_under = $18"
        " FROM unnest($1::text[], $2::boolean[], $3::boolean[], $4::text[], $5::text[], $6::integer[], $7::text[],"
        " $8::text[], $9::text[], $10::text[], $11::timestamptz[], $12::timestamptz[], $13::timestamptz[],"
        " $14::boolean[], $15::boolean[], $16::text[], $17::text[])"
        " AS k (state, in_hand, waiting, lead_id, stage, cycle, team, owner, status, source, entered_at, idle_since,"
        " due_at, breached, stale, company, person) WHERE lead.lead_id = k.lead_id",
        [DOCUMENT.dump_json(facts).decode() for facts in leads.values()],
        [lead.in_hand for lead in now],
        [lead.waiting for lead in now],
        *([getattr(lead, field.name) for lead in now] for field in fields(Standing)),
        under,
    )


async def keep_rules(connection: Connection, rules: CountingRules) -> None:
    """Keep the rules for as long as there are counts; to be called before any lead is counted under them."""
    if not await connection.fetchval("SELECT EXISTS (SELECT FROM rules WHERE digest = $1)", rules.digest):
        insert = "INSERT INTO rules (digest, document) VALUES ($1, $2) ON CONFLICT DO NOTHING"
        await connection.execute(insert, rules.digest, rules.document)


async def kept_rules(connection: Connection, digests: Iterable[str]) -> dict[str, str]:
    """The documents of rules by their digests."""
    rows = await connection.fetch("SELECT digest, document FROM rules WHERE digest = ANY($1::text[])", sorted(digests))
    return {row["digest"]: row["document"] for row in rows}


async def other_rules(connection: Connection, now: str) -> str | None:
    """Rules other than those now in force under which some lead stands counted; found in the index alone."""
    digest: str | None = await connection.fetchval(
        "SELECT coalesce((SELECT min(counted_under) FROM lead WHERE counted_under < $1),"
        " (SELECT min(counted_under) FROM lead WHERE counted_under > $1))",
        now,
    )
    return digest


async def waiting_for_recount(connection: Connection, now: str) -> int:
    """How many leads stand counted under other rules than those now in force."""
    if await other_rules(connection, now) is None:
        return 0
    rows: int = await connection.fetchval(
        "SELECT (SELECT count(*) FROM lead WHERE counted_under < $1)"
        " + (SELECT count(*) FROM lead WHERE counted_under > $1)",
        now,
    )
    return rows


async def counted_under(connection: Connection, digest: str, after: str, most: int) -> dict[str, Facts]:
    """The next leads by id that stand counted under these rules, locked in that order.

    Whoever waited for a lock sees the row as it is now: what somebody else has recounted meanwhile is left out.
    """
    rows = await connection.fetch(
        "SELECT lead_id, state FROM lead WHERE counted_under = $1 AND lead_id > $2 ORDER BY lead_id LIMIT $3"
        " FOR UPDATE",
        digest,
        after,
        most,
    )
    return {row["lead_id"]: _facts(row["state"]) for row in rows}


async def recounted(connection: Connection, lead_ids: Iterable[str], under: str) -> None:
    await connection.execute(
        "UPDATE lead SET counted_under = $2 WHERE lead_id = ANY($1::text[])", list(lead_ids), under
    )


class UndatedCost(NamedTuple):
    """A cost as it is kept, and the zone that gave it the day on which the rollup holds it."""

    seq: int
    partition: int
    cost: Cost
    zone: str


async def keep_costs(connection: Connection, costs: Iterable[tuple[str, Cost]], zone: str) -> None:
    """Keep costs by their campaigns that name no day, as counted in this zone."""
    await connection.executemany(
        "INSERT INTO undated_cost (partition, at, source, currency, hundredths, zone) VALUES ($1, $2, $3, $4, $5, $6)",
        [(place_of(campaign), cost.at, cost.source, cost.currency, cost.hundredths, zone) for campaign, cost in costs],
    )


async def costs_elsewhere(connection: Connection, zone: str, most: int) -> list[UndatedCost]:
    """The next costs that stand counted in another zone, locked in their order."""
    rows = await connection.fetch(
        "SELECT seq, partition, at, source, currency, hundredths, zone FROM undated_cost WHERE zone ="
        " coalesce((SELECT min(zone) FROM undated_cost WHERE zone < $1),"
        " (SELECT min(zone) FROM undated_cost WHERE zone > $1)) ORDER BY seq LIMIT $2 FOR UPDATE",
        zone,
        most,
    )
    return [_undated(row) for row in rows]


def _undated(row: Record) -> UndatedCost:
    cost = Cost(None, row["at"], row["source"], row["currency"], row["hundredths"])
    return UndatedCost(row["seq"], row["partition"], cost, row["zone"])


async def costs_recounted(connection: Connection, seqs: Iterable[int], zone: str) -> None:
    await connection.execute("UPDATE undated_cost SET zone = $2 WHERE seq = ANY($1::bigint[])", list(seqs), zone)


def placed(subject: str, counts: Counts) -> PlacedCounts:
    partition = place_of(subject)
    return Counter({(partition, cell): n for cell, n in counts.items()})


def place_of(subject: str) -> int:
    return partition_of(subject.encode(), LEAD_PARTITIONS)


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
