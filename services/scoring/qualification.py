"""When an activity qualifies its lead: once for each armed (cycle, wins), and never by what a rep did.

An operator's `rescore.requested` qualifies as well, by the threshold alone, whom nobody has in hand: never a customer,
because to edit the rules is no sign of an expansion. It is no live activity of the lead in the sense of DESIGN §1: what
is known by backfill alone qualifies as backfill then, is given to nobody, and stays armed for the first live activity.

A lead is armed in each cycle, after each win once more for an expansion, and again while no handoff is open: after it
fell below `rearm_below`, and for an instant type after its team gave it back. At SQL and opportunity it is not armed:
the table of stages has no such move.
"""

from services.scoring.contributions import assess
from services.scoring.estimate import reaches
from services.scoring.history import OF_OPERATORS, stand
from services.scoring.instants import to_microseconds
from services.scoring.payloads import qualified_data
from services.scoring.rules import EngagementRule, ScoringPlaybook, view
from services.scoring.state import SOURCE, Entry, LeadScore, Qualification
from shared.events import Event
from shared.events.activities import REP_ACTIONS
from shared.events.derived import Stage
from shared.events.lifecycle import fold_moves

ArmedKey = tuple[int, int]
"""(cycle, wins): what a lead qualifies once for."""

NEVER: frozenset[Stage] = frozenset({"sql", "opportunity"})
"""Stages at which the table of stages has no such move."""
WITH_MARKETING: frozenset[Stage] = frozenset({"lead", "lost", "disqualified", "churned"})
"""Stages at which no team has the lead in hand."""


def qualify(state: LeadScore, cause: Event, playbook: ScoringPlaybook, *, changes_fit: bool) -> tuple[Event, ...]:
    """Qualify the lead if this activity, just applied, does so as of the latest time seen; recorded in the state."""
    if cause.type in REP_ACTIONS:
        return ()
    (stage, key), asked = _place_at(state, cause, playbook), cause.type == OF_OPERATORS
    instant = cause.type in playbook.mql.instant and not asked
    backfill = cause.backfill or (asked and not state.is_live)
    if stage in NEVER or (asked and not _heeds_request(state, stage, key)):
        return ()
    if not _is_armed(state, key, instant=instant, backfill=backfill):
        return ()
    if not (instant or asked or changes_fit or _gives_points(state, cause, playbook)):
        return ()
    if not _admits(state, playbook, instant=instant):
        return ()
    score = assess(state, playbook, state.latest)
    found = qualified_data(state, score, cause, key[0], instant=instant, backfill=backfill)
    event = Event.caused_by(cause, found, source=SOURCE, time=cause.time, playbook=playbook.version)
    state.qualified = (*state.qualified, Qualification(*key, backfill, event.id, cause.time))
    state.rearmed = False
    stand(state, playbook)
    return (event,)


def _heeds_request(state: LeadScore, stage: Stage, key: ArmedKey) -> bool:
    """Whether the lead has not moved on since the request's own time, and no team has it in hand, as far as activities
    tell: an MQL that has never qualified was passed on by people."""
    if (stage, key) != (state.stage, (state.cycle, state.wins)):
        return False
    return stage in WITH_MARKETING or (stage == "mql" and state.has_qualified)


def note_fall(state: LeadScore, at: int, playbook: ScoringPlaybook) -> None:
    """Arm the lead again if its score as of `at` (microseconds) is below `rearm_below` while no handoff is open."""
    below = playbook.mql.rearm_below
    if below is None or state.rearmed or not state.qualified or _may_be_in_hand(state):
        return
    state.rearmed = not reaches(state, playbook, at, below)


def _may_be_in_hand(state: LeadScore) -> bool:
    """Whether a handoff may be open, as far as activities tell."""
    return state.stage != "lead" and not _is_given_back(state)


def _is_given_back(state: LeadScore) -> bool:
    """Whether the MQL's team has rejected it: it is with marketing again."""
    if state.stage != "mql" or state.rejected_at is None:
        return False
    return not state.qualified or state.rejected_at >= state.qualified[-1].at


def _admits(state: LeadScore, playbook: ScoringPlaybook, *, instant: bool) -> bool:
    if not instant and not _is_good_enough(state, playbook):
        return False
    unless = playbook.mql.unless
    return unless is None or not unless(view(state.profile, state.lead_source))


def _is_good_enough(state: LeadScore, playbook: ScoringPlaybook) -> bool:
    mql = playbook.mql
    if mql.threshold is None or (mql.min_fit is not None and state.fit < mql.min_fit):
        return False
    return reaches(state, playbook, state.latest, mql.threshold)


def _gives_points(state: LeadScore, event: Event, playbook: ScoringPlaybook) -> bool:
    """Whether the activity itself adds points now, before caps."""
    entry = (to_microseconds(event.time), event.id)
    return any(_adds(rule, entry, state) for rule in playbook.by_type.get(event.type, ()))


def _adds(rule: EngagementRule, entry: Entry, state: LeadScore) -> bool:
    counted = state.counted.get(rule.id)
    if rule.points <= 0 or counted is None:
        return False
    kept = counted.entries[-rule.keep :]
    return (kept[-1] == entry or entry in kept) and rule.value(state.latest - entry[0]) > 0


def _place_at(state: LeadScore, cause: Event, playbook: ScoringPlaybook) -> tuple[Stage, ArmedKey]:
    """The stage, the cycle, and the wins before, in which the activity lies by its own time."""
    if state.as_of is None or cause.time >= state.as_of:
        return state.stage, (state.cycle, state.wins)
    moves = [*state.moves, *(past.move for past in state.qualified)]
    life = fold_moves((move for move in moves if move.at <= cause.time), relay_has_is=playbook.relay_has_is)
    return life.stage, (life.cycle, life.wins)


def _is_armed(state: LeadScore, key: ArmedKey, *, instant: bool, backfill: bool) -> bool:
    """Backfill disarms a lead for backfill only: live activity may qualify it once more in the same cycle."""
    if key == (state.cycle, state.wins) and (state.rearmed or (instant and _is_given_back(state))):
        return True
    past = [one for one in state.qualified if (one.cycle, one.wins) == key]
    return not past or (not backfill and all(one.backfill for one in past))
