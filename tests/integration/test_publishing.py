"""The relay on real Kafka and Postgres: in order per key, fenced, and deleted only after acknowledgement."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager

import pytest
from aiokafka import AIOKafkaConsumer, TopicPartition
from aiokafka.errors import KafkaError

from shared.outbox import Keys, OutboxSource, Outgoing
from shared.publisher import Publisher
from shared.relay import Relay
from shared.topics import LEAD_ACTIVITY
from tests.integration.tiny import SCHEMA, Tiny, until


async def put(tiny: Tiny, *rows: tuple[str, bytes]) -> None:
    insert = "INSERT INTO outbox (topic, key, value) VALUES ($1, $2, $3)"
    await tiny.pool.executemany(insert, [(LEAD_ACTIVITY, *row) for row in rows])


async def waiting(tiny: Tiny) -> int:
    return await tiny.pool.fetchval("SELECT count(*) FROM outbox")


async def nothing_waits(tiny: Tiny) -> bool:
    return await waiting(tiny) == 0


def relay(tiny: Tiny, source: OutboxSource | None = None) -> Relay:
    return Relay(SCHEMA, tiny.settings, tiny.pool, [source or OutboxSource()], tiny.metrics)


@asynccontextmanager
async def at_work(*relays: Relay) -> AsyncIterator[None]:
    stopping = asyncio.Event()
    running = [asyncio.create_task(one.run(stopping)) for one in relays]
    yield
    stopping.set()
    await asyncio.gather(*running)


async def published(tiny: Tiny) -> list[tuple[str, bytes]]:
    """Everything in the topic, as (key, value), per partition in order."""
    consumer = AIOKafkaConsumer(bootstrap_servers=tiny.settings.kafka, auto_offset_reset="earliest")
    places = [TopicPartition(tiny.topic, number) for number in range(2)]
    consumer.assign(places)
    await consumer.start()
    try:
        found, ends = [], await consumer.end_offsets(places)
        while any([await consumer.position(place) < ends[place] for place in places]):
            for records in (await consumer.getmany(timeout_ms=500)).values():
                found += [(record.key.decode(), record.value) for record in records]
        return found
    finally:
        await consumer.stop()


async def test_rows_are_published_in_the_order_in_which_they_were_written_per_key(tiny: Tiny) -> None:
    rows = [(f"lead-{n % 7}", str(n).encode() * 500) for n in range(3000)]

    async with at_work(relay(tiny)):
        await put(tiny, *rows)
        await until(lambda: nothing_waits(tiny))

    found = await published(tiny)
    assert len(found) == 3000
    for lead in {key for key, _ in rows}:
        assert [row for row in found if row[0] == lead] == [row for row in rows if row[0] == lead]
    assert tiny.counted("baton_events_out_total", topic=LEAD_ACTIVITY) == 3000


async def test_a_relay_that_is_stopped_publishes_what_waits_and_lets_another_go_on_at_once(tiny: Tiny) -> None:
    first = relay(tiny)
    async with at_work(first):
        await put(tiny, ("lead-1", b"1"))
        await until(lambda: nothing_waits(tiny))
        await put(tiny, ("lead-1", b"2"))
    assert await waiting(tiny) == 0

    tiny.settings.lease_seconds = 600
    async with at_work(relay(tiny)):
        await put(tiny, ("lead-1", b"3"))
        await until(lambda: nothing_waits(tiny))

    assert [value for _, value in await published(tiny)] == [b"1", b"2", b"3"]


class Stalling(OutboxSource):
    """An outbox whose reader is frozen between sending and deleting."""

    def __init__(self) -> None:
        self.reached, self.go_on, self.deleted = asyncio.Event(), asyncio.Event(), 0

    async def pending(self, connection: object, limit: int, held: Keys) -> Sequence[Outgoing]:
        found = await super().pending(connection, limit, held)
        if found and not self.reached.is_set():
            self.reached.set()
            await self.go_on.wait()
        return found

    async def sent(self, connection: object, outgoing: Sequence[Outgoing]) -> None:
        self.deleted += len(outgoing)
        await super().sent(connection, outgoing)


@pytest.mark.row(50)
async def test_a_relay_whose_lease_ran_out_while_it_was_frozen_sends_and_deletes_nothing(tiny: Tiny) -> None:
    """Else an old score could come after a newer one, and stay."""
    tiny.settings.lease_seconds = 1
    frozen = Stalling()
    async with at_work(relay(tiny, frozen)):
        await put(tiny, ("lead-1", b"1"), ("lead-1", b"2"))
        await frozen.reached.wait()
        async with at_work(relay(tiny)):
            await until(lambda: nothing_waits(tiny))
            await put(tiny, ("lead-1", b"3"))
            await until(lambda: nothing_waits(tiny))
        frozen.go_on.set()

    assert [value for _, value in await published(tiny)] == [b"1", b"2", b"3"]
    assert frozen.deleted == 0


@pytest.mark.row(50)
async def test_of_two_relays_only_one_publishes(tiny: Tiny) -> None:
    async with at_work(relay(tiny), relay(tiny)):
        for start in range(0, 500, 50):
            await put(tiny, *(("lead-1", str(n).encode()) for n in range(start, start + 50)))
        await until(lambda: nothing_waits(tiny))

    assert [value for _, value in await published(tiny)] == [str(n).encode() for n in range(500)]


class Refusing(OutboxSource):
    """An outbox that Postgres does not let be emptied, a few times."""

    def __init__(self, times: int) -> None:
        self.times = times

    async def sent(self, connection: object, outgoing: Sequence[Outgoing]) -> None:
        await super().sent(connection, outgoing)
        if self.times:
            self.times -= 1
            raise OSError("the connection was lost at COMMIT")


@pytest.mark.row(6)
async def test_what_was_sent_and_not_deleted_is_sent_again(tiny: Tiny) -> None:
    async with at_work(relay(tiny, Refusing(1))):
        await put(tiny, ("lead-1", b"1"), ("lead-1", b"2"))
        await until(lambda: nothing_waits(tiny))

    assert [value for _, value in await published(tiny)] == [b"1", b"2", b"1", b"2"]
    assert tiny.counted("baton_relay_errors_total") == 1


@pytest.mark.row(35)
async def test_after_an_error_a_new_producer_sends_from_a_new_sequence(tiny: Tiny) -> None:
    publisher = Publisher(tiny.settings.kafka, tiny.settings.topic_prefix)
    await publisher.send([Outgoing(1, LEAD_ACTIVITY, "lead-1", b"before")])
    with pytest.raises(KafkaError):
        await publisher.send([Outgoing(2, LEAD_ACTIVITY, "lead-1", b"x" * 1_100_000)])

    await publisher.send([Outgoing(3, LEAD_ACTIVITY, "lead-1", b"after")])
    await publisher.close()

    assert [value for _, value in await published(tiny)] == [b"before", b"after"]
