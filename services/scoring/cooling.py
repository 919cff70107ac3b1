"""When a qualified lead's score fell below the threshold by time alone."""

from services.scoring.contributions import assess
from services.scoring.estimate import reaches
from services.scoring.rules import ScoringPlaybook, in_points, to_instant, to_microseconds
from services.scoring.state import SOURCE, LeadScore
from shared.events import Event, TimerCause
from shared.events.derived import LeadCooled


def cooled(state: LeadScore, lead_id: str, until: int, playbook: ScoringPlaybook) -> tuple[Event, ...]:
    """`lead.cooled`, stamped with the moment, where the score of a qualified lead fell before `until` (microseconds).

    Found at the lead's next activity, before that is applied; it moves no stage.
    """
    threshold = playbook.mql.threshold
    if threshold is None or state.last is None or not state.has_qualified:
        return ()
    since = to_microseconds(state.last[0])
    if reaches(state, playbook, until, threshold) or not reaches(state, playbook, since, threshold):
        return ()
    fell = _first_below(state, playbook, threshold, since, until)
    found = LeadCooled(
        score=in_points(assess(state, playbook, fell).total),
        cycle=state.cycle,
        backfill=state.qualified[-1].backfill,
    )
    cause = TimerCause(SOURCE, lead_id, ("cooled", state.cycle, fell))
    return (Event.caused_by(cause, found, source=SOURCE, time=to_instant(fell), playbook=playbook.version),)


def _first_below(state: LeadScore, playbook: ScoringPlaybook, threshold: int, reached: int, below: int) -> int:
    """The microsecond at which the score falls, between one that reaches the threshold and one that does not."""
    while below - reached > 1:
        middle = (reached + below) // 2
        if reaches(state, playbook, middle, threshold):
            reached = middle
        else:
            below = middle
    return below
