"""The position guard on real Kafka and Postgres: nothing lost, nothing twice, whoever else reads."""

import asyncio

import pytest
from aiokafka import AIOKafkaConsumer, TopicPartition

from shared.guard import RewindError
from shared.holes import Holes
from shared.topics import LEAD_ACTIVITY
from tests.integration.tiny import SCHEMA, Tiny, activity, numbered, until

PLACE, OTHER = (LEAD_ACTIVITY, 0), (LEAD_ACTIVITY, 1)


async def test_a_first_batch_above_the_stored_position_goes_back_once_and_then_takes_the_gap(tiny: Tiny) -> None:
    await tiny.runner().take(numbered(0, 1))
    runner = tiny.runner()

    with pytest.raises(RewindError) as rewind:
        await runner.take(numbered(5, 6))

    assert rewind.value.to == {PLACE: 2}
    assert await runner.take(numbered(5, 6)) == {PLACE: 7}
    assert await tiny.applied() == ["e0-0", "e0-1", "e0-5", "e0-6"]
    assert tiny.counted("baton_gap_records", topic=LEAD_ACTIVITY) == 0


async def test_going_back_takes_every_partition_of_the_batch_along(tiny: Tiny) -> None:
    runner = tiny.runner()

    with pytest.raises(RewindError) as rewind:
        await runner.take(numbered(3) + numbered(0, 1, partition=1))

    assert rewind.value.to == {PLACE: 0, OTHER: 0}
    assert await tiny.applied() == []


@pytest.mark.row(10, 25)
async def test_two_that_read_the_same_records_at_the_same_time_apply_them_once(tiny: Tiny) -> None:
    one, two = tiny.runner(), tiny.runner()

    for start in range(0, 40, 10):
        records = numbered(*range(start, start + 10))
        await asyncio.gather(one.take(records), two.take(records))

    assert await tiny.applied() == [f"e0-{n}" for n in range(40)]


@pytest.mark.row(12)
async def test_a_zombie_that_comes_back_late_applies_nothing_and_moves_no_position(tiny: Tiny) -> None:
    zombie, heir = tiny.runner(), tiny.runner()
    await zombie.take(numbered(0))
    await heir.take(numbered(0, 1, 2, 3))

    await zombie.take(numbered(1, 2))

    assert await tiny.position() == 4
    assert len(await tiny.applied()) == 4


@pytest.mark.row(15, 25)
async def test_a_group_offset_moved_by_hand_changes_nothing(tiny: Tiny) -> None:
    await tiny.send(*(activity(f"e{n}") for n in range(4)))
    async with tiny.reading_lane():
        await until(lambda: tiny.has_applied("e3"))
    await tiny.send(*(activity(f"e{n}") for n in range(4, 8)))
    for moved in (7, 1):
        await move_group(tiny, moved)
        async with tiny.reading_lane():
            await until(lambda: tiny.has_applied("e7"))
    await tiny.send(activity("last"))
    async with tiny.reading_lane():
        await until(lambda: tiny.has_applied("last"))

    assert await tiny.applied() == [*(f"e{n}" for n in range(8)), "last"]
    assert tiny.counted("baton_rewinds_total", topic=LEAD_ACTIVITY) == 1


async def move_group(tiny: Tiny, offset: int) -> None:
    group = f"{tiny.settings.topic_prefix}baton-{SCHEMA}"
    consumer = AIOKafkaConsumer(bootstrap_servers=tiny.settings.kafka, group_id=group, enable_auto_commit=False)
    place = TopicPartition(tiny.topic, 0)
    consumer.assign([place])
    await consumer.start()
    await consumer.commit({place: offset})
    await consumer.stop()


async def test_records_that_retention_took_are_counted_as_lost_and_reading_goes_on(tiny: Tiny) -> None:
    await tiny.send(*(activity(f"e{n}") for n in range(2)))
    async with tiny.reading_lane():
        await until(lambda: tiny.has_applied("e1"))
    await tiny.send(*(activity(f"e{n}") for n in range(2, 8)))
    await asyncio.to_thread(tiny.drop_records_before, 5)

    async with tiny.reading_lane():
        await until(lambda: tiny.has_applied("e7"))

    assert await tiny.applied() == ["e0", "e1", "e5", "e6", "e7"]
    assert tiny.counted("baton_gap_records", topic=LEAD_ACTIVITY) == 3


async def test_retention_that_overtakes_a_reader_at_work_is_noticed_too(tiny: Tiny) -> None:
    await tiny.send(*(activity(f"e{n}") for n in range(8)))
    runner = tiny.runner()
    await runner.take(numbered(0, 1))
    await asyncio.to_thread(tiny.drop_records_before, 6)

    await runner.take(numbered(6))

    assert tiny.counted("baton_gap_records", topic=LEAD_ACTIVITY) == 4


async def test_the_markers_of_transactions_between_batches_send_nobody_back(tiny: Tiny) -> None:
    tiny.settings.batch_records = 1
    for n in range(5):
        await tiny.send(activity(f"e{n}"), transactional_id=tiny.settings.topic_prefix)

    async with tiny.reading_lane():
        await until(lambda: tiny.has_applied("e4"))

    assert await tiny.position() == 9
    assert tiny.counted("baton_rewinds_total", topic=LEAD_ACTIVITY) == 0


async def test_the_marker_of_a_transaction_at_the_end_of_a_log_is_no_lag(tiny: Tiny) -> None:
    await tiny.send(activity("e0"), transactional_id=tiny.settings.topic_prefix)
    holes = Holes(SCHEMA, tiny.pool, tiny.logs, tiny.reading, tiny.metrics)
    await tiny.runner().take(numbered(0))
    await until(lambda: _lag_is(tiny, 1))

    await holes.look()
    await holes.look()

    now = await tiny.domain_now()
    assert await tiny.reading.caught_up(tiny.pool, now) == now
    assert await tiny.position() == 2
    await tiny.send(activity("e2"))
    await holes.look()
    await holes.look()
    assert await tiny.position() == 2, "a record is no hole"


async def _lag_is(tiny: Tiny, lag: int) -> bool:
    return sum((await tiny.reading.lag(tiny.pool)).values()) == lag


async def test_a_log_that_retention_emptied_is_passed_over_loudly(tiny: Tiny) -> None:
    await tiny.send(*(activity(f"e{n}") for n in range(4)))
    await tiny.runner().take(numbered(0))
    await asyncio.to_thread(tiny.drop_records_before, 4)
    holes = Holes(SCHEMA, tiny.pool, tiny.logs, tiny.reading, tiny.metrics)

    await holes.look()
    await holes.look()

    assert await tiny.position() == 4
    assert tiny.counted("baton_gap_records", topic=LEAD_ACTIVITY) == 3
