"""Scoring's tables: the leads' checkpoints and the append-only log of activities."""

from collections.abc import AsyncIterator, Iterable, Mapping, Sequence
from datetime import datetime

import msgspec

from services.scoring.state import LeadScore
from shared import inbox
from shared.db import Connection
from shared.events import Event, decode
from shared.inbox import Admission, Received

_decode_state = msgspec.json.Decoder(LeadScore).decode
_encode_state = msgspec.json.Encoder().encode


async def load(connection: Connection, lead_ids: Sequence[str]) -> dict[str, LeadScore]:
    """The states of the leads, locked in order; a new lead has an empty one."""
    select = "SELECT lead_id, state FROM lead WHERE lead_id = ANY($1::text[]) ORDER BY lead_id FOR UPDATE"
    rows = await connection.fetch(select, lead_ids)
    if len(rows) < len(lead_ids):
        await connection.execute(
            "INSERT INTO lead (lead_id) SELECT unnest($1::text[]) ORDER BY 1 ON CONFLICT DO NOTHING", lead_ids
        )
        rows = await connection.fetch(select, lead_ids)
    return {row["lead_id"]: _decode_state(row["state"]) if row["state"] else LeadScore() for row in rows}


async def save(connection: Connection, states: Mapping[str, LeadScore]) -> None:
    await connection.execute(
        "UPDATE lead SET state = k.state, score_version = k.version"
        " FROM unnest($1::text[], $2::text[], $3::bigint[]) AS k (lead_id, state, version)"
        " WHERE lead.lead_id = k.lead_id",
        list(states),
        [_encode_state(state).decode() for state in states.values()],
        [state.version for state in states.values()],
    )


async def admit(connection: Connection, received: Sequence[Received]) -> Admission:
    """Append activities to the log; what is there already is a duplicate, or with another body a conflict."""
    batch = inbox.first_of_each(received)
    leads = [item.event.subject for item in batch.fresh]
    sources = [item.event.source for item in batch.fresh]
    ids = [item.event.id for item in batch.fresh]
    inserted = await connection.execute(
        "INSERT INTO activity (lead_id, source, id, body, body_hash)"
        " SELECT lead_id, source, id, body, body_hash"
        " FROM unnest($1::text[], $2::text[], $3::text[], $4::bytea[], $5::bytea[])"
        " WITH ORDINALITY AS k (lead_id, source, id, body, body_hash, place) ORDER BY place"
        " ON CONFLICT DO NOTHING",
        leads,
        sources,
        ids,
        [_body(item) for item in batch.fresh],
        [item.record.body_hash for item in batch.fresh],
    )
    if inbox.rows_of(inserted) == len(batch.fresh):
        return batch
    rows = await connection.fetch(
        "SELECT source, id, body_hash, activity.xmin = pg_current_xact_id()::xid AS is_ours FROM activity"
        " JOIN unnest($1::text[], $2::text[], $3::text[]) AS k (lead_id, source, id) USING (lead_id, source, id)",
        leads,
        sources,
        ids,
    )
    return inbox.settled(batch, rows)


def _body(item: Received) -> bytes:
    """The record's own bytes in structured mode; a record in binary mode is kept as structured."""
    binary = any(name.startswith("ce_") for name, _ in item.record.headers)
    return item.event.encode() if binary or item.record.value is None else item.record.value


async def history(connection: Connection, lead_ids: Iterable[str]) -> dict[str, list[Event]]:
    """All activities of the leads, in the order in which they were read."""
    wanted = sorted(lead_ids)
    found: dict[str, list[Event]] = {lead_id: [] for lead_id in wanted}
    if wanted:
        rows = await connection.fetch(
            "SELECT lead_id, body FROM activity WHERE lead_id = ANY($1::text[]) ORDER BY seq", wanted
        )
        for row in rows:
            found[row["lead_id"]].append(decode(row["body"]))
    return found


async def find(connection: Connection, lead_id: str) -> LeadScore | None:
    """The lead's checkpoint, to be read only; None where there is none."""
    state = await connection.fetchval("SELECT state FROM lead WHERE lead_id = $1", lead_id)
    return _decode_state(state) if state else None


async def known(connection: Connection, after: str, most: int) -> list[str]:
    """The ids of leads in their order, so many of those that come after one."""
    rows = await connection.fetch("SELECT lead_id FROM lead WHERE lead_id > $1 ORDER BY lead_id LIMIT $2", after, most)
    return [row["lead_id"] for row in rows]


async def recorded(connection: Connection, since: datetime | None) -> AsyncIterator[bytes]:
    """The bodies of all activities read since a machine time, in the order in which they were read."""
    query = "SELECT body FROM activity WHERE $1::timestamptz IS NULL OR read_at >= $1 ORDER BY seq"
    async with connection.transaction():
        async for row in connection.cursor(query, since):
            yield row["body"]


async def unpublished(connection: Connection, limit: int, held: Sequence[str]) -> dict[str, LeadScore]:
    """Leads whose newest score has not been published, and was not within the last second; none that are held."""
    rows = await connection.fetch(
        "SELECT lead_id, state FROM lead WHERE score_version > published_version"
        " AND (published_at IS NULL OR published_at < clock_timestamp() - interval '1 second')"
        " AND lead_id NOT IN (SELECT unnest($2::text[])) ORDER BY published_at NULLS FIRST LIMIT $1",
        limit,
        held,
    )
    return {row["lead_id"]: _decode_state(row["state"]) for row in rows}


async def published(connection: Connection, versions: Mapping[str, int]) -> None:
    await connection.execute(
        "SELECT FROM lead WHERE lead_id = ANY($1::text[]) ORDER BY lead_id FOR UPDATE", list(versions)
    )
    await connection.execute(
        "UPDATE lead SET published_version = k.version, published_at = clock_timestamp()"
        " FROM unnest($1::text[], $2::bigint[]) AS k (lead_id, version) WHERE lead.lead_id = k.lead_id",
        list(versions),
        list(versions.values()),
    )
