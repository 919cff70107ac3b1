"""What routing decided about a lead, as it concerns people: who holds it now, and who must hear of that."""

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Literal

from services.alerts.draft import Draft, Situation
from services.alerts.packet import learn
from services.alerts.state import Holding, LeadAlerts, Outcome, Posted
from shared.durations import WorkDuration
from shared.events import Event
from shared.events.derived import (
    ClockBreached,
    ClockEvent,
    ClockMet,
    Decision,
    HandoffChanged,
    LeadAssigned,
    LeadReassigned,
    LeadWaiting,
)
from shared.worktime import ALWAYS_OPEN, NoOpeningError

GIVEN_UP = "not_mine"
"""The reason of those who gave the lead up themselves: they need not be told."""
OWN_CARDS = frozenset({"assigned", "reassigned", "returned"})


def _hold(draft: Draft, team: str, holding: Holding) -> None:
    draft.state = replace(draft.state, handoffs={**draft.state.handoffs, team: holding})


def _of_handoff(team: str, cycle: int, attempt: int) -> Callable[[Posted], bool]:
    return lambda posted: (posted.team, posted.cycle, posted.attempt) == (team, cycle, attempt)


def _current(state: LeadAlerts, decision: Decision) -> Holding | None:
    """The holding that the decision is about; None for one that was overtaken."""
    holding = state.handoffs.get(decision.team)
    same = holding is not None and (holding.cycle, holding.attempt) == (decision.cycle, decision.attempt)
    return holding if same else None


def on_assigned(draft: Draft, _: Event, decided: LeadAssigned) -> None:
    """The new owner is told; who was told of the waiting sees that it is over."""
    holding = Holding(decided.owner_id, decided.cycle, decided.attempt, "assigned", decided.decided_at)
    _hold(draft, decided.team, holding)
    draft.state = learn(draft.state, decided.packet)
    taken = Outcome("assigned", decided.decided_at, decided.owner_id)
    draft.close(lambda posted: posted.kind == "waiting" and posted.team == decided.team, taken)
    severity = draft.playbook.rules.severity.assigned
    draft.tell(Situation("assigned", severity, "owner", decided.team, holding), decided.owner_id)


def on_reassigned(draft: Draft, _: Event, decided: LeadReassigned) -> None:
    """Both the new and the previous owner are told; older messages of the team show who has the lead now."""
    before = draft.state.handoffs.get(decided.team)
    previous = decided.previous_owner_id
    taken_away = before is not None and before.owner == previous != decided.owner_id
    handed_back = previous not in (None, decided.owner_id, before.owner if before else None)
    holding = Holding(decided.owner_id, decided.cycle, decided.attempt, "assigned", decided.decided_at)
    _hold(draft, decided.team, holding)
    draft.state = learn(draft.state, decided.packet)
    draft.close(lambda posted: posted.team == decided.team, Outcome("moved", decided.decided_at, decided.owner_id))
    severities = draft.playbook.rules.severity
    told = Situation(
        kind="returned" if handed_back else "reassigned",
        severity=severities.returned if handed_back else severities.reassigned,
        role="owner",
        team=decided.team,
        holding=holding,
        about=previous,
        detail=decided.reason,
    )
    draft.tell(told, decided.owner_id)
    if previous and taken_away and decided.reason != GIVEN_UP:
        draft.tell(replace(told, kind="moved", severity=severities.moved, about=decided.owner_id), previous)


def on_waiting(draft: Draft, _: Event, decided: LeadWaiting) -> None:
    """Nobody can take the lead: somebody is told when that has lasted too long."""
    team = draft.playbook.teams.get(decided.team)
    rule = draft.playbook.rules.waiting
    due = None
    if rule and not draft.backfill:
        due = _due(team.calendar.due if team else ALWAYS_OPEN.due, decided.decided_at, rule.after)
    holding = Holding(None, decided.cycle, decided.attempt, "waiting", decided.decided_at, waiting_due=due)
    _hold(draft, decided.team, holding)


def _due(
    by: Callable[[datetime, WorkDuration | timedelta], datetime], start: datetime, after: WorkDuration
) -> datetime | None:
    try:
        return by(start, after)
    except NoOpeningError:
        return None


