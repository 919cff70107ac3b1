"""When a qualified lead's score fell below the threshold by time alone."""

from services.scoring.contributions import assess
from services.scoring.estimate import reaches, stays_above, stays_below
from services.scoring.rules import ScoringPlaybook, in_points, to_instant
from services.scoring.state import SOURCE, LeadScore
from shared.events import Event, TimerCause
from shared.events.derived import LeadCooled

SECOND = 1_000_000
WEEK = 7 * 86_400 * SECOND


def cooled(state: LeadScore, lead_id: str, until: int, playbook: ScoringPlaybook) -> tuple[Event, ...]:
    """`lead.cooled`, stamped with the moment, where the score of a qualified lead fell before `until` (microseconds).

    Found at the lead's next activity, before that is written into `state` (the caller's own copy); it moves no stage.
    """
    threshold = playbook.mql.threshold
    if threshold is None or state.cold or until < state.warm_until or not state.has_qualified:
        return ()
    if reaches(state, playbook, until, threshold):
        stays = stays_above(state, playbook, until, until + WEEK, threshold)
        state.warm_until = until + WEEK if stays else 0
        return ()
    state.cold = stays_below(state, playbook, until, threshold)
    if not reaches(state, playbook, state.latest, threshold):
        return ()
    fell = _first_below(state, playbook, threshold, state.latest, until)
    found = LeadCooled(
        score=in_points(assess(state, playbook, fell).total),
        cycle=state.cycle,
        backfill=state.qualified[-1].backfill,
    )
    cause = TimerCause(SOURCE, lead_id, ("cooled", state.cycle, fell))
    return (Event.caused_by(cause, found, source=SOURCE, time=to_instant(fell), playbook=playbook.version),)


def _first_below(state: LeadScore, playbook: ScoringPlaybook, threshold: int, reached: int, below: int) -> int:
    """When the score falls, to the second, between a time that reaches the threshold and one that does not."""
    while below - reached > SECOND:
        middle = (reached + below) // 2
        if reaches(state, playbook, middle, threshold):
            reached = middle
        else:
            below = middle
    return below
