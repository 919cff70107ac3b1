"""Routing's tables: the leads with their handoffs and clocks, the desk of pools and reps, the record of decisions."""

import json
from collections.abc import Iterable, Mapping, Sequence
from typing import Literal

from pydantic import TypeAdapter

from services.routing.accounts import Holder, account_of
from services.routing.desk import Desk, PoolState, RepState
from services.routing.giving import unable
from services.routing.records import Record
from services.routing.rules import RoutingRules
from services.routing.state import LeadRouting
from shared.db import Connection
from shared.events import Event, decode
from shared.events.derived import ActionRefused, ClockEvent, HandoverIncomplete, OwnerBypassed

_STATE = TypeAdapter(LeadRouting)
_POOL = TypeAdapter(PoolState)
_REP = TypeAdapter(RepState)
DRAINED_AT_ONCE = 200
STORY = (ClockEvent, OwnerBypassed, ActionRefused, HandoverIncomplete)
"""What is told once and stands in no state."""
_RECORD = TypeAdapter(Record)


async def load(connection: Connection, lead_ids: Sequence[str]) -> dict[str, LeadRouting]:
    """The states of the leads, locked in order; a new lead has an empty one."""
    select = "SELECT lead_id, state FROM lead WHERE lead_id = ANY($1::text[]) ORDER BY lead_id FOR UPDATE"
    rows = await connection.fetch(select, lead_ids)
    if len(rows) < len(lead_ids):
        await connection.execute(
            "INSERT INTO lead (lead_id) SELECT unnest($1::text[]) ORDER BY 1 ON CONFLICT DO NOTHING", lead_ids
        )
        rows = await connection.fetch(select, lead_ids)
    return {
        row["lead_id"]: _STATE.validate_json(row["state"]) if row["state"] else LeadRouting(row["lead_id"])
        for row in rows
    }


async def save(connection: Connection, states: Mapping[str, LeadRouting], rules: RoutingRules) -> None:
    held = [state.open_handoff for state in states.values()]
    waiting = [state.waiting for state in states.values()]
    await connection.execute(
        "UPDATE lead SET state = k.state, team = k.team, owner_id = k.owner_id, waiting_pool = k.waiting_pool,"
        " waiting_since = k.waiting_since, waiting_place = k.waiting_place, waiting_had = k.waiting_had::jsonb,"
        " waiting_priority = k.waiting_priority,"
        " account = k.account, owned_since = k.owned_since, has_opportunity = k.has_opportunity"
        " FROM unnest($1::text[], $2::text[], $3::text[], $4::text[], $5::text[], $6::timestamptz[], $7::integer[],"
        " $8::text[], $9::text[], $10::timestamptz[], $11::boolean[], $12::integer[])"
        " AS k (lead_id, state, team, owner_id, waiting_pool, waiting_since, waiting_place, waiting_had, account,"
        " owned_since, has_opportunity, waiting_priority)"
        " WHERE lead.lead_id = k.lead_id",
        list(states),
        [_STATE.dump_json(state).decode() for state in states.values()],
        [handoff.team if handoff else None for handoff in held],
        [handoff.owner if handoff else None for handoff in held],
        [handoff.pool if handoff else None for handoff in waiting],
        [handoff.decided_at if handoff else None for handoff in waiting],
        [handoff.place if handoff else None for handoff in waiting],
        [json.dumps(sorted(unable(rules, handoff))) if handoff else None for handoff in waiting],
        [account_of(state, rules.accounts) for state in states.values()],
        [handoff.decided_at if handoff else None for handoff in held],
        [state.standing.stage == "opportunity" for state in states.values()],
        [handoff.priority if handoff else None for handoff in waiting],
    )


async def find(connection: Connection, lead_id: str) -> LeadRouting | None:
    state = await connection.fetchval("SELECT state FROM lead WHERE lead_id = $1", lead_id)
    return _STATE.validate_json(state) if state else None


