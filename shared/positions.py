"""The position of record: how far each partition has been handled, in the same transaction as the effects."""

from collections.abc import Mapping, Sequence

from shared.db import Connection

Place = tuple[str, int]
"""(topic, partition)"""


async def lock(connection: Connection, starts: Mapping[Place, int]) -> dict[Place, int]:
    """Create the missing rows at the start of their logs, lock all in order, and tell the next offset of each."""
    places = sorted(starts)
    topics, partitions = [topic for topic, _ in places], [partition for _, partition in places]
    select = (
        "SELECT topic, partition, next_offset FROM consumer_position"
        " JOIN unnest($1::text[], $2::integer[]) AS k (topic, partition) USING (topic, partition)"
        " ORDER BY topic, partition FOR UPDATE OF consumer_position"
    )
    rows = await connection.fetch(select, topics, partitions)
    if len(rows) < len(places):
        await connection.execute(
            "INSERT INTO consumer_position (topic, partition, next_offset)"
            " SELECT * FROM unnest($1::text[], $2::integer[], $3::bigint[]) ON CONFLICT DO NOTHING",
            topics,
            partitions,
            [starts[place] for place in places],
        )
        rows = await connection.fetch(select, topics, partitions)
    return {(row["topic"], row["partition"]): row["next_offset"] for row in rows}


async def advance(connection: Connection, ends: Mapping[Place, int]) -> None:
    """Move positions forward, never back."""
    places = sorted(ends)
    await connection.execute(
        "UPDATE consumer_position SET next_offset = k.next_offset, updated_at = clock_timestamp()"
        " FROM unnest($1::text[], $2::integer[], $3::bigint[]) AS k (topic, partition, next_offset)"
        " WHERE consumer_position.topic = k.topic AND consumer_position.partition = k.partition"
        " AND consumer_position.next_offset < k.next_offset",
        [topic for topic, _ in places],
        [partition for _, partition in places],
        [ends[place] for place in places],
    )


async def read(connection: Connection, topics: Sequence[str]) -> dict[Place, int]:
    rows = await connection.fetch(
        "SELECT topic, partition, next_offset FROM consumer_position WHERE topic = ANY($1::text[])", topics
    )
    return {(row["topic"], row["partition"]): row["next_offset"] for row in rows}
