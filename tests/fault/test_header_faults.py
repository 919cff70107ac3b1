"""Headers as hostile or careless clients write them: the record is applied, and nobody is answered."""

import json
from collections.abc import AsyncIterator, Sequence
from datetime import UTC, datetime

import pytest
from aiokafka import AIOKafkaConsumer, TopicPartition

from shared.events.catalogue import golden
from tests.integration.tiny import Tiny, activity, make_topic, tiny_service, until
from tests.servers import KafkaAddress
from tests.support.odd_records import RawName, send_odd

Headers = Sequence[tuple[str, bytes | None]]
ODD: dict[str, Headers] = {
    "null": [("h", None)],
    "no text": [("h", b"\xff\xfe")],
    "the same name twice": [("h", b"1"), ("h", b"2"), ("h", None)],
    "no name": [("", b"x")],
    "a name that is no text": [(RawName("x"), b"x")],
    "NUL": [("h\0", b"\0")],
    "huge": [("h", b"x" * 500_000)],
    "many": [(f"h{number}", b"x") for number in range(5000)],
    "a content type that is none": [("content-type", b"\xff")],
    "a trace that is none": [("traceparent", b"\xff"), ("correlation_id", None)],
}


@pytest.fixture
async def tiny(kafka: KafkaAddress, database: str, topic_prefix: str) -> AsyncIterator[Tiny]:
    async with tiny_service(kafka.bootstrap_servers, database, topic_prefix) as tiny:
        yield tiny


@pytest.mark.row(30)
async def test_records_with_odd_headers_are_applied_like_any_other(tiny: Tiny) -> None:
    now_ms = int(datetime.now(UTC).timestamp() * 1000)
    for name, headers in ODD.items():
        await send_odd(tiny.settings.kafka, tiny.topic, (activity(name), headers, now_ms))
    await tiny.send(activity("after"))

    async with tiny.reading_lane():
        await until(lambda: tiny.has_applied("after"))

    assert await tiny.applied() == [*ODD, "after"]
    assert await tiny.quarantined() == []


@pytest.mark.row(30)
async def test_nobody_is_answered_who_asks_for_an_answer_in_a_header(tiny: Tiny) -> None:
    elsewhere, now_ms = f"{tiny.settings.topic_prefix}elsewhere", int(datetime.now(UTC).timestamp() * 1000)
    await make_topic(tiny.settings.kafka, elsewhere, 1)
    asking: Headers = [("reply_to", elsewhere.encode()), ("correlation_id", b"1")]
    bad = b"{"
    for value in (activity("good"), bad):
        await send_odd(tiny.settings.kafka, tiny.topic, (value, asking, now_ms))
    await tiny.send(activity("after"))

    async with tiny.reading_lane():
        await until(lambda: tiny.has_applied("after"))

    assert await tiny.applied() == ["good", "after"]
    assert await end_of(tiny, elsewhere) == 0


async def end_of(tiny: Tiny, topic: str) -> int:
    consumer, place = AIOKafkaConsumer(bootstrap_servers=tiny.settings.kafka), TopicPartition(topic, 0)
    await consumer.start()
    try:
        return (await consumer.end_offsets([place]))[place]
    finally:
        await consumer.stop()


@pytest.mark.row(30)
async def test_a_header_of_binary_mode_that_is_no_text_is_refused_and_its_neighbours_are_applied(tiny: Tiny) -> None:
    now_ms = int(datetime.now(UTC).timestamp() * 1000)
    event = json.loads(golden("web.visited"))
    attributes = {name: value for name, value in event.items() if name != "data"}
    odd: list[Headers] = [
        [(f"ce_{name}", value.encode() if name != wrong else broken) for name, value in attributes.items()]
        for wrong, broken in (("id", None), ("id", b"\xff"), ("time", b"\xff"), ("specversion", b"9.9"))
    ]
    for headers in odd:
        await send_odd(tiny.settings.kafka, tiny.topic, (json.dumps(event["data"]).encode(), headers, now_ms))
        await tiny.send(activity(f"after-{odd.index(headers)}"))

    async with tiny.reading_lane():
        await until(lambda: tiny.has_applied("after-3"))

    assert await tiny.applied() == [f"after-{number}" for number in range(4)]
    assert await tiny.quarantined() == [(offset, "invalid", "open") for offset in (0, 2, 4, 6)]
