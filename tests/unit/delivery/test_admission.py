"""What of a batch is new, what repeats, and what contradicts."""

import json
from datetime import UTC, datetime

import pytest

from shared.events import decode
from shared.inbox import Admission, Received, first_of_each, settle
from shared.records import Record


def received(event_id: str, offset: int, page: str = "/") -> Received:
    value = json.dumps(
        {
            "specversion": "1.0",
            "id": event_id,
            "source": "urn:test",
            "type": "web.visited",
            "subject": "lead-1",
            "time": "2026-01-01T00:00:00Z",
            "data": {"page": page},
        }
    ).encode()
    return Received(decode(value), Record("t", 0, offset, b"lead-1", value, (), datetime(2026, 1, 1, tzinfo=UTC)))


FIRST, SECOND = received("a", 0), received("b", 1)


def test_the_first_of_each_is_new_in_the_order_read() -> None:
    assert first_of_each([SECOND, FIRST]) == Admission([SECOND, FIRST], [], [])


@pytest.mark.row(26)
def test_the_same_again_in_one_batch_is_a_repeat() -> None:
    again = received("a", 2)

    assert first_of_each([FIRST, SECOND, again]) == Admission([FIRST, SECOND], [again], [])


@pytest.mark.row(26)
def test_the_same_id_with_another_body_in_one_batch_is_a_conflict() -> None:
    other = received("a", 2, page="/other")

    assert first_of_each([FIRST, other]) == Admission([FIRST], [], [other])


def test_what_the_store_inserted_is_new() -> None:
    assert settle(Admission([FIRST, SECOND], [], []), {FIRST.identity, SECOND.identity}, {}).fresh == [FIRST, SECOND]


def test_what_the_store_knows_with_the_same_body_is_a_repeat() -> None:
    known = {FIRST.identity: FIRST.record.body_hash}

    assert settle(Admission([FIRST, SECOND], [], []), {SECOND.identity}, known) == Admission([SECOND], [FIRST], [])


def test_what_the_store_knows_with_another_body_is_a_conflict() -> None:
    known = {FIRST.identity: SECOND.record.body_hash}

    assert settle(Admission([FIRST], [], []), set(), known) == Admission([], [], [FIRST])


def test_repeats_and_conflicts_within_the_batch_are_kept_when_the_store_has_spoken() -> None:
    again, other = received("a", 2), received("a", 3, page="/other")

    settled = settle(first_of_each([FIRST, again, other]), {FIRST.identity}, {})

    assert settled == Admission([FIRST], [again], [other])