async def with_clocks_of_others(connection: Connection, version: str, after: str, most: int) -> list[str]:
    """The ids of leads in their order, so many of those after one, that have a running or paused clock of another
    version of the playbook."""
    rows = await connection.fetch(
        "SELECT lead_id FROM lead WHERE lead_id > $2 AND owner_id IS NOT NULL AND EXISTS"
        " (SELECT FROM jsonb_array_elements(state::jsonb -> 'clocks') AS clock WHERE clock ->> 'playbook' <> $1"
        " AND clock ->> 'status' <> 'breached' AND clock ->> 'closed_at' IS NULL) ORDER BY lead_id LIMIT $3",
        version,
        after,
        most,
    )
    return [row["lead_id"] for row in rows]


async def waiting_in(connection: Connection, pool_id: str, present: Sequence[str] | None) -> list[str]:
    """The leads that wait in the pool and that somebody of those present may have, in their order, so many at once and
    without locks. None: whoever is there, because the pool is gone."""
    rows = await connection.fetch(
        "SELECT lead_id FROM lead WHERE waiting_pool = $1 AND ($2::jsonb IS NULL OR NOT waiting_had @> $2)"
        " ORDER BY waiting_priority DESC, waiting_since, waiting_place LIMIT $3",
        pool_id,
        None if present is None else list(present),
        DRAINED_AT_ONCE,
    )
    return [row["lead_id"] for row in rows]


async def unable_of_waiting(connection: Connection, pool_id: str) -> list[frozenset[str]]:
    """Who may not have the leads that wait in the pool: each different set of reps once."""
    rows = await connection.fetch("SELECT DISTINCT waiting_had FROM lead WHERE waiting_pool = $1", pool_id)
    return [frozenset(row["waiting_had"] or ()) for row in rows]


async def wake_pools(connection: Connection) -> None:
    """Look at every pool with waiting leads anew: a playbook may have given it room, or done away with it. Who may not
    have them is found by its rules: somebody may have learned what a lead needs."""
    await connection.execute(
        "WITH waiting AS (SELECT lead_id FROM routing.lead WHERE waiting_pool IS NOT NULL ORDER BY lead_id FOR UPDATE)"
        " UPDATE routing.lead SET waiting_had = '[]' FROM waiting WHERE lead.lead_id = waiting.lead_id"
    )
    await connection.execute(
        "INSERT INTO routing.timer (kind, subject, due_at)"
        " SELECT DISTINCT 'pool', waiting_pool, baton.domain_now() FROM routing.lead WHERE waiting_pool IS NOT NULL"
        " ON CONFLICT (kind, subject) DO UPDATE SET due_at = excluded.due_at WHERE timer.due_at > excluded.due_at"
    )


async def lock_desk(connection: Connection, rules: RoutingRules) -> Desk:
    """All pools, then all reps of the playbook, locked in order. Lock the leads before."""
    await connection.execute(
        "INSERT INTO pool (pool_id) SELECT unnest($1::text[]) ORDER BY 1 ON CONFLICT DO NOTHING", list(rules.pools)
    )
    await connection.execute(
        "INSERT INTO rep (rep_id) SELECT unnest($1::text[]) ORDER BY 1 ON CONFLICT DO NOTHING", list(rules.reps)
    )
    return await _desk(connection, "FOR UPDATE")


async def look_at_desk(connection: Connection) -> Desk:
    """All pools and reps as they stand, without locks: to choose by, not to decide by."""
    return await _desk(connection, "")


async def _desk(connection: Connection, lock: Literal["FOR UPDATE", ""]) -> Desk:
    pools = await connection.fetch(f"SELECT pool_id, state FROM pool ORDER BY pool_id {lock}")  # noqa: S608
    reps = await connection.fetch(f"SELECT rep_id, state FROM rep ORDER BY rep_id {lock}")  # noqa: S608
    return Desk(
        pools={row["pool_id"]: _POOL.validate_json(row["state"]) for row in pools if row["state"]},
        reps={row["rep_id"]: _REP.validate_json(row["state"]) for row in reps if row["state"]},
    )


