"""What Hypothesis may let happen, in any order; whatever it was, the invariants hold once everything is done."""

import asyncio
from collections.abc import Coroutine
from typing import Any, TypeVar

from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from tests.model.broker import Answer
from tests.model.checks import BrokenPromiseError, check_at_rest, check_positions
from tests.model.happenings import Kind, Meanwhile, Trouble
from tests.model.replica import Parts
from tests.model.service import LEADS
from tests.model.stage import REPLICAS, Stage
from tests.model.world import World

T = TypeVar("T")
Asked = tuple[str, int | None]

REPLICA = st.integers(0, REPLICAS - 1)
TROUBLE = st.builds(Trouble, st.integers(0, 20), st.sampled_from(Kind))
ACTIVITY = st.tuples(st.sampled_from(LEADS), st.sampled_from([5, None, 45, 0]))
"""(lead, minutes after which to follow up)"""
AGAIN = st.integers(0, 20)
"""Which of the activities that are still remembered."""
MEMBERS = st.lists(REPLICA, unique=True, min_size=1, max_size=REPLICAS)


class Model(RuleBasedStateMachine):
    """Two replicas, made of these parts, in a world where anything happens."""

    def __init__(self, running: asyncio.Runner, stage: Stage, parts: Parts) -> None:
        super().__init__()
        self._running = running
        self.world = World(stage, parts)
        self._positions: dict[tuple[str, int], int] = {}
        self._turns: list[tuple[str, int]] = []
        self._sound = True
        self._do(self.world.begin())

    def _do(self, work: Coroutine[Any, Any, T]) -> T:
        return self._running.run(work)

    @initialize(members=MEMBERS, activities=st.lists(ACTIVITY, max_size=5))
    def begin(self, members: list[int], activities: list[Asked]) -> None:
        self._do(self.world.rebalance(members, patient=True))
        self.publish(activities, [])

    @rule(activities=st.lists(ACTIVITY, min_size=1, max_size=5), again=st.lists(AGAIN, max_size=2))
    def publish(self, activities: list[Asked], again: list[int]) -> None:
        """New activities, some older ones once more, and ten minutes pass."""
        for lead, minutes in activities:
            self.world.publish(lead, minutes)
        for number in again:
            self.world.publish_again(number)
        self._do(self.world.pass_time(10))

    @precondition(lambda self: self._turns)
    @rule(
        turn=st.runner().flatmap(lambda self: st.sampled_from(self._turns)),
        most=st.integers(1, 6),
        answers=st.lists(st.sampled_from(Answer), max_size=3),
        trouble=TROUBLE,
    )
    def work(self, turn: tuple[str, int], most: int, answers: list[Answer], trouble: Trouble) -> None:
        """A turn is begun, or goes on where it was halted. At `most` so many records are read."""
        self._do(self.world.work(*turn, trouble, most=most, answers=answers))

    also_work = still_work = again_work = work
    """Hypothesis takes each name for a rule of its own: more than half of what happens is work."""

    @rule(members=MEMBERS, patient=st.booleans())
    def rebalance(self, members: list[int], patient: bool) -> None:
        self._do(self.world.rebalance(members, patient=patient))

    @rule(what=st.sampled_from(Meanwhile))
    def meanwhile(self, what: Meanwhile) -> None:
        self._do(self.world.meanwhile(what))

    @invariant()
    def positions_never_fall(self) -> None:
        self._turns = self._do(self.world.turns())
        try:
            self._positions = self._do(check_positions(self.world, self._positions))
        except BrokenPromiseError:
            self._sound = False
            raise

    def teardown(self) -> None:
        try:
            if self._sound:
                self._do(check_at_rest(self.world))
        finally:
            self._do(self.world.end())
