"""Short courses of events, as Hypothesis tells them: those kept of planted bugs, and those of faults to be met."""

from collections.abc import Callable

from tests.model.broker import Answer
from tests.model.happenings import NO_TROUBLE, Kind, Meanwhile, Trouble
from tests.model.machine import Model

Story = Callable[[Model], None]

ALL = 1000
BEFORE_COMMIT = Trouble(16, Kind.HALT)
"""Of a replica's first batch, where it sets no timer."""
BEFORE_LATER_COMMIT = Trouble(13, Kind.HALT)


def read(model: Model, replica: int, trouble: Trouble = NO_TROUBLE, most: int = ALL) -> None:
    model.work(("read", replica), most, [], trouble)


def relay(model: Model, replica: int, *answers: Answer, trouble: Trouble = NO_TROUBLE) -> None:
    model.work(("relay", replica), ALL, list(answers), trouble)


def fire(model: Model, replica: int, trouble: Trouble = NO_TROUBLE) -> None:
    model.work(("fire", replica), ALL, [], trouble)


def one_call_fails(model: Model) -> None:
    model.begin([0], [("lead-1", 5)])
    read(model, 0, Trouble(7, Kind.FAILURE))


def a_batch_is_left_and_its_reader_goes_on(model: Model) -> None:
    model.begin([0], [("lead-1", None)] * 3)
    read(model, 0, Trouble(1, Kind.FAILURE), most=1)
    read(model, 0, most=1)
    read(model, 0, most=1)


def the_group_is_moved_to_the_last_record(model: Model) -> None:
    model.begin([0], [("lead-1", 5), ("lead-1", 5)])
    model.meanwhile(Meanwhile.GROUP_IS_MOVED)


def all_is_read_again_once_the_inbox_has_forgotten(model: Model) -> None:
    model.begin([0], [("lead-1", None)])
    for _ in range(2):
        read(model, 0)
        relay(model, 0)
    model.meanwhile(Meanwhile.ALL_IS_FORGOTTEN)


def a_batch_commits_after_one_that_wrote_later_was_sent(model: Model) -> None:
    model.begin([0, 1], [("lead-4", None), ("lead-1", None)])
    read(model, 0, BEFORE_COMMIT)
    read(model, 1)
    relay(model, 1)


def one_partition_does_not_take_what_is_sent(model: Model) -> None:
    model.begin([0], [("lead-4", None), ("lead-1", None)])
    read(model, 0)
    relay(model, 0, Answer.LOST)


def a_process_ends_while_it_fires(model: Model) -> None:
    model.begin([0], [("lead-1", 5)])
    read(model, 0)
    model.meanwhile(Meanwhile.TIME_PASSES)
    fire(model, 0, Trouble(9, Kind.CRASH))


def a_zombie_wakes_before_its_commit_and_its_heir_waits_for_it(model: Model) -> None:
    model.begin([0], [("lead-1", None), ("lead-4", 5)])
    read(model, 0, Trouble(12, Kind.HALT))
    model.rebalance([1], patient=False)
    read(model, 1)
    model.publish([("lead-1", None)], [0])
    read(model, 0)
    read(model, 1)
    read(model, 0)


def a_zombie_wakes_when_its_heir_has_read_on(model: Model) -> None:
    model.begin([0], [("lead-1", None), ("lead-1", 5)])
    read(model, 0, Trouble(1, Kind.HALT))
    model.rebalance([1], patient=False)
    read(model, 1)
    model.publish([("lead-1", 0), ("lead-1", 45)], [0])
    read(model, 1, most=1)
    read(model, 0)
    read(model, 0)


def replicas_come_and_go_in_the_middle_of_batches(model: Model) -> None:
    model.begin([0], [("lead-1", None), ("lead-4", 5), ("lead-1", 5)])
    for number in range(6):
        read(model, number % 2, Trouble(3 * number + 1, Kind.HALT), most=1)
        model.rebalance([[0, 1], [1], [0]][number % 3], patient=bool(number % 2))
        model.publish([("lead-2", None), ("lead-4", None)], [])


def commits_fail_or_come_after_the_next_rebalance(model: Model) -> None:
    model.begin([0], [("lead-1", None), ("lead-1", None), ("lead-4", 5)])
    model.meanwhile(Meanwhile.COMMITS_ARE_LATE)
    read(model, 0, most=1)
    model.rebalance([1], patient=True)
    model.meanwhile(Meanwhile.COMMITS_FAIL)
    read(model, 1)
    model.meanwhile(Meanwhile.COMMITS_ARRIVE)
    model.rebalance([0, 1], patient=True)


def a_timer_is_cancelled_while_it_fires(model: Model) -> None:
    model.begin([0], [("lead-1", 5)])
    read(model, 0)
    model.publish([("lead-1", 0)], [])
    read(model, 0, BEFORE_LATER_COMMIT)
    fire(model, 1)
    read(model, 0)
    fire(model, 1)


def a_timer_fires_while_it_is_cancelled(model: Model) -> None:
    model.begin([0], [("lead-1", 5)])
    read(model, 0)
    model.publish([("lead-1", 0)], [])
    fire(model, 1, Trouble(11, Kind.HALT))
    read(model, 0)
    fire(model, 1)
    read(model, 0)


def two_relays_send_under_one_lease(model: Model) -> None:
    model.begin([0], [("lead-1", None), ("lead-4", None)])
    read(model, 0)
    relay(model, 0, trouble=Trouble(6, Kind.HALT))
    model.meanwhile(Meanwhile.LEASE_ENDS)
    relay(model, 1, Answer.UNACKNOWLEDGED)
    relay(model, 0)


def two_timer_loops_fire_the_same(model: Model) -> None:
    model.begin([0], [("lead-1", 5), ("lead-4", 5)])
    read(model, 0)
    model.meanwhile(Meanwhile.TIME_PASSES)
    fire(model, 0, Trouble(9, Kind.HALT))
    fire(model, 1)
    fire(model, 0)
    fire(model, 1)