async def load_accounts(connection: Connection, desk: Desk, accounts: Iterable[str]) -> None:
    """Put on the desk who holds the leads of these accounts; owners change under the lock of the desk only."""
    # When a person named the owner stands in the state alone, which is large: it is read where it says so.
    rows = await connection.fetch(
        "SELECT account, lead_id, team, owner_id, owned_since, has_opportunity,"
        ' CASE WHEN strpos(state, \'"named_at":"\') > 0 THEN state END AS named FROM lead'
        " WHERE account = ANY($1::text[]) AND owner_id IS NOT NULL",
        sorted(set(accounts)),
    )
    for row in rows:
        held = _STATE.validate_json(row["named"]).open_handoff if row["named"] else None
        holder = Holder(
            row["lead_id"],
            row["team"],
            row["owner_id"],
            row["owned_since"],
            row["has_opportunity"],
            held.named_at if held else None,
        )
        desk.accounts.put(row["account"], holder)


async def save_desk(connection: Connection, desk: Desk) -> None:
    """Write what has changed of the desk."""
    await connection.executemany(
        "INSERT INTO pool (pool_id, state) VALUES ($1, $2) ON CONFLICT (pool_id) DO UPDATE SET state = excluded.state",
        [(pool_id, _POOL.dump_json(desk.pools[pool_id]).decode()) for pool_id in sorted(desk.changed_pools)],
    )
    await connection.executemany(
        "INSERT INTO rep (rep_id, state) VALUES ($1, $2) ON CONFLICT (rep_id) DO UPDATE SET state = excluded.state",
        [(rep_id, _REP.dump_json(desk.reps[rep_id]).decode()) for rep_id in sorted(desk.changed_reps)],
    )


async def record(connection: Connection, records: Iterable[Record]) -> None:
    await connection.executemany(
        "INSERT INTO decision (lead_id, kind, team, cycle, attempt, pool, seq, chosen, decided_at, record)"
        " VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)",
        [
            (r.lead, r.kind, r.team, r.cycle, r.attempt, r.pool, r.seq, r.chosen, r.decided_at, _json(r))
            for r in records
        ],
    )


async def decisions(connection: Connection, lead_id: str | None = None) -> list[Record]:
    """The recorded decisions, in the order in which they were made: of one lead, or of all."""
    rows = await connection.fetch(
        "SELECT record FROM decision WHERE $1::text IS NULL OR lead_id = $1 ORDER BY id", lead_id
    )
    return [_RECORD.validate_json(row["record"]) for row in rows]


async def keep_told(connection: Connection, events: Iterable[Event]) -> None:
    """Keep what the story of a lead tells later."""
    kept = [event for event in events if isinstance(event.data, STORY)]
    if kept:
        await connection.execute(
            "INSERT INTO told (lead_id, body) SELECT lead_id, body FROM unnest($1::text[], $2::bytea[])"
            " WITH ORDINALITY AS k (lead_id, body, place) ORDER BY place",
            [event.subject for event in kept],
            [event.encode() for event in kept],
        )


async def told(connection: Connection, lead_id: str) -> list[Event]:
    """What was told of the lead's clocks and of what was not followed, in the order in which it was decided."""
    rows = await connection.fetch("SELECT body FROM told WHERE lead_id = $1 ORDER BY id", lead_id)
    return [decode(row["body"]) for row in rows]


async def waiting_by_pool(connection: Connection) -> list[tuple[str, str, int]]:
    """(team, pool, leads that wait)."""
    rows = await connection.fetch(
        "SELECT team, waiting_pool, count(*) AS n FROM lead WHERE waiting_pool IS NOT NULL GROUP BY team, waiting_pool"
    )
    return [(row["team"], row["waiting_pool"], row["n"]) for row in rows]


def _json(decided: Record) -> str:
    return _RECORD.dump_json(decided).decode()
