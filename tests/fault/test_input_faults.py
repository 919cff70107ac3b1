"""What others send: mutilated, too large, of the future, of other versions. Nothing of it stops what is good."""

import asyncio
import gc
import json
import os
import random
import tracemalloc
from collections.abc import AsyncIterator, Iterator, Mapping
from datetime import UTC, datetime, timedelta

import pytest

from shared import quarantine, redriving
from shared.events import LARGEST_EVENT_BYTES, Event, InvalidEventError, decode, type_registry
from shared.events.catalogue import golden
from shared.redriving import Redriving
from shared.service import Batch
from shared.timers import Timer, save
from shared.topics import LEAD_ACTIVITY
from shared.transaction import Transaction
from tests.fault.mutants import mutants, of_many_keys
from tests.fault.sometimes import sometimes
from tests.integration.tiny import HOUR, Tiny, activity, numbered, record, tiny_service, until
from tests.servers import KafkaAddress

SEED = int(os.environ.get("BATON_SEED", "20261123"))
TYPES = sorted(type_registry)
LIMIT = LARGEST_EVENT_BYTES
FUTURE = timedelta(seconds=300)


@pytest.fixture
async def tiny(kafka: KafkaAddress, database: str, topic_prefix: str) -> AsyncIterator[Tiny]:
    async with tiny_service(kafka.bootstrap_servers, database, topic_prefix) as tiny:
        yield tiny


@pytest.fixture
def corpus() -> list[bytes]:
    """Mutilated activities; printed where a test fails: BATON_SEED gives the same ones again."""
    print(f"BATON_SEED={SEED}")
    return list(mutants(random.Random(SEED), 2000))


def is_readable(value: bytes) -> bool:
    try:
        decode(value)
    except InvalidEventError:
        return False
    return True


@pytest.mark.row(29)
def test_what_is_mutilated_is_read_or_refused_and_nothing_else(corpus: list[bytes]) -> None:
    readable = [is_readable(value) for value in corpus]
    sometimes("a mutilated activity", readable.count(False))
    assert 200 < readable.count(False) < 1900


@pytest.fixture
def measured() -> Iterator[None]:
    gc.collect()
    tracemalloc.start()
    yield
    tracemalloc.stop()


@pytest.mark.row(29)
@pytest.mark.usefixtures("measured")
def test_what_is_refused_leaves_nothing_behind_in_memory(corpus: list[bytes]) -> None:
    for value in corpus[:500]:
        is_readable(value)
    gc.collect()
    before, _ = tracemalloc.get_traced_memory()
    for _ in range(3):
        for value in corpus[:500]:
            is_readable(value)
    gc.collect()
    assert tracemalloc.get_traced_memory()[0] - before < 64 * 1024


@pytest.mark.row(29, 32)
@pytest.mark.usefixtures("measured")
def test_a_record_of_a_hundred_thousand_keys_is_refused_before_they_are_read() -> None:
    value = of_many_keys(100_000)
    tracemalloc.reset_peak()
    before, _ = tracemalloc.get_traced_memory()
    assert not is_readable(value)
    assert tracemalloc.get_traced_memory()[1] - before < 64 * 1024


@pytest.mark.row(29)
async def test_mutilated_records_go_to_quarantine_one_by_one_and_their_neighbours_are_applied(
    tiny: Tiny, corpus: list[bytes]
) -> None:
    odd: list[bytes | None] = [None, b"", of_many_keys(100_000), of_many_keys(20_000), *corpus[:200]]
    mixed = [value for number, one in enumerate(odd) for value in (one, activity(f"good-{number}"))]

    await tiny.runner().take([record(offset, value) for offset, value in enumerate(mixed)])

    applied = await tiny.applied()
    assert [event_id for event_id in applied if event_id.startswith("good-")] == [f"good-{n}" for n in range(len(odd))]
    refused = await tiny.quarantined()
    repeats = tiny.counted("baton_records_duplicate_total", topic=LEAD_ACTIVITY)
    assert len(applied) + len(refused) + repeats == len(mixed)
    assert [offset for offset, _, _ in refused[:3]] == [0, 2, 4]
    assert {reason for _, reason, _ in refused} <= {"invalid", "future", "conflict"}
    assert await tiny.position() == len(mixed)


def of_size(size: int, event_id: str) -> bytes:
    """An activity of so many bytes."""
    return activity(event_id, padding="x" * (size - len(activity(event_id, padding=""))))


@pytest.mark.row(32)
async def test_records_up_to_the_size_limit_are_applied_and_one_byte_more_is_refused(tiny: Tiny) -> None:
    sizes = {"below": LIMIT - 1, "at": LIMIT, "above": LIMIT + 1, "far above": 3 * LIMIT}
    await tiny.send(*(of_size(size, name) for name, size in sizes.items()), activity("after"))
    async with tiny.reading_lane():
        await until(lambda: tiny.has_applied("after"))

    assert await tiny.applied() == ["below", "at", "after"]
    assert await tiny.quarantined() == [(2, "invalid", "open"), (3, "invalid", "open")]