def on_changed(draft: Draft, event: Event, decided: HandoffChanged) -> None:
    """Accepting, rejecting or finishing a handoff shows in the messages about it."""
    holding = _current(draft.state, decided)
    if holding is None or decided.status == "waiting":
        return
    _hold(draft, decided.team, replace(holding, status=decided.status, waiting_due=None))
    concerns = _of_handoff(decided.team, decided.cycle, decided.attempt)
    who = decided.owner_id or holding.owner
    match decided.status:
        case "accepted":
            draft.refresh(
                lambda posted: concerns(posted) and posted.kind != "moved", Outcome("accepted", event.time, who)
            )
        case "done":
            draft.close(concerns, Outcome("done", event.time, who))
        case "rejected":
            draft.close(concerns, Outcome("rejected", event.time, who), acknowledges=True)
        case _:
            pass


def on_clock_running(draft: Draft, _: Event, clock: ClockEvent) -> None:
    """A clock started or goes on: its deadline shows in the message that told of the lead."""
    _set_deadline(draft, clock, clock.due_at)


def on_clock_paused(draft: Draft, _: Event, clock: ClockEvent) -> None:
    _set_deadline(draft, clock, None)


def _set_deadline(draft: Draft, clock: ClockEvent, due: datetime | None) -> None:
    holding = _current(draft.state, clock)
    if holding is None or holding.clocks.get(clock.clock) == due:
        return
    clocks = {name: at for name, at in holding.clocks.items() if name != clock.clock}
    _hold(draft, clock.team, replace(holding, clocks=clocks if due is None else {**clocks, clock.clock: due}))
    concerns = _of_handoff(clock.team, clock.cycle, clock.attempt)
    draft.refresh(lambda posted: posted.kind in OWN_CARDS and concerns(posted))


def on_warned(draft: Draft, _: Event, clock: ClockEvent) -> None:
    _tell_of_clock(draft, clock, "owner", "reminder")


def on_breached(draft: Draft, _: Event, clock: ClockBreached) -> None:
    """The ladder says who hears of a breach; a step without a `remind` or `notify` tells nobody."""
    if clock.action == "remind":
        _tell_of_clock(draft, clock, clock.target or "owner", "breach")
    elif clock.action == "notify":
        _tell_of_clock(draft, clock, clock.target or "manager", "breach")


def _tell_of_clock(draft: Draft, clock: ClockEvent, role: str, kind: Literal["reminder", "breach"]) -> None:
    known = _current(draft.state, clock)
    holding = known or Holding(clock.owner_id, clock.cycle, clock.attempt, "assigned", clock.decided_at)
    owner = clock.owner_id or holding.owner
    severities = draft.playbook.rules.severity
    situation = Situation(
        kind=kind,
        severity=severities.reminder if kind == "reminder" else severities.breach,
        role=role,
        team=clock.team,
        holding=holding,
        clock=clock.clock,
        due=clock.due_at,
        occasion=f"{clock.clock}:{clock.step}",
    )
    draft.tell(situation, owner)


def _about_clock(clock: ClockEvent) -> Callable[[Posted], bool]:
    concerns = _of_handoff(clock.team, clock.cycle, clock.attempt)
    return lambda posted: posted.clock == clock.clock and concerns(posted)


def on_met(draft: Draft, _: Event, clock: ClockMet) -> None:
    outcome = Outcome("met", clock.met_at, clock.met_by if clock.met_by in draft.playbook.reps else clock.owner_id)
    draft.close(_about_clock(clock), outcome, acknowledges=True)
    _set_deadline(draft, clock, None)


def on_corrected(draft: Draft, event: Event, clock: ClockEvent) -> None:
    draft.close(_about_clock(clock), Outcome("corrected", event.time, clock.owner_id), acknowledges=True)
    _set_deadline(draft, clock, None)


def on_cancelled(draft: Draft, event: Event, clock: ClockEvent) -> None:
    draft.close(_about_clock(clock), Outcome("cancelled", event.time))
    _set_deadline(draft, clock, None)
