"""What scoring decides when an activity of a lead is applied. Pure: state, activity and playbook in, state and events out.

The score is a function of the set of activities. A qualification is decided once, when its activity is applied, and
is recorded. A lead is armed once for each (cycle, wins): in each cycle, and after each win for an expansion.
"""

from collections.abc import Sequence

from services.scoring.contributions import assess, view
from services.scoring.cooling import cooled
from services.scoring.estimate import reaches
from services.scoring.history import extend, fit_without, in_order, is_activity, opened, profile_fields
from services.scoring.history import refold, source_of, stand
from services.scoring.payloads import qualified_data
from services.scoring.rules import EngagementRule, ScoringPlaybook, to_microseconds
from services.scoring.state import SOURCE, Entry, LeadScore, Qualification
from shared.decided import Decided
from shared.events import Event
from shared.events.activities import RepAction
from shared.events.lifecycle import fold_moves, order_key

ArmedKey = tuple[int, int]
"""(cycle, wins): what a lead qualifies once for."""


def needs_history(state: LeadScore, event: Event, playbook: ScoringPlaybook) -> bool:
    """Whether `apply` needs all activities of the lead: this one comes late, or the playbook has changed."""
    if state.last is None or not is_activity(event):
        return False
    return state.playbook != playbook.version or order_key(event) <= state.last


def apply(
    state: LeadScore, event: Event, playbook: ScoringPlaybook, history: Sequence[Event] | None = None
) -> Decided[LeadScore]:
    """Apply one activity that was not applied before; other events change nothing.

    `history`, every activity of the lead that was applied so far, is read where `needs_history` says so; it may hold
    this one. Raises ValueError where it is needed and missing.
    """
    if not is_activity(event):
        return Decided(state)
    if not needs_history(state, event, playbook):
        return _apply_next(state, event, playbook)
    if history is None:
        raise ValueError(f"the history of {event.subject} is needed: the activity is late or the playbook has changed")
    return _apply_late(state, event, playbook, in_order([*history, event]))


def _apply_next(state: LeadScore, event: Event, playbook: ScoringPlaybook) -> Decided[LeadScore]:
    after = state.copied() if state.last else opened(state, playbook)
    at, fit_before = to_microseconds(event.time), after.fit
    cooling = cooled(after, event.subject, at, playbook)
    _note_fall(after, at, playbook)
    extend(after, event, playbook)
    return _decided(after, event, playbook, cooling, changes_fit=after.fit != fit_before)


def _apply_late(
    state: LeadScore, event: Event, playbook: ScoringPlaybook, history: Sequence[Event]
) -> Decided[LeadScore]:
    after = refold(state, history, playbook)
    tells = profile_fields(event.data) or source_of(event.data)
    changes_fit = bool(tells) and after.fit != fit_without(event, history, playbook)
    return _decided(after, event, playbook, (), changes_fit=changes_fit)


def _decided(
    after: LeadScore, event: Event, playbook: ScoringPlaybook, cooling: tuple[Event, ...], *, changes_fit: bool
) -> Decided[LeadScore]:
    after.version += 1
    _note_fall(after, _latest(after), playbook)
    return Decided(after, (*cooling, *qualify(after, event, playbook, changes_fit=changes_fit)))


def qualify(state: LeadScore, cause: Event, playbook: ScoringPlaybook, *, changes_fit: bool) -> tuple[Event, ...]:
    """Qualify the lead if this activity, just applied, does so as of the latest time seen; recorded in the state."""
    instant = cause.type in playbook.mql.instant
    if isinstance(cause.data, RepAction) or not (instant or changes_fit or _gives_points(state, cause, playbook)):
        return ()
    key = _key_at(state, cause)
    if not _is_armed(state, key, cause) or not _admits(state, playbook, instant=instant):
        return ()
    score = assess(state, playbook, _latest(state))
    found = qualified_data(state, score, cause, key[0], instant=instant)
    event = Event.caused_by(cause, found, source=SOURCE, time=cause.time, playbook=playbook.version)
    state.qualified = (*state.qualified, Qualification(*key, cause.backfill, event.id, cause.time))
    state.rearmed = False
    stand(state)
    return (event,)


def _admits(state: LeadScore, playbook: ScoringPlaybook, *, instant: bool) -> bool:
    mql = playbook.mql
    if mql.unless is not None and mql.unless(view(state.profile, state.lead_source).get):
        return False
    if instant:
        return True
    if mql.threshold is None or (mql.min_fit is not None and state.fit < mql.min_fit):
        return False
    return reaches(state, playbook, _latest(state), mql.threshold)


def _gives_points(state: LeadScore, event: Event, playbook: ScoringPlaybook) -> bool:
    """Whether the activity itself adds points now, before caps."""
    entry = (to_microseconds(event.time), event.id)
    latest = _latest(state)
    return any(_adds(rule, entry, state, latest) for rule in playbook.by_type.get(event.type, ()))


def _adds(rule: EngagementRule, entry: Entry, state: LeadScore, at: int) -> bool:
    counted = state.counted.get(rule.id)
    if rule.points <= 0 or counted is None:
        return False
    kept = counted.entries[-rule.keep :]
    return (kept[-1] == entry or entry in kept) and rule.value(at - entry[0]) > 0


def _key_at(state: LeadScore, cause: Event) -> ArmedKey:
    """The cycle, and the wins, in which the activity lies by its own time."""
    if state.last is None or cause.time >= state.last[0]:
        return state.cycle, state.wins
    moves = [*state.moves, *(past.move for past in state.qualified)]
    life = fold_moves(move for move in moves if move.at <= cause.time)
    return life.cycle, life.wins


def _is_armed(state: LeadScore, key: ArmedKey, cause: Event) -> bool:
    """Backfill disarms a lead for backfill only: live activity may qualify it once more in the same cycle."""
    if state.rearmed and key == (state.cycle, state.wins):
        return True
    past = [one for one in state.qualified if (one.cycle, one.wins) == key]
    return not past or (not cause.backfill and all(one.backfill for one in past))


def _note_fall(state: LeadScore, at: int, playbook: ScoringPlaybook) -> None:
    """Arm the lead again once its score is found below `rearm_below` while no handoff is open."""
    below = playbook.mql.rearm_below
    if below is None or state.rearmed or not state.qualified or _may_be_in_hand(state):
        return
    state.rearmed = not reaches(state, playbook, at, below)


def _may_be_in_hand(state: LeadScore) -> bool:
    """Whether a handoff may be open, as far as activities tell: rejecting an MQL gives it back to marketing."""
    given_back = state.rejected_at is not None and state.rejected_at >= state.qualified[-1].at
    return state.stage != "lead" and not (state.stage == "mql" and given_back)


def _latest(state: LeadScore) -> int:
    return to_microseconds(state.last[0]) if state.last else 0