@pytest.mark.row(32)
@pytest.mark.parametrize(("over", "published", "refused"), [(-1, 1, []), (0, 1, []), (1, 0, [(0, "handler", "open")])])
async def test_an_event_to_publish_is_refused_from_one_byte_above_what_readers_take(
    tiny: Tiny, over: int, published: int, refused: list[tuple[int, str, str]]
) -> None:
    async def passes_on(batch: Batch, transaction: Transaction[str]) -> None:
        event = batch.events[0]
        room = LIMIT + over - len(event.model_copy(update={"traceparent": ""}).encode())
        transaction.emit([event.model_copy(update={"traceparent": "a" * room})])

    tiny.before = passes_on
    await tiny.runner().take(numbered(0))

    assert await tiny.pool.fetchval("SELECT count(*) FROM outbox") == published
    assert await tiny.quarantined() == refused


@pytest.mark.row(28)
async def test_an_activity_a_little_ahead_is_applied_and_one_further_ahead_waits(tiny: Tiny) -> None:
    now = datetime.now(UTC)
    ahead = [timedelta(0), FUTURE, FUTURE + timedelta(microseconds=1), timedelta(days=20_000)]
    records = [
        record(n, activity(f"e{n}", at=now + length))._replace(appended_at=now) for n, length in enumerate(ahead)
    ]

    await tiny.runner().take(records)

    assert await tiny.applied() == ["e0", "e1"]
    assert await tiny.quarantined() == [(2, "future", "future"), (3, "future", "future")]


@pytest.mark.row(28)
async def test_activities_of_the_future_move_no_timer_and_hold_up_none(tiny: Tiny) -> None:
    async def sets_a_timer(batch: Batch, transaction: Transaction[str]) -> None:
        for event in batch.events:
            transaction.set_timer("warn", event.subject, event.time)

    tiny.before = sets_a_timer
    now = await tiny.domain_now()
    centuries = datetime(2199, 12, 31, tzinfo=UTC)
    await tiny.runner().take([record(n, activity(f"e{n}", "lead-1", at=centuries)) for n in range(50)])
    async with tiny.pool.acquire() as connection:
        await save(connection, [Timer("warn", "lead-1", now - HOUR)])
    stopping = asyncio.Event()
    running = asyncio.create_task(tiny.timers().run(stopping))

    async def has_fired() -> bool:
        return bool(await tiny.fired())

    await until(has_fired)
    stopping.set()
    await running

    assert await tiny.fired() == [("warn", "lead-1")]
    assert len(await tiny.quarantined()) == 50
    assert await tiny.applied() == []


@pytest.mark.row(33)
@pytest.mark.parametrize("name", TYPES)
def test_an_event_of_a_newer_minor_version_means_what_it_meant(name: str) -> None:
    event = json.loads(golden(name))
    newer = event | {"ownextension": "x", "data": event["data"] | {"field_of_tomorrow": {"a": [1, None]}}}

    read = decode(json.dumps(newer).encode())

    assert json.loads(read.encode())["data"].items() >= event["data"].items()
    assert type(read.data) is type_registry[name]


@pytest.mark.row(33)
@pytest.mark.parametrize("name", TYPES)
def test_a_field_that_was_removed_is_missed_where_it_is_needed_and_else_not(name: str) -> None:
    model, event = type_registry[name], json.loads(golden(name))
    for field_name, field in model.model_fields.items():
        shown = field.alias or field_name
        older = event | {"data": {key: value for key, value in event["data"].items() if key != shown}}
        assert is_readable(json.dumps(older).encode()) is not field.is_required(), shown


@pytest.mark.row(33)
async def test_an_event_of_an_unknown_major_version_waits_and_is_driven_by_the_build_that_knows_it(
    tiny: Tiny, monkeypatch: pytest.MonkeyPatch
) -> None:
    newer = activity("e1").replace(b'"specversion": "1.0"', b'"specversion": "2.0"')
    await tiny.runner().take([*numbered(0), record(1, newer), *numbered(2)])
    assert await tiny.applied() == ["e0-0", "e0-2"]
    assert await tiny.quarantined() == [(1, "invalid", "open")]

    def knows_both(value: bytes | None, headers: Mapping[str, bytes | None] | None = None) -> Event:
        return decode((value or b"").replace(b'"2.0"', b'"1.0"'), headers)

    monkeypatch.setattr(redriving, "decode", knows_both)
    async with tiny.pool.acquire() as connection:
        await quarantine.release(connection, None)
    build = Redriving(tiny.service, tiny.settings, tiny.pool, tiny.playbook, tiny.metrics)
    while await build.turn(asyncio.Event()):
        pass

    assert await tiny.applied() == ["e0-0", "e0-2", "e1"]
    assert await tiny.quarantined() == [(1, "invalid", "done")]


@pytest.mark.row(33)
async def test_an_activity_of_a_type_that_nobody_knows_yet_is_kept(tiny: Tiny) -> None:
    unknown = activity("e1").replace(b"web.visited", b"hologram.visited")

    await tiny.runner().take([*numbered(0), record(1, unknown), *numbered(2)])

    assert await tiny.applied() == ["e0-0", "e1", "e0-2"]
