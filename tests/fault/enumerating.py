"""The enumerator: a service's life again and again, killed at each of its crash points, compared with a calm one."""

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass

from tests.fault.conftest import QUICK
from tests.fault.crash_acts import acts_of
from tests.fault.crash_points import CrashPoints, End, each_point, ports_watched
from tests.fault.outcomes import Outcome, differences, outcome_of
from tests.fault.world import Act, World


@dataclass
class Enumerator:
    """`calm` is what the acts come to when nothing happens, by the points in `passed`."""

    world: World
    acts: Sequence[Act]
    calm: Outcome
    passed: list[str]

    async def kill_at_each(self, *, first: int = 1, every: int = 1, end: End = End.KILLED) -> list[str]:
        """End a life at every such point; returns where each was ended. Raises AssertionError where that showed."""
        ended = []
        async for points in each_point(self._live, first=first, every=every, end=end):
            if points.happened:
                ended.append(points.where)
            found = differences(self.calm, await outcome_of(self.world))
            assert not found, "\n".join((f"{end.value} at point {points.at}, {points.where}:", *found))
        return ended

    async def _live(self, points: CrashPoints) -> None:
        try:
            await self.world.begin_anew()
            await self.world.happen(self.acts, points)
        except AssertionError as error:
            error.add_note(f"{points.end.value} at point {points.at}, {points.where}")
            raise


@asynccontextmanager
async def enumerating(world: World) -> AsyncIterator[Enumerator]:
    """An enumerator of the world's service."""
    acts = acts_of(world.topics, QUICK)
    with ports_watched():
        for points in (CrashPoints(), CrashPoints()):  # the first life of all makes rows that later ones find
            await world.begin_anew()
            await world.happen(acts, points)
        yield Enumerator(world, acts, await outcome_of(world), points.passed)
