"""The envelope: what is an event, what is refused and in which words, and the ids of what is derived."""

import json
from datetime import UTC, datetime

import pytest
from cloudevents.core.bindings.kafka import KafkaMessage, from_kafka_event
from hypothesis import given
from hypothesis import strategies as st

from shared.events import LARGEST_EVENT_BYTES, Event, InvalidEventError, TimerCause, UnknownActivity, decode, derived
from shared.events.activities import ContentDownloaded

PLAIN = {
    "specversion": "1.0",
    "id": "8c1",
    "source": "urn:ma:hubspot",
    "type": "content.downloaded",
    "subject": "lead-42",
    "time": "2026-04-01T09:12:33+09:00",
    "data": {"asset_id": "wp-7", "kind": "case_study"},
}
CANARY = "canary@example.jp"


def written(**changed: object) -> bytes:
    return json.dumps({**PLAIN, **changed}).encode()


def refusal(value: bytes | None, headers: dict[str, bytes | None] | None = None) -> str:
    with pytest.raises(InvalidEventError) as caught:
        decode(value, headers)
    return str(caught.value)


def test_an_event_is_read_with_its_time_in_utc_and_its_data_in_its_own_shape() -> None:
    event = decode(written())
    assert event.time == datetime(2026, 4, 1, 0, 12, 33, tzinfo=UTC)
    assert isinstance(event.data, ContentDownloaded)
    assert event.data.asset_id == "wp-7"


def test_binary_mode_gives_the_same_event_as_structured_mode() -> None:
    attributes = {name: str(value) for name, value in PLAIN.items() if name != "data"}
    headers: dict[str, bytes | None] = {f"ce_{name}": value.encode() for name, value in attributes.items()}
    assert decode(json.dumps(PLAIN["data"]).encode(), headers) == decode(written())


def test_what_we_write_is_a_cloud_event_to_the_reference_library() -> None:
    ours = decode(written())
    message = KafkaMessage(headers={"content-type": b"application/cloudevents+json"}, key=None, value=ours.encode())
    theirs = from_kafka_event(message)
    assert (theirs.get_id(), theirs.get_source(), theirs.get_type()) == (ours.id, ours.source, ours.type)
    assert (theirs.get_subject(), theirs.get_time()) == (ours.subject, ours.time)


@pytest.mark.parametrize(
    ("value", "told"),
    [
        (None, "the record is a tombstone; a CloudEvents JSON object is expected"),
        (b"", "the record is not valid JSON"),
        (b"{", "the record is not valid JSON"),
        (b"\xff", "the record is not valid JSON"),
        (b"[1]", "the record is a JSON list; a CloudEvents JSON object is expected"),
        (b"{}", "id: Field required; source: Field required; type: Field required"),
        (written(time="2026-04-01T09:12:33"), "time: Input should have timezone info"),
        (written(time=1700000000), "time: a time is written as text with its zone"),
        (written(time="1700000000"), "time: a time is written as text with its zone"),
        (written(time="0001-01-01T00:00:00+09:00"), "time: a time lies between the years 1900 and 2200"),
        (written(specversion="2.0"), "specversion: Input should be '1.0'"),
        (written(subject=""), "subject: String should have at least 1 character"),
        (written(id="a\x00b"), "id: String should match pattern"),
        (written(data={"asset_id": 7}), "data: asset_id: Input should be a valid string"),
        (written(data={"own": "a\x00b"}), "own: text without NUL characters is expected"),
        (written(data={"own": 2**70}), "own: a finite number of at most 10^15 is expected"),
        (written().replace(b'"wp-7"', b"NaN"), "the record is not valid JSON"),
        (written().replace(b"wp-7", rb"\ud800"), "the record is not valid JSON"),
        (written().replace(b'"wp-7"', b"[" * 300 + b"]" * 300), "the record is not valid JSON: recursion limit"),
        (written(data={"own": json.loads("[" * 17 + "]" * 17)}), "own: at most 16 levels of nesting is expected"),
        (written(data=[1]), "data: the event: Input should be a valid dictionary"),
    ],
)
def test_what_is_no_event_is_refused_in_words(value: bytes | None, told: str) -> None:
    assert told in refusal(value)


@pytest.mark.parametrize("header", [None, b"\xff"])
def test_a_header_that_is_no_text_is_refused_in_words(header: bytes | None) -> None:
    assert "header ce_id" in refusal(b"{}", {"ce_specversion": b"1.0", "ce_id": header})


def test_an_event_at_the_size_limit_is_read_and_one_byte_more_is_refused() -> None:
    padding = LARGEST_EVENT_BYTES - len(written(padding=""))
    assert decode(written(padding="x" * padding)).id == "8c1"
    assert f"at most {LARGEST_EVENT_BYTES}" in refusal(written(padding="x" * (padding + 1)))


@given(st.sampled_from(["id", "time", "subject", "specversion"]), st.sampled_from([[CANARY], {"x": CANARY}, 7.5]))
def test_a_refusal_never_repeats_the_value(field: str, value: object) -> None:
    assert CANARY not in refusal(written(**{field: value}))
    assert CANARY not in refusal(written(data={"asset_id": [CANARY]}))


def test_a_type_of_the_companys_own_is_kept_with_its_data() -> None:
    event = decode(written(type="own.thing", data={"colour": "red"}))
    assert isinstance(event.data, UnknownActivity)
    assert event.data.value("colour") == "red"


def test_fields_that_no_model_declares_are_kept() -> None:
    assert decode(written(data={"colour": {"r": [1, 2]}})).data.value("colour") == {"r": [1, 2]}


def test_the_same_cause_always_derives_the_same_id_and_another_cycle_another_one() -> None:
    def qualified(cycle: int) -> Event:
        data = derived.LeadCooled(score=1, cycle=cycle)
        return Event.caused_by(decode(written()), data, source="urn:baton:scoring", time=datetime.now(UTC))

    assert qualified(1).id == "b1a95433-d58f-5802-b98a-b6fb35952ac1"
    assert qualified(1).id != qualified(2).id
    assert (qualified(1).causationid, qualified(1).subject) == ("8c1", "lead-42")


def test_a_timer_derives_from_its_meaning() -> None:
    cause = TimerCause("urn:baton:routing", "lead-42", ("accept", 1, 2))
    assert cause.id == '["lead-42","accept",1,2]'
