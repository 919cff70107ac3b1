"""What Kafka does not take holds up nothing else, comes later in its order, or is laid aside for its own fault."""

import asyncio
from collections import Counter
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager

import pytest
from aiokafka import AIOKafkaConsumer, TopicPartition
from confluent_kafka.admin import AdminClient, AlterConfigOpType, ConfigEntry, ConfigResource, ResourceType

from shared.outbox import OutboxSource, Outgoing
from shared.publisher import Publisher
from shared.relay import MOST_ROWS, Relay
from shared.topics import LEAD_ACTIVITY, LEAD_QUALIFIED
from tests.integration.tiny import SCHEMA, Tiny, make_topic, until


async def configure(tiny: Tiny, topic: str, **config: str) -> None:
    changes = [ConfigEntry(name, value, incremental_operation=AlterConfigOpType.SET) for name, value in config.items()]
    resource = ConfigResource(ResourceType.TOPIC, tiny.settings.topic_prefix + topic, incremental_configs=changes)
    admin = AdminClient({"bootstrap.servers": tiny.settings.kafka})
    for future in admin.incremental_alter_configs([resource]).values():
        await asyncio.to_thread(future.result)


async def create(tiny: Tiny, topic: str) -> None:
    await make_topic(tiny.settings.kafka, tiny.settings.topic_prefix + topic, 2)


async def delete(tiny: Tiny, topic: str) -> None:
    admin, name = AdminClient({"bootstrap.servers": tiny.settings.kafka}), tiny.settings.topic_prefix + topic
    for future in admin.delete_topics([name]).values():
        await asyncio.to_thread(future.result)

    async def is_gone() -> bool:
        return name not in (await asyncio.to_thread(admin.list_topics, timeout=30)).topics

    await until(is_gone)


async def put(tiny: Tiny, topic: str, *values: bytes, key: str = "lead-1") -> None:
    insert = "INSERT INTO outbox (topic, key, value) VALUES ($1, $2, $3)"
    await tiny.pool.executemany(insert, [(topic, key, value) for value in values])


async def waiting(tiny: Tiny, topic: str) -> int:
    return await tiny.pool.fetchval("SELECT count(*) FROM outbox WHERE topic = $1", topic)


async def is_published(tiny: Tiny, topic: str) -> bool:
    return await waiting(tiny, topic) == 0


async def read(tiny: Tiny, topic: str) -> list[bytes]:
    """The values in the topic, a partition after the other."""
    consumer = AIOKafkaConsumer(bootstrap_servers=tiny.settings.kafka, auto_offset_reset="earliest")
    places = [TopicPartition(tiny.settings.topic_prefix + topic, number) for number in range(2)]
    consumer.assign(places)
    await consumer.start()
    try:
        found, ends = [], await consumer.end_offsets(places)
        while any([await consumer.position(place) < ends[place] for place in places]):
            for records in (await consumer.getmany(timeout_ms=500)).values():
                found += [record.value for record in records]
        return found
    finally:
        await consumer.stop()


@asynccontextmanager
async def relaying(tiny: Tiny, relays: int = 1) -> AsyncIterator[None]:
    stopping = asyncio.Event()
    parts = [Relay(SCHEMA, tiny.settings, tiny.pool, [OutboxSource()], tiny.metrics) for _ in range(relays)]
    running = [asyncio.create_task(one.run(stopping)) for one in parts]
    try:
        yield
    finally:
        stopping.set()
        await asyncio.gather(*running)


def numbers(count: int) -> Sequence[bytes]:
    return [str(n).encode() for n in range(count)]


async def test_a_topic_that_is_missing_holds_up_no_other_and_gets_its_events_later_in_order(tiny: Tiny) -> None:
    await put(tiny, LEAD_QUALIFIED, *numbers(MOST_ROWS + 1))
    await put(tiny, LEAD_ACTIVITY, *numbers(10))
    async with relaying(tiny):
        await until(lambda: is_published(tiny, LEAD_ACTIVITY))
        assert await waiting(tiny, LEAD_QUALIFIED) == MOST_ROWS + 1
        await create(tiny, LEAD_QUALIFIED)
        await until(lambda: is_published(tiny, LEAD_QUALIFIED))

    assert await read(tiny, LEAD_ACTIVITY) == numbers(10)
    assert await read(tiny, LEAD_QUALIFIED) == numbers(MOST_ROWS + 1)
    assert await tiny.pool.fetchval("SELECT count(*) FROM outbox_refused") == 0


