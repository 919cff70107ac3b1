"""When a qualified lead's score falls below the threshold by time alone.

The lead is watched from the moment at which it reaches the threshold: `cools_at` is not later than the moment at which
it falls. Gains only put that off, so it is computed again when it comes, not at every activity; losses and a new
profile compute it at once.
"""

from services.scoring.contributions import assess
from services.scoring.estimate import reaches
from services.scoring.instants import to_instant
from services.scoring.rules import ScoringPlaybook, in_points
from services.scoring.state import SOURCE, LeadScore
from shared.events import Event, TimerCause
from shared.events.derived import LeadCooled

HOUR = 3600 * 1_000_000
CENTURY = 100 * 365 * 24 * HOUR
"""What has not faded by then does not fade."""


def watch(state: LeadScore, playbook: ScoringPlaybook, *, lost: bool) -> None:
    """Note when the lead cools, after an activity was written into `state` (the caller's own copy); `lost` says that
    the score may be lower than before for another reason than time."""
    threshold = playbook.mql.threshold
    if threshold is None or not state.has_qualified:
        state.cools_at = None
    elif state.cools_at is None or lost:
        state.cools_at = _falls_at(state, playbook, threshold)


def cooled(state: LeadScore, lead_id: str, until: int, playbook: ScoringPlaybook) -> tuple[Event, ...]:
    """`lead.cooled`, stamped with the moment at which the score fell, where it fell by `until` (microseconds).

    `state` is the caller's own copy, before anything later is written into it. It moves no stage.
    """
    threshold = playbook.mql.threshold
    if threshold is None or state.cools_at is None or until < state.cools_at:
        return ()
    state.cools_at = _falls_at(state, playbook, threshold)
    if state.cools_at is None or until < state.cools_at:
        return ()
    fell, state.cools_at = state.cools_at, None
    if fell == state.cooled_at:
        return ()
    state.cooled_at = fell
    found = LeadCooled(
        score=in_points(assess(state, playbook, fell).total),
        cycle=state.cycle,
        backfill=state.qualified[-1].backfill,
    )
    cause = TimerCause(SOURCE, lead_id, ("cooled", state.cycle, fell))
    return (Event.caused_by(cause, found, source=SOURCE, time=to_instant(fell), playbook=playbook.version),)


def _falls_at(state: LeadScore, playbook: ScoringPlaybook, threshold: int) -> int | None:
    """The microsecond at which the score first lies below the threshold, by time alone from the latest activity on;
    None where it lies there already, or never will. Of a score that falls, rises and falls, the first fall seen."""
    if _falls_as_watched(state, playbook, threshold):
        return state.cools_at
    reached, step = state.latest, HOUR
    if not reaches(state, playbook, reached, threshold):
        return None
    while reaches(state, playbook, reached + step, threshold):
        reached, step = reached + step, step * 2
        if step > CENTURY:
            return None
    below = reached + step
    while below - reached > 1:
        middle = (reached + below) // 2
        if reaches(state, playbook, middle, threshold):
            reached = middle
        else:
            below = middle
    return below


def _falls_as_watched(state: LeadScore, playbook: ScoringPlaybook, threshold: int) -> bool:
    """Whether the score, which only falls as time goes by, falls where it was said to when the lead was last looked at:
    then nothing needs to be searched for."""
    at = state.cools_at
    if at is None or at <= state.latest or any(rule.id in state.counted for rule in playbook.taking):
        return False
    return reaches(state, playbook, at - 1, threshold) and not reaches(state, playbook, at, threshold)
