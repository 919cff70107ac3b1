"""The batch runner on real Kafka and Postgres: nothing lost, nothing twice, and bad records alone."""

import asyncio
import json

import asyncpg
import pytest
from aiokafka import AIOKafkaConsumer, TopicPartition

from shared import quarantine
from shared.consumer import StoppedError
from shared.db import connect
from shared.errors import PermanentError, TransientError
from shared.guard import RewindError
from shared.holes import Holes
from shared.service import Batch
from shared.timers import Timer, save
from shared.topics import LEAD_ACTIVITY
from shared.transaction import SameIdTwiceError, Transaction
from tests.integration.tiny import HOUR, SCHEMA, Tiny, activity, record, until

PLACE, OTHER = (LEAD_ACTIVITY, 0), (LEAD_ACTIVITY, 1)


def numbered(*offsets: int, partition: int = 0) -> list:
    return [record(offset, activity(f"e{partition}-{offset}"), partition=partition) for offset in offsets]


# Positions


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


async def test_two_that_read_the_same_records_at_the_same_time_apply_them_once(tiny: Tiny) -> None:
    one, two = tiny.runner(), tiny.runner()

    for start in range(0, 40, 10):
        records = numbered(*range(start, start + 10))
        await asyncio.gather(one.take(records), two.take(records))

    assert await tiny.applied() == [f"e0-{n}" for n in range(40)]


async def test_a_zombie_that_comes_back_late_applies_nothing_and_moves_no_position(tiny: Tiny) -> None:
    zombie, heir = tiny.runner(), tiny.runner()
    await zombie.take(numbered(0))
    await heir.take(numbered(0, 1, 2, 3))

    await zombie.take(numbered(1, 2))

    assert await tiny.position() == 4
    assert len(await tiny.applied()) == 4


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

    with pytest.raises(RewindError):
        await runner.take(numbered(6))
    await runner.take(numbered(6))

    assert tiny.counted("baton_gap_records", topic=LEAD_ACTIVITY) == 4


async def test_the_marker_of_a_transaction_at_the_end_of_a_log_is_no_lag(tiny: Tiny) -> None:
    await tiny.send(activity("e0"), transactional_id=tiny.settings.topic_prefix)
    holes = Holes(SCHEMA, tiny.pool, tiny.logs, tiny.reading, tiny.metrics)
    await tiny.runner().take(numbered(0))
    await until(lambda: _lag_is(tiny, 1))

    await holes.look()
    await holes.look()

    assert await tiny.reading.caught_up(tiny.pool)
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


# Errors that pass


@pytest.mark.parametrize("error", [OSError("gone"), asyncpg.InterfaceError("closed"), TransientError("busy")])
async def test_an_error_that_passes_is_waited_out_in_place(tiny: Tiny, error: Exception) -> None:
    errors = [error, error]

    async def fails_twice(_: Batch, __: Transaction[str]) -> None:
        if errors:
            raise errors.pop()

    tiny.before = fails_twice

    await tiny.runner().take(numbered(0, 1))

    assert await tiny.applied() == ["e0-0", "e0-1"]
    assert await tiny.quarantined() == []
    assert tiny.counted("baton_retries_total", reason=type(error).__name__) == 2


async def test_a_connection_lost_in_the_middle_of_a_batch_is_waited_out(tiny: Tiny) -> None:
    lost = []

    async def loses_it(_: Batch, transaction: Transaction[str]) -> None:
        if not lost:
            lost.append(await transaction.connection.fetchval("SELECT pg_backend_pid()"))
            other = await asyncpg.connect(tiny.settings.postgres.get_secret_value())
            await other.execute("SELECT pg_terminate_backend($1, 5000)", lost[0])
            await other.close()

    tiny.before = loses_it

    await tiny.runner().take(numbered(0, 1))

    assert await tiny.applied() == ["e0-0", "e0-1"]
    assert await tiny.quarantined() == []


async def test_a_session_that_postgres_ended_while_the_process_was_frozen_is_waited_out(tiny: Tiny) -> None:
    frozen = []

    async def freezes(_: Batch, transaction: Transaction[str]) -> None:
        if not frozen:
            frozen.append(1)
            await transaction.connection.execute("SET LOCAL idle_in_transaction_session_timeout = '1ms'")
            pid = await transaction.connection.fetchval("SELECT pg_backend_pid()")
            await until(lambda: _gone(tiny, pid))

    tiny.before = freezes

    await tiny.runner().take(numbered(0))

    assert await tiny.applied() == ["e0-0"]
    assert await tiny.quarantined() == []


