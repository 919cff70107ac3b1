"""A record's type told without reading it, and the partition that its key belongs to."""

import json
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.events import decode
from shared.records import Record, appended_at, partition_of, peek_type


def record(value: bytes | None, *headers: tuple[str, bytes | None]) -> Record:
    return Record("t", 0, 0, b"k", value, headers, datetime(2026, 1, 1, tzinfo=UTC))


@pytest.mark.parametrize(
    "body",
    [
        b'{"id":"1","type":"web.visited","data":{}}',
        b'{"type" : "web.visited"}',
        b'{"type":\n\t"web.visited"}',
        b'{"type":"web.visited","data":{"memo":"said \\"type\\": \\"other\\""}}',
        b'{"type":"web.visited","data":{"kind":"type","subtype":"x"}}',
        b'{"type":"web.visited","data":{"memo":"\\u5c55\\u793a\\u4f1a"}}',
    ],
)
def test_the_type_is_told_without_reading_the_record(body: bytes) -> None:
    assert peek_type(record(body)) == "web.visited"


@pytest.mark.parametrize(
    "body",
    [
        None,
        b"",
        b"{",
        b'{"id":"1"}',
        b'{"type":5}',
        b'{"data":{"type":"web.visited"},"type":"demo.requested"}',
        b'{"type":"a","type":"b"}',
        b'{"type":"demo\\u002erequested"}',
        b'{"type":"demo\\/requested"}',
        b'{"\\u0074ype":"demo.requested","data":{"type":"web.visited"}}',
        b'{"typ\\u0065":"demo.requested","data":{"type":"web.visited"}}',
    ],
)
def test_where_the_type_cannot_be_told_for_sure_the_record_has_to_be_read(body: bytes | None) -> None:
    assert peek_type(record(body)) is None


def test_in_binary_mode_the_type_stands_in_a_header() -> None:
    assert peek_type(record(b'{"type":"inner"}', ("ce_type", b"demo.requested"))) == "demo.requested"


STRUCTURED = ("content-type", b"application/cloudevents+json; charset=utf-8")


def test_a_stray_header_does_not_name_the_type_of_a_record_whose_value_is_the_whole_event() -> None:
    accepted = record(b'{"type":"lead.accepted"}', ("ce_type", b"web.visited"), STRUCTURED)

    assert peek_type(accepted) == "lead.accepted"


def test_in_binary_mode_without_a_type_the_record_has_to_be_read_to_be_refused() -> None:
    assert peek_type(record(b'{"type":"web.visited"}', ("ce_id", b"1"))) is None


@given(
    named=st.sampled_from([None, b"web.visited", b"demo.requested"]),
    content=st.sampled_from([None, b"application/cloudevents+json", b"application/json"]),
    body=st.sampled_from(["web.visited", "demo.requested"]),
)
def test_the_type_that_is_told_is_the_type_that_is_read(named: bytes | None, content: bytes | None, body: str) -> None:
    event = {"specversion": "1.0", "id": "1", "source": "urn:t", "type": body, "subject": "l", "data": {}}
    value = json.dumps(event | {"time": "2026-04-01T00:00:00Z"}).encode()
    others = {f"ce_{name}": text.encode() for name, text in event.items() if name not in {"type", "data"}}
    others["ce_time"] = b"2026-04-01T00:00:00Z"
    headers = {"ce_type": named, "content-type": content} | (others if named else {})
    sent = record(value, *((name, text) for name, text in headers.items() if text is not None))

    assert peek_type(sent) == decode(sent.value, sent.header_map).type


def test_of_a_repeated_header_the_last_counts_as_in_reading() -> None:
    found = record(b"{}", ("ce_type", b"web.visited"), ("ce_type", b"demo.requested"))

    assert peek_type(found) == found.header_map["ce_type"].decode() == "demo.requested"


def test_a_type_that_is_not_utf_8_is_told_and_does_not_fail() -> None:
    assert peek_type(record(b"{}", ("ce_type", b"\xff"))) == "\N{REPLACEMENT CHARACTER}"
    assert peek_type(record(b'{"type":"\xff"}')) == "\N{REPLACEMENT CHARACTER}"


JAVA = {
    b"21": -973932308,
    b"foobar": -790332482,
    b"a-little-bit-long-string": -985981536,
    b"a-little-bit-longer-string": -1486304829,
    b"lkjh234lh9fiuh90y23oiuhsafujhadof229phr9h19h89h8": -58897971,
    b"abc": 479470107,
}
"""Kafka's own vectors: `UtilsTest.testMurmur2` of Apache Kafka."""


@pytest.mark.parametrize("key", JAVA)
@pytest.mark.parametrize("partitions", [1, 3, 12])
def test_a_key_belongs_to_the_partition_that_javas_producer_chooses(key: bytes, partitions: int) -> None:
    assert partition_of(key, partitions) == (JAVA[key] & 0x7FFFFFFF) % partitions


def test_a_missing_append_time_is_the_epoch_and_one_past_the_calendar_its_last_year() -> None:
    epoch = datetime(1970, 1, 1, tzinfo=UTC)

    assert appended_at(-1) == epoch
    assert appended_at(2**60) == appended_at(2**63 - 1) == datetime(9999, 1, 1, tzinfo=UTC)
    assert appended_at(1500) == epoch + timedelta(seconds=1.5)


def test_the_body_hash_tells_bodies_apart_and_takes_a_tombstone() -> None:
    assert record(b"a").body_hash == record(b"a", ("h", b"x")).body_hash != record(b"b").body_hash
    assert len(record(None).body_hash) == 8
