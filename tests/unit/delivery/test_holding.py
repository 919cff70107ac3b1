"""Partitions that fail: passed over for a while, tried with fewer events, every lead's events in their order."""

from collections.abc import Sequence

from aiokafka.errors import LeaderNotAvailableError, MessageSizeTooLargeError, TopicAuthorizationFailedError

from shared.holding import LONGEST_HOLD_SECONDS, Holding, culprit
from shared.outbox import Outgoing
from shared.partition_sending import Outcome
from shared.positions import Place

BAD = ("scores", 0)


def place_of(row: Outgoing) -> Place:
    return row.topic, int(row.key[-1]) % 2


def rows(*keys: str) -> list[Outgoing]:
    return [Outgoing(seq, "scores", key, b"") for seq, key in enumerate(keys)]


def holding(outcome: Outcome[Outgoing], now: float = 0.0) -> Holding:
    holding = Holding(place_of)
    holding.learn(outcome, now)
    return holding


def failed(records: Sequence[Outgoing], acknowledged: int = 0, error: Exception | None = None) -> Outcome[Outgoing]:
    return Outcome(BAD, records, acknowledged, error or LeaderNotAvailableError())


def test_a_partition_that_failed_is_passed_over_and_its_leads_are_remembered() -> None:
    held = holding(failed(rows("lead-2")))

    free = held.free(rows("lead-2", "lead-1", "lead-4", "lead-3"), 0.5)

    assert [row.key for row in free] == ["lead-1", "lead-3"]
    assert sorted(held.keys(0.5)) == [("scores", "lead-2"), ("scores", "lead-4")]


def test_after_a_while_it_is_tried_with_half_as_many_the_oldest_first() -> None:
    waiting = rows("lead-2", "lead-4", "lead-2", "lead-4", "lead-1")
    held = holding(failed(waiting[:4]))

    assert held.free(waiting, 1.0) == [waiting[0], waiting[1], waiting[4]]
    assert held.keys(1.0) == []


def test_one_that_failed_again_is_left_alone_for_longer_and_waited_for_with_more_patience() -> None:
    held = holding(failed(rows("lead-2")))
    patience = held.patience(rows("lead-2"))
    for _ in range(9):
        held.learn(failed(rows("lead-2")), 0.0)

    assert held.free(rows("lead-2"), LONGEST_HOLD_SECONDS - 0.1) == []
    assert held.free(rows("lead-2"), LONGEST_HOLD_SECONDS) == rows("lead-2")
    assert held.patience(rows("lead-2")) > patience == held.patience(rows("lead-1"))


def test_one_that_takes_events_again_is_as_good_as_any() -> None:
    held = holding(failed(rows("lead-2", "lead-4")))
    held.learn(Outcome(BAD, rows("lead-2"), 1), 1.0)

    assert held.free(rows("lead-2", "lead-4"), 1.0) == rows("lead-2", "lead-4")


def test_a_record_at_fault_is_looked_for_at_once_by_halves() -> None:
    waiting = rows("lead-2", "lead-2", "lead-2", "lead-2")
    held = holding(failed(waiting, 0, MessageSizeTooLargeError()))

    assert held.free(waiting, 0.0) == waiting[:2]
    assert culprit(failed(waiting, 0, MessageSizeTooLargeError())) is None
    assert culprit(failed(waiting, 3, MessageSizeTooLargeError())) == waiting[3]


def test_a_missing_right_is_no_records_fault() -> None:
    alone = failed(rows("lead-2"), 0, TopicAuthorizationFailedError("scores"))

    assert culprit(alone) is None
    assert holding(alone).free(rows("lead-2"), 0.5) == []
