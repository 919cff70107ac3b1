"""The position guard and the breaker, by themselves."""

from datetime import UTC, datetime

import pytest

from shared.guard import PositionGuard, RewindError, firsts
from shared.inbox import Received
from shared.quarantine import Refused
from shared.records import Record
from shared.screening import Breaker, BreakerOpenError
from tests.unit.delivery.test_admission import received

PLACE, OTHER = ("t", 0), ("t", 1)
NOW = datetime(2026, 1, 1, tzinfo=UTC)


def record(offset: int, partition: int = 0) -> Record:
    return Record("t", partition, offset, None, b"", (), NOW)


def knowing(**starts: int) -> PositionGuard:
    guard = PositionGuard()
    guard.learn({PLACE: starts.get("place", 0), OTHER: starts.get("other", 0)})
    return guard


def test_the_first_offset_of_each_partition_is_told() -> None:
    assert firsts([record(3), record(4), record(7, 1), record(9, 1)]) == {PLACE: 3, OTHER: 7}


def test_records_at_or_below_the_stored_position_pass() -> None:
    assert knowing().check([record(3), record(1, 1)], {PLACE: 3, OTHER: 8}) == {}


def test_a_record_above_the_stored_position_goes_back_and_asks_for_the_logs_start_again() -> None:
    guard = knowing()

    with pytest.raises(RewindError) as rewind:
        guard.check([record(5), record(0, 1)], {PLACE: 3, OTHER: 0})

    assert rewind.value.to == {PLACE: 3}
    assert guard.unknown({PLACE: 3, OTHER: 0}) == {PLACE}


def test_the_second_time_it_is_a_hole_that_lost_nothing() -> None:
    guard = knowing()
    with pytest.raises(RewindError):
        guard.check([record(5)], {PLACE: 3})
    guard.learn({PLACE: 0})

    assert guard.check([record(5)], {PLACE: 3}) == {}


def test_a_log_that_starts_above_the_position_lost_what_lies_between() -> None:
    guard = knowing()
    with pytest.raises(RewindError):
        guard.check([record(9)], {PLACE: 3})
    guard.learn({PLACE: 8})

    assert guard.check([record(9)], {PLACE: 3}) == {PLACE: 5}


def test_each_new_hole_is_looked_at_once() -> None:
    guard = knowing()
    for stored, first in ((3, 5), (6, 8)):
        with pytest.raises(RewindError):
            guard.check([record(first)], {PLACE: stored})
        guard.learn({PLACE: 0})
        assert guard.check([record(first)], {PLACE: stored}) == {}


def having_read(*offsets: int) -> PositionGuard:
    """A guard whose reader was handed these records of one partition, from the position on, and applied them."""
    guard = knowing()
    assert guard.check([record(offset) for offset in offsets], {PLACE: offsets[0]}) == {}
    return guard


def test_a_hole_behind_what_this_reader_applied_itself_is_passed_over_at_once() -> None:
    guard = having_read(0, 1)

    assert guard.unknown({PLACE: 3}) == {PLACE}
    guard.learn({PLACE: 0})

    assert guard.unknown({PLACE: 3}) == set()
    assert guard.check([record(3)], {PLACE: 2}) == {}


def test_records_that_follow_without_a_hole_ask_for_nothing() -> None:
    assert having_read(0, 1).unknown({PLACE: 2}) == set()


def test_what_retention_took_before_a_reader_at_work_is_lost_up_to_what_it_still_got() -> None:
    for start, lost in ((5, 3), (9, 4)):
        guard = having_read(0, 1)
        guard.learn({PLACE: start})

        assert guard.check([record(6)], {PLACE: 2}) == {PLACE: lost}


def test_a_position_that_this_reader_has_not_reached_is_gone_back_to() -> None:
    guard = having_read(0, 1, 2, 3)
    guard.learn({PLACE: 0})

    with pytest.raises(RewindError) as rewind:
        guard.check([record(6)], {PLACE: 2})

    assert rewind.value.to == {PLACE: 2}


def test_after_a_new_assignment_nothing_is_known() -> None:
    guard = having_read(0, 1)
    guard.forget()

    assert guard.unknown({PLACE: 3, OTHER: 0}) == {PLACE, OTHER}
    guard.learn({PLACE: 0, OTHER: 0})
    with pytest.raises(RewindError):
        guard.check([record(3)], {PLACE: 2})


def bad(offset: int) -> Refused:
    return Refused(record(offset), "invalid", "")


def after(breaker: Breaker, *outcomes: Refused | Received) -> int:
    """The run after these outcomes, in their order."""
    refused = [o for o in outcomes if isinstance(o, Refused)]
    good = [o for o in outcomes if isinstance(o, Received)]
    return breaker.after([o.record for o in outcomes], good, refused)


def test_a_good_record_ends_a_run() -> None:
    assert after(Breaker(3), bad(0), bad(1), received("a", 2), bad(3)) == 1


def test_a_run_goes_on_in_the_next_batch() -> None:
    breaker = Breaker(3)
    breaker.run = after(breaker, bad(0), bad(1))

    with pytest.raises(BreakerOpenError):
        after(breaker, bad(2), bad(3))


def test_as_many_as_allowed_do_not_open_it() -> None:
    assert after(Breaker(3), bad(0), bad(1), bad(2)) == 3


def test_a_long_run_opens_it_wherever_it_stands_in_the_batch() -> None:
    with pytest.raises(BreakerOpenError):
        after(Breaker(3), received("a", 0), bad(1), bad(2), bad(3), bad(4), received("b", 5))


def test_events_that_wait_for_their_time_are_not_bad() -> None:
    waiting = [Refused(record(n), "future", "", NOW) for n in range(9)]

    assert after(Breaker(3), *waiting) == 0


def test_the_same_records_judged_again_count_once() -> None:
    breaker = Breaker(3)

    assert [after(breaker, bad(0), bad(1)) for _ in range(5)] == [2] * 5


def test_a_record_that_contradicts_a_known_one_is_bad_though_it_reads_well() -> None:
    item = received("a", 0)

    assert Breaker(3).after([item.record], [item], [Refused(item.record, "conflict", "")]) == 1
