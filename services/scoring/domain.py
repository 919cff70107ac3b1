"""What scoring decides when an activity is applied. Pure: state, activity and playbook in, state and events out.

The score is a function of the set of activities. A qualification is decided once, when its activity is applied, and
is recorded.
"""

from collections.abc import Sequence
from datetime import datetime

from services.scoring.cooling import cooled, watch
from services.scoring.history import (
    extend,
    fit_without,
    in_order,
    is_activity,
    judge,
    leaves_no_trace,
    note_company,
    opened,
    refold,
    stand,
    tells_of_profile,
)
from services.scoring.instants import to_instant, to_microseconds
from services.scoring.machines import is_unsettling, mail_of
from services.scoring.qualification import note_fall, qualify
from services.scoring.rules import ScoringPlaybook
from services.scoring.state import LeadScore
from shared.decided import Decided
from shared.events import Event
from shared.events.lifecycle import OrderKey, order_key


class HistoryNeededError(ValueError):
    """The activity cannot be applied to the checkpoint alone: every activity of its lead is needed."""


def needs_history(state: LeadScore, event: Event, playbook: ScoringPlaybook) -> bool:
    """Whether `apply` needs all activities of the lead: this one is late and matters, shows that a machine made an
    earlier one, or the playbook has changed."""
    return is_activity(event) and _needs_history(state, event, order_key(event), playbook)


def _needs_history(state: LeadScore, event: Event, place: OrderKey, playbook: ScoringPlaybook) -> bool:
    if state.last is None:
        return False
    if state.playbook != playbook.version:
        return True
    if place > state.last:
        mail = mail_of(event)
        return mail is not None and is_unsettling(state.mails, mail, playbook.machines)
    return not leaves_no_trace(event, playbook)


def apply(
    state: LeadScore, event: Event, playbook: ScoringPlaybook, history: Sequence[Event] | None = None
) -> Decided[LeadScore]:
    """Apply one activity that was not applied before; events that are no activities change nothing.

    `history`, every activity of the lead that was applied so far, is read where `needs_history` says so; it may hold
    this one. Raises HistoryNeededError where it is needed and missing.
    """
    if not is_activity(event):
        return Decided(state)
    place = order_key(event)
    if _needs_history(state, event, place, playbook):
        if history is None:
            raise HistoryNeededError(event.subject)
        return _apply_late(state, event, playbook, in_order([*history, event]))
    if state.last is None or place > state.last:
        return _apply_next(state, event, place, playbook)
    after = state.copied()
    note_company(after, event, place)
    return _decided(after, event, playbook, (), changes_fit=False)


def _apply_next(state: LeadScore, event: Event, place: OrderKey, playbook: ScoringPlaybook) -> Decided[LeadScore]:
    after = state.copied() if state.last else opened(state, playbook)
    fit_before, cooling = after.fit, tuple[Event, ...]()
    if state.qualified:
        at = to_microseconds(event.time)
        cooling = cooled(after, event.subject, at, playbook)
        note_fall(after, at, playbook)
    extend(after, event, place, playbook, judge(after, event, playbook))
    if after.moves is not state.moves:
        stand(after, playbook)
    lost = after.fit < fit_before or _took_points(state, after, event, playbook)
    return _decided(after, event, playbook, cooling, changes_fit=after.fit != fit_before, lost=lost)


def _took_points(before: LeadScore, after: LeadScore, event: Event, playbook: ScoringPlaybook) -> bool:
    """Whether a rule with negative points has counted the activity."""
    rules = playbook.by_type.get(event.type, ())
    return any(rule.points < 0 and after.counted.get(rule.id) is not before.counted.get(rule.id) for rule in rules)


def _apply_late(
    state: LeadScore, event: Event, playbook: ScoringPlaybook, history: Sequence[Event]
) -> Decided[LeadScore]:
    after = refold(state, history, playbook)
    changes_fit = tells_of_profile(event) and after.fit != fit_without(event, history, playbook)
    return _decided(after, event, playbook, (), changes_fit=changes_fit)


def _decided(
    after: LeadScore,
    event: Event,
    playbook: ScoringPlaybook,
    cooling: tuple[Event, ...],
    *,
    changes_fit: bool,
    lost: bool = False,
) -> Decided[LeadScore]:
    after.version += 1
    note_fall(after, after.latest, playbook)
    qualified = qualify(after, event, playbook, changes_fit=changes_fit)
    watch(after, playbook, lost=lost)
    return Decided(after, cooling + qualified)


def next_due(state: LeadScore) -> datetime | None:
    """When to ask whether time alone has brought the lead below the threshold."""
    return to_instant(state.cools_at) if state.cools_at is not None else None


def on_due(
    state: LeadScore, lead_id: str, at: datetime, playbook: ScoringPlaybook, history: Sequence[Event] = ()
) -> Decided[LeadScore]:
    """Tell of a score that has fallen by then; `history` is every activity, read where the playbook has changed."""
    after = state.copied() if state.playbook == playbook.version else refold(state, in_order(history), playbook)
    if after.playbook != state.playbook:
        watch(after, playbook, lost=True)
    events = cooled(after, lead_id, to_microseconds(at), playbook)
    return Decided(after, events)