async def _gone(tiny: Tiny, pid: int) -> bool:
    return not await tiny.pool.fetchval("SELECT EXISTS (SELECT FROM pg_stat_activity WHERE pid = $1)", pid)


async def test_a_batch_that_takes_too_long_is_taken_in_smaller_parts(tiny: Tiny) -> None:
    tiny.settings.batch_timeout_seconds = 0.5

    async def hangs_on_many(batch: Batch, _: Transaction[str]) -> None:
        if len(batch.events) > 2:
            await asyncio.Event().wait()

    tiny.before = hangs_on_many

    await tiny.runner().take(numbered(*range(8)))

    assert await tiny.applied() == [f"e0-{n}" for n in range(8)]


async def test_a_stop_in_the_middle_of_retries_leaves_the_batch_for_later(tiny: Tiny) -> None:
    runner, tried = tiny.runner(), asyncio.Event()

    async def always_fails(_: Batch, __: Transaction[str]) -> None:
        tried.set()
        raise TransientError

    tiny.before = always_fails
    taking = asyncio.create_task(runner.take(numbered(0)))
    await tried.wait()
    runner.stopping.set()

    with pytest.raises(StoppedError):
        await taking
    assert await tiny.position() is None


async def test_a_partition_taken_away_ends_the_retries_of_its_batch(tiny: Tiny) -> None:
    runner, tried = tiny.runner(), asyncio.Event()

    async def always_fails(_: Batch, __: Transaction[str]) -> None:
        tried.set()
        raise TransientError

    tiny.before = always_fails
    taking = asyncio.create_task(runner.take(numbered(0)))
    await tried.wait()
    runner.give_up()
    runner.forget()

    with pytest.raises(StoppedError):
        await taking
    assert await tiny.quarantined() == []


async def test_a_new_assignment_in_the_middle_of_a_batch_does_no_harm(tiny: Tiny) -> None:
    runner = tiny.runner()
    errors: list[Exception] = [TransientError()]

    async def is_reassigned(_: Batch, __: Transaction[str]) -> None:
        runner.forget()
        if errors:
            raise errors.pop()

    tiny.before = is_reassigned

    await runner.take(numbered(0, 1))

    assert await tiny.applied() == ["e0-0", "e0-1"]
    assert await tiny.quarantined() == []


# Errors that stay


async def test_the_one_record_that_cannot_be_applied_is_refused_and_its_neighbours_are_applied_in_order(
    tiny: Tiny,
) -> None:
    async def chokes_on_six(batch: Batch, _: Transaction[str]) -> None:
        if any(event.id == "e0-6" for event in batch.events):
            raise ValueError

    tiny.before = chokes_on_six

    await tiny.runner().take(numbered(*range(16)))

    assert await tiny.applied() == [f"e0-{n}" for n in range(16) if n != 6]
    assert await tiny.quarantined() == [(6, "handler", "open")]
    assert await tiny.position() == 16
    assert await tiny.pool.fetchval("SELECT count(*) FROM inbox WHERE id = 'e0-6'") == 0


async def test_two_events_of_one_id_in_a_transaction_are_an_error_of_ours(tiny: Tiny) -> None:
    seen = []

    async def emits_twice(batch: Batch, transaction: Transaction[str]) -> None:
        transaction.emit(batch.events)
        try:
            transaction.emit(batch.events)
        except SameIdTwiceError as error:
            seen.append(error)
            raise

    tiny.before = emits_twice

    await tiny.runner().take(numbered(0))

    assert seen
    assert await tiny.quarantined() == [(0, "handler", "open")]
    assert await tiny.pool.fetchval("SELECT count(*) FROM outbox") == 0


async def test_an_event_too_large_to_be_read_by_anybody_is_not_published(tiny: Tiny) -> None:
    async def emits_much(batch: Batch, transaction: Transaction[str]) -> None:
        event = batch.events[0]
        transaction.emit([event.model_copy(update={"traceparent": "a" * 300_000})])

    tiny.before = emits_much

    await tiny.runner().take(numbered(0))

    assert await tiny.quarantined() == [(0, "handler", "open")]


