"""What holds of decisions in every merge, found by looking at the logs and at what each service has made of them."""

from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence

from services.kpi.facts import NOTHING
from services.routing.clock import Clock
from services.routing.state import Handoff
from shared.events import Event
from shared.events.activities import TOUCHES, RepAction
from shared.events.derived import ClockCorrected, ClockEvent, ClockMoved, ClockStarted, StageChanged, StageRefused
from shared.topics import LEAD_ACTIVITY, LEAD_HANDOFF
from tests.unit.interleaving.merging import Merged

ClockKey = tuple[str, str, int, int, int]
"""(clock, team, cycle, attempt, run)"""


def derived(world: Merged) -> Iterator[Event]:
    return (event for log in world.logs.values() for event in log if event.source.startswith("urn:baton:"))


def told_by_revision(world: Merged, lead: str) -> tuple[dict[str, object], dict[str, object]]:
    """The stages and refusals of a lead as a reader knows them who keeps the highest revision."""
    latest: dict[str, Event] = {}
    for event in world.logs[LEAD_HANDOFF, lead]:
        if not isinstance(event.data, StageChanged | StageRefused):
            continue
        key = _name_of(event.data)
        known = latest.get(key)
        if known is None or known.data.value("revision") < event.data.revision:
            latest[key] = event
    holding = {key: event for key, event in latest.items() if not event.data.value("retracted")}
    stages = {k: (e.time, e.data.implied, e.data.by) for k, e in holding.items() if isinstance(e.data, StageChanged)}
    refusals = {k: (e.time, e.data.reason) for k, e in holding.items() if isinstance(e.data, StageRefused)}
    return stages, refusals


def _name_of(data: StageChanged | StageRefused) -> str:
    if isinstance(data, StageChanged):
        return f"{data.cycle}:{data.to}"
    return f"{data.refused_source}\n{data.refused_id}"


def known_by_routing(world: Merged, lead: str) -> tuple[dict[str, object], dict[str, object]]:
    """As `told_by_revision`, of routing's own state."""
    state = world.routing.leads[lead]
    entries = {key: told.entry for key, told in state.stages.items() if not told.retracted}
    refused = {key: told.refusal for key, told in state.refusals.items() if not told.retracted}
    return (
        {key: (entry.at, entry.implied, entry.by) for key, entry in entries.items()},
        {key: (refusal.at, refusal.reason) for key, refusal in refused.items()},
    )


def attempts_with_several_owners(world: Merged) -> list[object]:
    given = Counter(
        (record.lead, record.team, record.cycle, record.attempt)
        for record in world.routing.records
        if record.kind in ("assigned", "reassigned")
    )
    return [attempt for attempt, times in given.items() if times > 1]


def handoffs(world: Merged) -> Iterator[tuple[str, Handoff]]:
    """Each lead's handoffs that anybody was told of."""
    for lead, state in world.routing.leads.items():
        for handoff in state.handoffs.values():
            if handoff.status != "done" or handoff.owner is not None:
                yield lead, handoff


def seen_by_routing(handoff: Handoff) -> object:
    return handoff.cycle, handoff.attempt, handoff.status, _owner(handoff.status, handoff.owner)


def seen_by_kpi(world: Merged, lead: str, handoff: Handoff) -> object:
    seen = world.kpi.leads[lead].handoffs[f"{handoff.cycle}/{handoff.team}"]
    return seen.cycle, seen.attempt, seen.status, _owner(seen.status, seen.owner)


def seen_by_alerts(world: Merged, lead: str, handoff: Handoff) -> object:
    seen = world.alerts.leads[lead].handoffs[handoff.team]
    return seen.cycle, seen.attempt, seen.status, _owner(seen.status, seen.owner)


def _owner(status: str, owner: str | None) -> str | None:
    return None if status in ("waiting", "rejected") else owner


def unended(world: Merged, lead: str) -> list[Clock]:
    """The clocks that run or rest, all whose deadline has passed having been breached."""
    return [clock for clock in world.routing.leads[lead].clocks if clock.status in ("running", "paused")]


def unended_by_kpi(world: Merged, lead: str) -> Counter[object]:
    clocks = world.kpi.leads.get(lead, NOTHING).clocks.values()
    return Counter((c.clock, c.team, c.cycle, c.attempt, c.state) for c in clocks if c.state in ("running", "paused"))


def by_clock(world: Merged, lead: str) -> dict[ClockKey, list[Event]]:
    """What was told of each run of each clock, in order."""
    told: dict[ClockKey, list[Event]] = defaultdict(list)
    for event in world.logs[LEAD_HANDOFF, lead]:
        if isinstance(data := event.data, ClockEvent):
            told[data.clock, data.team, data.cycle, data.attempt, data.run].append(event)
    return told


def faults_of_clock(told: Sequence[Event]) -> list[str]:
    """What is wrong in the life of one run of a clock."""
    types = [event.type for event in told]
    steps = [event.data.value("step") for event in told if event.type == "clock.breached"]
    ends = [place for place, kind in enumerate(types) if kind in ("clock.met", "clock.cancelled")]
    wrong = {
        "begins otherwise than by its start": types[0] != "clock.started" or types.count("clock.started") > 1,
        "goes on after its end": bool(ends) and ends[0] != len(types) - 1,
        "takes a step of the ladder twice": any(steps.count(step) > 1 for step in steps if step),
        "climbs before its breach": bool(steps) and steps[0] != 0,
        "is breached anew without a correction": steps.count(0) > 1 + types.count("clock.corrected"),
    }
    return [fault for fault, is_so in wrong.items() if is_so]


def breached_by_our_lag(world: Merged, told: Sequence[Event]) -> list[Event]:
    """The corrections whose evidence had been published before the breach was told."""
    breached = [world.published[event.source, event.id] for event in told if event.type == "clock.breached"]
    return [event for event in told if event.type == "clock.corrected" and _evidence(world, event) < breached[0]]


def _evidence(world: Merged, corrected: Event) -> int:
    """When what the correction follows from was published."""
    wanted = corrected.data.value("evidence_id")
    return max(place for (_, name), place in world.published.items() if name == wanted)


def actions_in_time(world: Merged, lead: str, told: Sequence[Event]) -> list[Event]:
    """Of a clock whose breach stands: what its owner did, or was waited for, between its start and its deadline."""
    data = [event.data for event in told]
    breach = next((event.data for event in told if event.type == "clock.breached"), None)
    started = next((each for each in data if isinstance(each, ClockStarted)), None)
    taken_back = any(isinstance(each, ClockCorrected | ClockMoved) for each in data)
    if not isinstance(breach, ClockEvent) or started is None or taken_back:
        return []
    stops = next(rule.stops for rule in world.routing.rules.clocks[breach.team] if rule.id == breach.clock)
    return [
        action
        for action in world.logs[LEAD_ACTIVITY, lead]
        if (action.type in stops or (action.type in TOUCHES and "lead.accepted" in stops))
        and (not isinstance(action.data, RepAction) or action.data.rep_id == breach.owner_id)
        and not action.backfill
        and started.decided_at < action.time <= breach.due_at
    ]


def open_work(world: Merged) -> tuple[Counter[object], Counter[object]]:
    """How many leads each rep holds, and how many wait in each pool."""
    held = [handoff for _, handoff in handoffs(world) if handoff.is_open]
    waiting = [handoff for handoff in held if handoff.status == "waiting"]
    return Counter(one.owner for one in held if one not in waiting), Counter(one.pool for one in waiting)
