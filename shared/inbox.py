"""The inbox: which events a consumer has taken in. The same event twice counts once; the same id with another body is
a conflict that somebody must see."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from shared.db import Connection, Row
from shared.events import Event
from shared.records import Record

Identity = tuple[str, str]


class Received(NamedTuple):
    event: Event
    record: Record

    @property
    def identity(self) -> Identity:
        return (self.event.source, self.event.id)


@dataclass(frozen=True, slots=True)
class Admission:
    """What of a batch is new, what is known already, and what is known with another body."""

    fresh: list[Received]
    duplicates: list[Received]
    conflicts: list[Received]


def first_of_each(received: Iterable[Received]) -> Admission:
    """Tell repeats inside one batch apart; order is kept."""
    firsts: dict[Identity, Received] = {}
    admission = Admission([], [], [])
    for item in received:
        first = firsts.setdefault(item.identity, item)
        if first is item:
            admission.fresh.append(item)
        elif first.record.body_hash == item.record.body_hash:
            admission.duplicates.append(item)
        else:
            admission.conflicts.append(item)
    return admission


def settle(batch: Admission, inserted: set[Identity], known: dict[Identity, bytes]) -> Admission:
    """The admission after the store has said what it inserted and what body hash it knows of the others."""
    found = Admission([], list(batch.duplicates), list(batch.conflicts))
    for item in batch.fresh:
        if item.identity in inserted:
            found.fresh.append(item)
        elif known.get(item.identity) == item.record.body_hash:
            found.duplicates.append(item)
        else:
            found.conflicts.append(item)
    return found


def settled(batch: Admission, rows: Sequence[Row]) -> Admission:
    """The admission after a store has said what it keeps of the batch (`source`, `id`, `body_hash`), and whether it
    `is_ours`: whether this very transaction has written it."""
    known = {(row["source"], row["id"]): row["body_hash"] for row in rows}
    return settle(batch, {(row["source"], row["id"]) for row in rows if row["is_ours"]}, known)


def rows_of(status: str) -> int:
    """How many rows a statement has written, by the status that Postgres gives."""
    return int(status.rpartition(" ")[2])


async def admit(connection: Connection, received: Sequence[Received]) -> Admission:
    """Enter a batch into the inbox of this schema, keyed by the day of the event's own time, source and id."""
    batch = first_of_each(received)
    days = [item.event.time.date() for item in batch.fresh]
    sources = [item.event.source for item in batch.fresh]
    ids = [item.event.id for item in batch.fresh]
    inserted = await connection.execute(
        "INSERT INTO inbox (day, source, id, body_hash)"
        " SELECT * FROM unnest($1::date[], $2::text[], $3::text[], $4::bytea[]) ON CONFLICT DO NOTHING",
        days,
        sources,
        ids,
        [item.record.body_hash for item in batch.fresh],
    )
    if rows_of(inserted) == len(batch.fresh):
        return batch
    rows = await connection.fetch(
        "SELECT source, id, body_hash, inbox.xmin = pg_current_xact_id()::xid AS is_ours FROM inbox"
        " JOIN unnest($1::date[], $2::text[], $3::text[]) AS k (day, source, id) USING (day, source, id)"
        " WHERE day = ANY($1::date[])",
        days,
        sources,
        ids,
    )
    return settled(batch, rows)
