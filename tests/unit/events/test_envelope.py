"""The envelope: what is an event, in either mode, and what is kept of it."""

import json
from collections.abc import Callable
from datetime import UTC, datetime

import pytest
from cloudevents.core.bindings.kafka import (
    KafkaMessage,
    from_binary_event,
    from_kafka_event,
    to_binary_event,
    to_structured_event,
)
from cloudevents.core.formats.json import JSONFormat
from cloudevents.core.v1.event import CloudEvent

from shared.events import LARGEST_EVENT_BYTES, UnknownActivity, decode, type_registry
from shared.events.activities import ContentDownloaded
from tests.unit.events.envelopes import PLAIN, refusal, written

ATTRIBUTES = {name: str(value) for name, value in PLAIN.items() if name != "data"}
NOT_OLD = {"backfill": False}
BINARY: dict[str, bytes | None] = {f"ce_{name}": value.encode() for name, value in ATTRIBUTES.items()}


def theirs() -> CloudEvent:
    """The same event, made with the reference library."""
    attributes = ATTRIBUTES | {"time": datetime.fromisoformat(ATTRIBUTES["time"])}
    return CloudEvent(attributes=attributes, data=PLAIN["data"])


def test_an_event_is_read_with_its_time_in_utc_and_its_data_in_its_own_shape() -> None:
    event = decode(written())
    assert event.time == datetime(2026, 4, 1, 0, 12, 33, tzinfo=UTC)
    assert isinstance(event.data, ContentDownloaded)
    assert event.data.asset_id == "wp-7"


@pytest.mark.parametrize("mode", [to_structured_event, to_binary_event])
def test_what_the_reference_library_writes_is_an_event_to_us_in_both_modes(mode: Callable[..., KafkaMessage]) -> None:
    message = mode(theirs(), JSONFormat())
    assert decode(message.value, message.headers) == decode(written())


def test_what_we_write_is_a_cloud_event_to_the_reference_library() -> None:
    ours = decode(written())
    message = KafkaMessage(headers={"content-type": b"application/cloudevents+json"}, key=None, value=ours.encode())
    read = from_kafka_event(message)
    assert (read.get_id(), read.get_source(), read.get_type()) == (ours.id, ours.source, ours.type)
    assert (read.get_subject(), read.get_time(), read.get_data()) == (ours.subject, ours.time, PLAIN["data"] | NOT_OLD)


def test_headers_of_binary_mode_mean_to_us_what_they_mean_to_the_reference_library() -> None:
    value = json.dumps(PLAIN["data"]).encode()
    headers = {name: header for name, header in BINARY.items() if header is not None}
    read = from_binary_event(KafkaMessage(headers=headers, key=None, value=value), JSONFormat())
    ours = decode(value, BINARY)
    assert (read.get_id(), read.get_type(), read.get_time()) == (ours.id, ours.type, ours.time)


@pytest.mark.parametrize("value", [None, b"", b"{}"])
def test_an_event_in_binary_mode_without_a_value_has_empty_data(value: bytes | None) -> None:
    assert decode(value, BINARY) == decode(written(data={}))


def test_a_record_that_says_it_is_structured_is_read_so_whatever_its_other_headers() -> None:
    headers: dict[str, bytes | None] = {"content-type": b"application/cloudevents+json; charset=utf-8", "ce_id": b"x"}
    assert decode(written(), headers).id == "8c1"


def test_headers_of_other_programs_change_nothing() -> None:
    assert decode(written(), {"traceid": b"\xff", "empty": None}) == decode(written())


@pytest.mark.parametrize("name", sorted(type_registry))
@pytest.mark.parametrize("data", [{}, None])
def test_an_activity_of_any_type_is_valid_without_data(name: str, data: object) -> None:
    model = type_registry[name]
    if model.discriminated_by:
        assert "is missing: every event of this type has it" in refusal(written(type=name, data=data))
    else:
        assert type(decode(written(type=name, data=data)).data) is model


def test_a_type_of_the_companys_own_is_kept_with_its_data() -> None:
    event = decode(written(type="own.thing", data={"colour": "red"}))
    assert isinstance(event.data, UnknownActivity)
    assert decode(event.encode()) == event
    assert event.data.value("colour") == "red"


def test_fields_that_no_model_declares_are_kept() -> None:
    event = decode(written(data={"colour": {"r": [1, 2, None, True]}}))
    assert event.data.value("colour") == {"r": [1, 2, None, True]}
    assert decode(event.encode()) == event


def test_attributes_that_nobody_knows_are_passed_over() -> None:
    assert decode(written(datacontenttype="application/json", own="x")) == decode(written())


def test_of_a_key_that_stands_twice_the_last_one_counts() -> None:
    doubled = written().replace(b'"asset_id": "wp-7"', b'"asset_id": "wp-1", "asset_id": "wp-2"')
    assert decode(doubled).data.value("asset_id") == "wp-2"
    assert decode(written().replace(b'"id"', b'"id": "first", "id"', 1)).id == "8c1"


@pytest.mark.parametrize(
    "time",
    [
        "2026-04-01T09:12:33+09:00",
        "2026-04-01T00:12:33Z",
        "2026-04-01t00:12:33z",
        "2026-04-01T00:12:33z",
        "2026-04-01 00:12:33+00:00",
        "2026-03-31T15:12:33.000-09:00",
        "2026-04-01T09:12:33.0000000001+0900",
    ],
)
def test_one_instant_may_be_written_in_many_ways(time: str) -> None:
    assert decode(written(time=time)).time == datetime(2026, 4, 1, 0, 12, 33, tzinfo=UTC)


@pytest.mark.parametrize("time", ["1900-01-01T00:00:00Z", "2199-12-31T23:59:59.999999Z"])
def test_the_first_and_the_last_time_of_all_are_valid(time: str) -> None:
    assert json.loads(decode(written(time=time)).encode())["time"] == time


@pytest.mark.parametrize("size", [LARGEST_EVENT_BYTES - 1, LARGEST_EVENT_BYTES])
def test_an_event_up_to_the_size_limit_is_read(size: int) -> None:
    value = written(padding="x" * (size - len(written(padding=""))))
    assert len(value) == size
    assert decode(value).id == "8c1"


def test_an_event_of_thousands_of_unknown_fields_is_read_if_it_is_small_enough() -> None:
    fields = {f"{number:x}": 1 for number in range(20_000)}
    assert decode(written(data=fields)).data.value("fff") == 1
    assert "bytes; at most" in refusal(written(data={f"{number:x}": 1 for number in range(100_000)}))


def test_an_event_counts_from_its_own_time_or_from_its_later_arrival() -> None:
    assert decode(written()).arrived_at == datetime(2026, 4, 1, 0, 12, 33, tzinfo=UTC)
    later, earlier = "2026-04-02T00:00:00Z", "2026-03-01T00:00:00Z"
    assert decode(written(receivedat=later)).arrived_at == datetime(2026, 4, 2, tzinfo=UTC)
    assert decode(written(receivedat=earlier)).arrived_at == datetime(2026, 4, 1, 0, 12, 33, tzinfo=UTC)
