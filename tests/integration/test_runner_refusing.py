"""Errors that stay, on real Kafka and Postgres: bad records alone, and a run of them stops the consumer."""

import asyncio

import asyncpg
import pytest

from shared.consumer import StoppedError
from shared.errors import PermanentError
from shared.service import Batch
from shared.topics import LEAD_ACTIVITY
from shared.transaction import SameIdTwiceError, Transaction
from tests.integration.tiny import Tiny, activity, numbered, record, until


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


@pytest.mark.row(29, 30)
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


@pytest.mark.row(26)
async def test_the_same_id_with_another_body_is_a_conflict_and_the_same_again_is_nothing(tiny: Tiny) -> None:
    runner = tiny.runner()
    await runner.take([record(0, activity("same"))])

    await runner.take([record(1, activity("same")), record(2, activity("same", page="/other"))])

    assert await tiny.applied() == ["same"]
    assert await tiny.quarantined() == [(2, "conflict", "open")]
    assert tiny.counted("baton_records_duplicate_total", topic=LEAD_ACTIVITY) == 1


@pytest.mark.row(34)
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


@pytest.mark.row(34)
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