@pytest.mark.parametrize(
    "bad",
    [
        record(1, b"{"),
        record(1, None),
        record(1, b"{}", headers=[("ce_\0", None)]),
        record(1, b"{", headers=[("nul\0", b"\xff"), ("nul\0", None)]),
        record(1, b"{", headers=[("reply_to", b"lead.activity.v1")]),
    ],
    ids=["bad JSON", "tombstone", "NUL in a header that the reason names", "NUL in a header's name", "reply_to"],
)
async def test_no_record_can_keep_itself_out_of_quarantine(tiny: Tiny, bad: object) -> None:
    await tiny.runner().take([*numbered(0), bad, *numbered(2)])

    assert await tiny.applied() == ["e0-0", "e0-2"]
    assert await tiny.quarantined() == [(1, "invalid", "open")]


async def test_a_lane_dies_rather_than_repeat_what_even_quarantine_refuses(tiny: Tiny) -> None:
    await tiny.pool.execute("ALTER TABLE quarantine ADD CHECK (reason <> 'handler')")

    async def chokes(_: Batch, __: Transaction[str]) -> None:
        raise PermanentError

    tiny.before = chokes

    with pytest.raises(asyncpg.CheckViolationError):
        await tiny.runner().take(numbered(0))


async def test_the_same_id_with_another_body_is_a_conflict_and_the_same_again_is_nothing(tiny: Tiny) -> None:
    runner = tiny.runner()
    await runner.take([record(0, activity("same"))])

    await runner.take([record(1, activity("same")), record(2, activity("same", page="/other"))])

    assert await tiny.applied() == ["same"]
    assert await tiny.quarantined() == [(2, "conflict", "open")]
    assert tiny.counted("baton_records_duplicate_total", topic=LEAD_ACTIVITY) == 1


# The breaker


async def test_a_run_of_bad_records_stops_the_consumer_before_they_are_drained(tiny: Tiny) -> None:
    runner = tiny.runner()
    await runner.take([*numbered(0), *(record(n, b"{") for n in range(1, 4))])

    taking = asyncio.create_task(runner.take([record(n, b"{") for n in range(4, 9)]))
    await until(lambda: tiny.counted("baton_consumer_stopped") == 1)
    runner.stopping.set()
    with pytest.raises(StoppedError):
        await taking

    assert [offset for offset, _, _ in await tiny.quarantined()] == [1, 2, 3]
    assert await tiny.position() == 4
    assert tiny.counted("baton_consumer_stopped") == 0


async def test_a_run_within_one_batch_stops_the_consumer_whatever_stands_before_it(tiny: Tiny) -> None:
    runner = tiny.runner()

    taking = asyncio.create_task(runner.take([*numbered(0), *(record(n, b"{") for n in range(1, 9)), *numbered(9)]))
    await until(lambda: tiny.counted("baton_consumer_stopped") == 1)
    runner.stopping.set()
    with pytest.raises(StoppedError):
        await taking

    assert await tiny.quarantined() == []


async def test_bad_records_among_good_ones_do_not_stop_the_consumer(tiny: Tiny) -> None:
    mixed = [record(n, b"{" if n % 2 else activity(f"e{n}")) for n in range(30)]

    await tiny.runner().take(mixed)

    assert len(await tiny.quarantined()) == 15


async def test_a_batch_tried_again_counts_its_bad_records_once(tiny: Tiny) -> None:
    fails = ["ALTER TABLE quarantine RENAME TO mislaid", "ALTER TABLE mislaid RENAME TO quarantine"]
    await tiny.pool.execute(fails[0])
    await tiny.pool.execute(
        "CREATE FUNCTION busy() RETURNS trigger LANGUAGE plpgsql AS"
        " $$ BEGIN RAISE EXCEPTION 'busy' USING ERRCODE = '40001'; END $$"
    )
    await tiny.pool.execute(fails[1])
    await tiny.pool.execute("CREATE TRIGGER busy BEFORE INSERT ON quarantine EXECUTE FUNCTION busy()")
    taking = asyncio.create_task(tiny.runner().take([record(n, b"{") for n in range(4)]))
    await until(lambda: tiny.counted("baton_retries_total", reason="SerializationError") >= 3)

    await tiny.pool.execute("DROP TRIGGER busy ON quarantine")
    await taking

    assert len(await tiny.quarantined()) == 4
    assert tiny.counted("baton_consumer_stopped") == 0


async def test_one_lane_at_work_does_not_hide_that_another_is_stopped(tiny: Tiny) -> None:
    held, working = tiny.runner(), tiny.runner()
    taking = asyncio.create_task(held.take([record(n, b"{") for n in range(9)]))
    await until(lambda: tiny.counted("baton_consumer_stopped") == 1)

    await working.take(numbered(0, partition=1))

    assert tiny.counted("baton_consumer_stopped") == 1
    held.stopping.set()
    with pytest.raises(StoppedError):
        await taking