async def test_partitions_that_stop_answering_hold_up_no_other(tiny: Tiny) -> None:
    await create(tiny, LEAD_QUALIFIED)
    async with relaying(tiny):
        await put(tiny, LEAD_QUALIFIED, b"before")
        await until(lambda: is_published(tiny, LEAD_QUALIFIED))
        await delete(tiny, LEAD_QUALIFIED)
        await put(tiny, LEAD_QUALIFIED, *numbers(50))
        await put(tiny, LEAD_ACTIVITY, *numbers(10))
        await until(lambda: is_published(tiny, LEAD_ACTIVITY))
        assert await waiting(tiny, LEAD_QUALIFIED) == 50
        await create(tiny, LEAD_QUALIFIED)
        await until(lambda: is_published(tiny, LEAD_QUALIFIED))

    assert await read(tiny, LEAD_ACTIVITY) == numbers(10)
    assert await read(tiny, LEAD_QUALIFIED) == numbers(50)


@pytest.mark.row(50)
async def test_two_relays_whose_lease_is_shorter_than_kafka_is_slow_publish_each_event_once(tiny: Tiny) -> None:
    tiny.settings.lease_seconds = 1.5
    await put(tiny, LEAD_QUALIFIED, b"held")
    await put(tiny, LEAD_ACTIVITY, *numbers(10))
    async with relaying(tiny, relays=2):
        await until(lambda: is_published(tiny, LEAD_ACTIVITY))
        await until(lambda: tiny.counted("baton_relay_errors_total") >= 2)

    assert await read(tiny, LEAD_ACTIVITY) == numbers(10)
    assert await waiting(tiny, LEAD_QUALIFIED) == 1


@pytest.mark.row(32, 35)
@pytest.mark.parametrize("place", [0, 3, 6])
async def test_an_event_that_is_too_large_for_its_topic_is_laid_aside_and_counted_alone(tiny: Tiny, place: int) -> None:
    await configure(tiny, LEAD_ACTIVITY, **{"max.message.bytes": "20000"})
    values = [*numbers(6)[:place], b"x" * 30_000, *numbers(6)[place:]]
    await put(tiny, LEAD_ACTIVITY, *values)
    async with relaying(tiny):
        await until(lambda: is_published(tiny, LEAD_ACTIVITY))

    assert await read(tiny, LEAD_ACTIVITY) == numbers(6)
    refused = await tiny.pool.fetch("SELECT seq, topic, key, value, error_type FROM outbox_refused")
    expected = (place + 1, LEAD_ACTIVITY, "lead-1", b"x" * 30_000, "MessageSizeTooLargeError")
    assert [tuple(row) for row in refused] == [expected]
    told = {"topic": LEAD_ACTIVITY, "error": "MessageSizeTooLargeError"}
    assert tiny.counted("baton_events_refused_total", **told) == 1
    assert tiny.counted("baton_events_out_total", topic=LEAD_ACTIVITY) == 6


async def test_a_send_that_was_given_up_leaves_nothing_behind_and_is_not_published_later(tiny: Tiny) -> None:
    publisher, before = Publisher(tiny.settings.kafka, tiny.settings.topic_prefix), sending_tasks()
    for value in numbers(3):
        await publisher.send([outgoing(b"before")])
        await delete(tiny, LEAD_ACTIVITY)
        (given_up,) = await publisher.deliver([outgoing(value)], 0.5, 0.5)
        assert isinstance(given_up.failure, TimeoutError)
        await create(tiny, LEAD_ACTIVITY)
    assert sending_tasks() == before

    await publisher.send([outgoing(b"after")])
    await publisher.close()

    assert await read(tiny, LEAD_ACTIVITY) == [b"after"]


def outgoing(value: bytes) -> Outgoing:
    return Outgoing(1, LEAD_ACTIVITY, "lead-1", value)


def sending_tasks() -> Counter[str]:
    """The tasks, by name, that aiokafka runs for producers; one of them for every other client too."""
    names = [getattr(task.get_coro(), "__qualname__", "") for task in asyncio.all_tasks()]
    ours = ("Sender.", "MessageAccumulator.", "AIOKafkaClient._md_synchronizer")
    return Counter(name for name in names if name.startswith(ours))
