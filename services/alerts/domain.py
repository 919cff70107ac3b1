"""Alerts of one lead: events and due timers in, the new state, derived events and notices out."""

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime
from typing import TypeVar

from services.alerts import SOURCE, clocks, handoff
from services.alerts.activity import on_consent, on_left, on_profile, on_qualified, on_rep_action, on_said
from services.alerts.bypassed import on_bypassed, on_refused
from services.alerts.draft import Draft, Situation
from services.alerts.handover import on_incomplete
from services.alerts.notices import AlertsDecided, Notice
from services.alerts.playbook import AlertsPlaybook
from services.alerts.staleness import become_stale, next_step, rule_stands, watched
from services.alerts.state import Holding, LeadAlerts
from shared.events import Event, EventData, TimerCause, derived, type_registry
from shared.events.activities import (
    BusinessCardExchanged,
    ConsentChanged,
    DemoRequested,
    FormSubmitted,
    PersonLeft,
    ProfileUpdated,
    RepAction,
)

Handler = Callable[[Draft, Event], None]
D = TypeVar("D", bound=EventData)


def _reads(kind: type[D], handler: Callable[[Draft, Event, D], None]) -> dict[str, Handler]:
    """The handler under every event type of that class of data."""

    def handle(draft: Draft, event: Event) -> None:
        if isinstance(event.data, kind):
            handler(draft, event, event.data)

    return dict.fromkeys((name for name, data in type_registry.items() if issubclass(data, kind)), handle)


_HANDLERS: dict[str, Handler] = {
    **_reads(RepAction, on_rep_action),
    **_reads(ProfileUpdated, on_profile),
    **_reads(ConsentChanged, on_consent),
    **_reads(PersonLeft, on_left),
    **_reads(FormSubmitted, on_said),
    **_reads(DemoRequested, on_said),
    **_reads(BusinessCardExchanged, on_said),
    **_reads(derived.LeadQualified, on_qualified),
    **_reads(derived.LeadAssigned, handoff.on_assigned),
    **_reads(derived.LeadReassigned, handoff.on_reassigned),
    **_reads(derived.LeadWaiting, handoff.on_waiting),
    **_reads(derived.HandoffChanged, handoff.on_changed),
    **_reads(derived.HandoverIncomplete, on_incomplete),
    **_reads(derived.OwnerBypassed, on_bypassed),
    **_reads(derived.ActionRefused, on_refused),
    **_reads(derived.ClockStarted, clocks.on_clock_running),
    **_reads(derived.ClockResumed, clocks.on_clock_running),
    **_reads(derived.ClockPaused, clocks.on_clock_paused),
    **_reads(derived.ClockMoved, clocks.on_moved),
    **_reads(derived.ClockWarned, clocks.on_warned),
    **_reads(derived.ClockBreached, clocks.on_breached),
    **_reads(derived.ClockMet, clocks.on_met),
    **_reads(derived.ClockClosed, clocks.on_closed),
    **_reads(derived.ClockCorrected, clocks.on_corrected),
    **_reads(derived.ClockCancelled, clocks.on_cancelled),
}
READS: frozenset[str] = frozenset(_HANDLERS)
"""The event types that concern alerts; of others only the position advances."""


def apply(state: LeadAlerts, event: Event, decided_at: datetime, playbook: AlertsPlaybook) -> AlertsDecided:
    """Fold one event of the lead. What happened longer ago than `suppress_older_than`, and backfill, tells nobody."""
    handler = _HANDLERS.get(event.type)
    if handler is None or not playbook.active:
        return AlertsDecided(state)
    draft = Draft(state, event, _happened_at(event), decided_at, playbook, event.backfill)
    handler(draft, event)
    draft.state = _watching(draft.state, playbook)
    return draft.decided


def _happened_at(event: Event) -> datetime:
    return event.data.decided_at if isinstance(event.data, derived.Decision) else event.time


def _watching(state: LeadAlerts, playbook: AlertsPlaybook) -> LeadAlerts:
    watch = watched(state, playbook)
    return state if watch == state.watch else replace(state, watch=watch)


def next_due(state: LeadAlerts) -> datetime | None:
    """When `on_due` is to be called next, in domain time."""
    waits = [holding.waiting_due for holding in state.handoffs.values() if holding.waiting_due]
    if state.watch and state.watch.due:
        waits.append(state.watch.due)
    return min(waits, default=None)


def on_due(
    state: LeadAlerts, at: datetime, decided_at: datetime, caught_up: bool, playbook: AlertsPlaybook
) -> AlertsDecided:
    """Take every step due at or before `at`, in due order; all of them wait until our reading has caught up."""
    events: list[Event] = []
    notices: list[Notice] = []
    while caught_up and (due := next_due(state)) is not None and due <= at:
        decided = _step(state, due, decided_at, playbook)
        state = decided.state
        events += decided.events
        notices += decided.notices
    return AlertsDecided(state, tuple(events), tuple(notices))


def _step(state: LeadAlerts, due: datetime, decided_at: datetime, playbook: AlertsPlaybook) -> AlertsDecided:
    for team, holding in sorted(state.handoffs.items()):
        if holding.waiting_due == due:
            return _waited_too_long(state, team, holding, decided_at, playbook)
    return _grown_stale(state, due, decided_at, playbook)


def _waited_too_long(
    state: LeadAlerts, team: str, holding: Holding, decided_at: datetime, playbook: AlertsPlaybook
) -> AlertsDecided:
    cause = TimerCause(SOURCE, state.lead, ("waiting", team, holding.cycle, holding.attempt))
    told = replace(state, handoffs={**state.handoffs, team: replace(holding, waiting_due=None)})
    draft = Draft(told, cause, holding.waiting_due or decided_at, decided_at, playbook)
    if rule := playbook.rules.waiting:
        occasion = holding.since.isoformat()
        draft.tell(Situation("waiting", rule.severity, rule.tell, team, holding, occasion=occasion), None)
    return draft.decided


def _grown_stale(state: LeadAlerts, due: datetime, decided_at: datetime, playbook: AlertsPlaybook) -> AlertsDecided:
    watch = state.watch
    if watch is None:
        return AlertsDecided(state)
    if not rule_stands(watch, playbook):
        return AlertsDecided(replace(state, watch=next_step(watch, playbook)))
    meaning = ("stale", watch.cycle, watch.stage, watch.base.isoformat(), watch.steps)
    draft = Draft(state, TimerCause(SOURCE, state.lead, meaning), due, decided_at, playbook)
    become_stale(draft, watch, due)
    return draft.decided
