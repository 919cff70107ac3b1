"""What has to hold in every world: the invariants, by their numbers in the catalogue of faults."""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence

from shared.events import Event, decode
from shared.positions import Place
from shared.topics import LEAD_ACTIVITY, LEAD_SCORED
from tests.model.service import LEADS
from tests.model.world import World

Applied = Mapping[tuple[str, str], Sequence[str]]
"""What was applied, in order, by topic and lead."""


class BrokenPromiseError(AssertionError):
    """An invariant does not hold."""


async def check_positions(world: World, before: dict[Place, int]) -> dict[Place, int]:
    """The positions now. Raises BrokenPromiseError where one has fallen."""
    now = await world.positions()
    if fell := {place: (offset, now.get(place)) for place, offset in before.items() if now.get(place, 0) < offset}:
        raise BrokenPromiseError(f"I5: positions fell: {fell}")
    return now


async def check_at_rest(world: World) -> None:
    """What holds once everything is done. Raises BrokenPromiseError with all that does not."""
    broken = [] if await world.drain() else [f"I9: this is never done: {await world.unfinished()}"]
    rows = await world.store.fetch("SELECT topic, subject, array_agg(what ORDER BY seq) FROM applied GROUP BY 1, 2")
    applied = {(topic, subject): what for topic, subject, what in rows}
    fired = await world.store.fetch("SELECT subject, generation, count(*) FROM fired GROUP BY 1, 2")
    timers = {(lead, generation): n for lead, generation, n in fired}
    for lead in LEADS:
        activities = accepted(world, lead)
        broken += _of_activities(lead, activities, applied)
        broken += _of_what_follows(world, lead, len(activities), applied)
        broken += _of_timers(lead, activities, timers)
    if broken:
        raise BrokenPromiseError("; ".join(broken))


def accepted(world: World, lead: str) -> list[Event]:
    """The activities of a lead in the order in which each first stands in its partition."""
    found: dict[str, Event] = {}
    for (topic, _), log in world.broker.logs.items():
        for record in log:
            if topic == LEAD_ACTIVITY and record.key == lead.encode():
                event = decode(record.value)
                found.setdefault(event.id, event)
    return list(found.values())


def _of_activities(lead: str, activities: Sequence[Event], applied: Applied) -> Iterator[str]:
    wanted, counted = [event.id for event in activities], applied.get((LEAD_ACTIVITY, lead), [])
    if sorted(wanted) != sorted(counted):
        yield f"I1: of {lead} {wanted} were accepted and {counted} counted"
    elif wanted != counted:
        yield f"I4: of {lead} {wanted} were applied in the order {counted}"


def _of_what_follows(world: World, lead: str, activities: int, applied: Applied) -> Iterator[str]:
    wanted, seen = [str(n + 1) for n in range(activities)], applied.get((LEAD_SCORED, lead), [])
    logs = (log for (topic, _), log in world.broker.logs.items() if topic == LEAD_SCORED)
    published = {
        decode(record.value).data.value("version") for log in logs for record in log if record.key == lead.encode()
    }
    if missing := set(range(1, activities + 1)) - published:
        yield f"I6: of the events that {lead} was to have, {sorted(missing)} never reached the broker"
    elif wanted != seen:
        yield f"I6: of the events of {lead}, {wanted} were published and {seen} took effect"


def _of_timers(lead: str, activities: Sequence[Event], fired: Counter[tuple[str, int]]) -> Iterator[str]:
    asked = [minutes for event in activities if (minutes := event.data.value("minutes")) is not None]
    generations = sum(minutes != 0 for minutes in asked)
    for generation in range(1, generations + 1):
        most_wanted = generation == generations and asked[-1] != 0
        times = fired.get((lead, generation), 0)
        if times > 1 or (most_wanted and not times):
            yield f"I3: timer {generation} of {lead} fired {times} times"
