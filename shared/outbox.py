"""The outbox: events that wait, in the order in which they were written, for the relay to publish them."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from shared.db import Connection
from shared.errors import PermanentError, TransientError
from shared.events import LARGEST_EVENT_BYTES, Event
from shared.telemetry import child_of
from shared.topics import LEAD_ACTIVITY

Keys = Sequence[tuple[str, str]]
"""(topic, key) of what is to be passed over for now."""


class OutboxFullError(TransientError):
    """So much waits to be published that nothing more is read until some of it is gone."""


@dataclass(frozen=True, slots=True)
class Outgoing:
    """A record to publish; `seq` tells its source which one was sent."""

    seq: int
    topic: str
    key: str
    value: bytes


class Source(Protocol):
    """Where the relay finds what is to be published."""

    async def pending(self, connection: Connection, limit: int, held: Keys) -> Sequence[Outgoing]: ...
    async def sent(self, connection: Connection, outgoing: Sequence[Outgoing]) -> None: ...


async def add(connection: Connection, events: Sequence[Event]) -> None:
    """Queue events in this order. Raises PermanentError for one that is too large to be sent and read."""
    if not events:
        return
    traced = [child_of(event) for event in events]
    values = [event.encode() for event in traced]
    if any(len(value) > LARGEST_EVENT_BYTES for value in values):
        raise PermanentError(f"an event to publish is larger than {LARGEST_EVENT_BYTES} bytes: no reader would take it")
    await connection.execute(
        "INSERT INTO outbox (topic, key, value)"
        " SELECT topic, key, value FROM unnest($1::text[], $2::text[], $3::bytea[])"
        " WITH ORDINALITY AS o (topic, key, value, place) ORDER BY place",
        [event.data.topic for event in traced],
        [event.subject for event in traced],
        values,
    )


class OutboxSource:
    """The rows of the outbox, oldest unsent first; deleted once sent."""

    async def pending(self, connection: Connection, limit: int, held: Keys) -> Sequence[Outgoing]:
        rows = await connection.fetch(
            "SELECT seq, topic, key, value FROM outbox WHERE NOT EXISTS (SELECT FROM"
            " unnest($2::text[], $3::text[]) AS held (topic, key)"
            " WHERE held.topic = outbox.topic AND held.key = outbox.key) ORDER BY seq LIMIT $1",
            limit,
            [topic for topic, _ in held],
            [key for _, key in held],
        )
        return [Outgoing(row["seq"], row["topic"], row["key"], row["value"]) for row in rows]

    async def sent(self, connection: Connection, outgoing: Sequence[Outgoing]) -> None:
        await connection.execute("DELETE FROM outbox WHERE seq = ANY($1::bigint[])", [o.seq for o in outgoing])


async def lay_aside(connection: Connection, refused: Sequence[tuple[Outgoing, str]]) -> None:
    """Keep what Kafka refuses for good, with the type of the error, for a person to look at."""
    await connection.executemany(
        "INSERT INTO outbox_refused (seq, topic, key, value, error_type) VALUES ($1, $2, $3, $4, $5)",
        [(row.seq, row.topic, row.key, row.value, error_type) for row, error_type in refused],
    )


async def require_room(connection: Connection, most_rows: int) -> None:
    """Raise OutboxFullError where more rows wait; they are counted only where their numbers lie so far apart."""
    apart = await connection.fetchval("SELECT coalesce(max(seq) - min(seq), 0) FROM outbox")
    if apart >= most_rows and (await depth(connection))[0] > most_rows:
        raise OutboxFullError(f"more than {most_rows} events wait to be published")


async def depth(connection: Connection) -> tuple[int, float]:
    """(rows waiting, age of the oldest in seconds of machine time)."""
    row = await connection.fetchrow(
        "SELECT count(*) AS n, coalesce(extract(epoch FROM clock_timestamp() - min(created_at)), 0) AS age FROM outbox"
    )
    return (row["n"], float(row["age"])) if row else (0, 0.0)


async def holds_activity(connection: Connection) -> bool:
    """Whether the outbox of alerts still holds an activity: a button press on its way to Kafka."""
    held = "SELECT EXISTS (SELECT FROM alerts.outbox WHERE topic = $1)"
    return bool(await connection.fetchval(held, LEAD_ACTIVITY))