# Quarantine


async def test_an_event_of_the_future_waits_for_its_time_and_is_applied_then(tiny: Tiny) -> None:
    soon = await tiny.domain_now() + HOUR
    await tiny.runner().take([record(n, activity(f"e{n}", at=soon)) for n in range(20)])
    assert {status for _, _, status in await tiny.quarantined()} == {"future"}
    stopping, loop = asyncio.Event(), tiny.timers()
    running = asyncio.create_task(loop.run(stopping))

    await tiny.pool.execute("UPDATE baton.domain_clock SET domain_origin = domain_origin + interval '2 hours'")
    await until(lambda: tiny.has_applied("e19"))
    stopping.set()
    await running

    assert sorted(await tiny.applied()) == sorted(f"e{n}" for n in range(20))
    assert {status for _, _, status in await tiny.quarantined()} == {"done"}


async def test_a_released_record_is_applied_under_its_own_identity(tiny: Tiny) -> None:
    broken = [True]

    async def chokes_while_broken(_: Batch, __: Transaction[str]) -> None:
        if broken:
            raise ValueError

    tiny.before = chokes_while_broken
    await tiny.runner().take(numbered(0))
    broken.clear()
    stopping = asyncio.Event()
    running = asyncio.create_task(tiny.timers().run(stopping))

    async with tiny.pool.acquire() as connection:
        await quarantine.release(connection, None)
    await until(lambda: tiny.has_applied("e0-0"))
    stopping.set()
    await running

    await tiny.runner().take([record(1, numbered(0)[0].value)])
    assert await tiny.applied() == ["e0-0"]


async def test_a_released_record_that_still_fails_goes_back_and_others_are_driven(tiny: Tiny) -> None:
    async def chokes_on_zero(batch: Batch, _: Transaction[str]) -> None:
        if any(event.id == "e0-0" for event in batch.events):
            raise ValueError

    tiny.before = chokes_on_zero
    await tiny.runner().take(numbered(0))
    soon = await tiny.domain_now() + HOUR
    await tiny.runner().take([record(1, activity("later", at=soon))])
    stopping = asyncio.Event()
    running = asyncio.create_task(tiny.timers().run(stopping))

    async with tiny.pool.acquire() as connection:
        await quarantine.release(connection, None)
    await until(lambda: tiny.has_applied("later"))
    stopping.set()
    await running

    assert await tiny.quarantined() == [(0, "handler", "open"), (1, "future", "done")]


async def test_a_batch_and_its_timers_and_events_are_one(tiny: Tiny) -> None:
    """A handler that fails after it has set timers and emitted leaves neither."""

    async def fails_at_last(batch: Batch, transaction: Transaction[str]) -> None:
        transaction.emit(batch.events)
        transaction.set_timer("warn", "lead-1", transaction.decided_at)
        await transaction.flush()
        raise ValueError(json.dumps("too late"))

    tiny.before = fails_at_last

    await tiny.runner().take(numbered(0))

    assert await tiny.pool.fetchval("SELECT (SELECT count(*) FROM outbox) + (SELECT count(*) FROM timer)") == 0


async def test_a_timer_is_moved_earlier_at_once_and_never_later(tiny: Tiny) -> None:
    now = await tiny.domain_now()
    async with tiny.pool.acquire() as connection:
        for due_at in (now + 2 * HOUR, now + HOUR, now + 3 * HOUR):
            await save(connection, [Timer("warn", "lead-1", due_at)])

    assert await tiny.pool.fetchval("SELECT due_at FROM timer") == now + HOUR


async def test_more_users_than_connections_wait_for_each_other_and_all_finish(tiny: Tiny) -> None:
    narrow = await connect(tiny.settings.postgres.get_secret_value(), SCHEMA, most=1)
    tiny.pool, wide = narrow, tiny.pool
    runners = [tiny.runner() for _ in range(2)]
    stopping = asyncio.Event()
    loops = [asyncio.create_task(tiny.timers().run(stopping)) for _ in range(2)]

    await asyncio.gather(*(r.take(numbered(*range(50), partition=n)) for n, r in enumerate(runners)))
    stopping.set()
    await asyncio.gather(*loops)
    tiny.pool = wide
    await narrow.close()

    assert len(await tiny.applied()) == 100
