"""The data of the events that scoring emits; points in points, to six decimals."""

from datetime import datetime

from services.scoring.contributions import Line, Score, assess
from services.scoring.instants import to_instant, to_microseconds
from services.scoring.rules import ScoringPlaybook, in_points
from services.scoring.state import LeadScore
from shared.events import Event
from shared.events.derived import Contribution, LeadQualified, LeadScored

SCORED_CONTRIBUTIONS = 20
QUALIFIED_CONTRIBUTIONS = 5


def contribution(line: Line) -> Contribution:
    return Contribution(
        rule=line.rule,
        event_id=line.event_id,
        time=None if line.at is None else to_instant(line.at),
        base=in_points(line.base),
        decay=line.decay,
        value=in_points(line.value),
        reason=line.reason,
    )


def scored_data(state: LeadScore, playbook: ScoringPlaybook, as_of: datetime | None = None) -> LeadScored:
    """The data of `lead.scored`: as of the latest activity, or a time not before it.

    Raises ValueError for a lead without an activity.
    """
    at = as_of or state.as_of
    if at is None:
        raise ValueError("a lead without an activity has no score")
    score = assess(state, playbook, to_microseconds(at))
    return LeadScored(
        as_of=at,
        score=in_points(score.total),
        fit=in_points(score.fit),
        engagement=in_points(score.engagement),
        groups={group: in_points(micro) for group, micro in score.groups.items()},
        contributions=_largest(score, SCORED_CONTRIBUTIONS),
        version=state.version,
    )


def qualified_data(
    state: LeadScore, score: Score, cause: Event, cycle: int, *, instant: bool, backfill: bool
) -> LeadQualified:
    """The data of `lead.qualified`: the score as decided, why, and the five contributions that gave most."""
    return LeadQualified(
        score=in_points(score.total),
        fit=in_points(score.fit),
        engagement=in_points(score.engagement),
        cycle=cycle,
        reason="instant" if instant else "threshold",
        cause_id=cause.id,
        lead_source=state.lead_source,
        account_id=state.account_id,
        contributions=_most_giving(score, QUALIFIED_CONTRIBUTIONS),
        backfill=backfill,
    )


def _largest(score: Score, most: int) -> tuple[Contribution, ...]:
    lines = sorted(score.lines, key=lambda line: -abs(line.value))
    return tuple(map(contribution, lines[:most]))


def _most_giving(score: Score, most: int) -> tuple[Contribution, ...]:
    lines = sorted(score.lines, key=lambda line: -line.value)
    return tuple(map(contribution, lines[:most]))
