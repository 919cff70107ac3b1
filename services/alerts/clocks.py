"""SLA clocks, as they concern people: deadlines in the messages, reminders, breaches and how they went on."""

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime
from typing import Literal

from services.alerts.draft import Draft, Situation
from services.alerts.handoff import current, hold, of_handoff
from services.alerts.kinds import OWN_CARDS
from services.alerts.state import Deadline, Holding, Outcome, Posted
from shared.events import Event
from shared.events.derived import ClockBreached, ClockClosed, ClockEvent, ClockMet, ClockMoved


def on_clock_running(draft: Draft, _: Event, clock: ClockEvent) -> None:
    """A clock started or goes on: its deadline shows in the message that told of the lead, and in its reminder."""
    _set_deadline(draft, clock, clock.due_at)
    _set_reminder(draft, clock, clock.due_at)


def on_clock_paused(draft: Draft, _: Event, clock: ClockEvent) -> None:
    _set_deadline(draft, clock, None)
    _set_reminder(draft, clock, None)


def _set_deadline(draft: Draft, clock: ClockEvent, due: datetime | None) -> None:
    """The deadline of the clock's latest run; what is told of an earlier run changes nothing."""
    holding = current(draft.state, clock)
    known = holding.clocks.get(clock.clock) if holding else None
    deadline = Deadline(due, clock.run) if due else None
    if holding is None or known == deadline or (known and known.run > clock.run):
        return
    clocks = {name: running for name, running in holding.clocks.items() if name != clock.clock}
    hold(draft, clock.team, replace(holding, clocks={**clocks, clock.clock: deadline} if deadline else clocks))
    concerns = of_handoff(clock.team, clock.cycle, clock.attempt)
    draft.refresh(lambda posted: posted.kind in OWN_CARDS and concerns(posted))


def on_moved(draft: Draft, event: Event, clock: ClockMoved) -> None:
    """A clock has another deadline by a new playbook; one that rests shows none."""
    holding = current(draft.state, clock)
    if holding is None or clock.clock not in holding.clocks:
        return
    on_clock_running(draft, event, clock)


def _set_reminder(draft: Draft, clock: ClockEvent, due: datetime | None) -> None:
    """The deadline in the reminder of this run of the clock; none while it rests."""
    concerns = _about_clock(clock)
    changed = {
        identity: replace(posted, due=due)
        for identity, posted in draft.state.open.items()
        if posted.kind == "reminder" and posted.due != due and concerns(posted)
    }
    draft.state = replace(draft.state, open={**draft.state.open, **changed})
    draft.refresh(lambda posted: posted in changed.values())


def on_warned(draft: Draft, _: Event, clock: ClockEvent) -> None:
    _tell_of_clock(draft, clock, "owner", "reminder")


def on_breached(draft: Draft, _: Event, clock: ClockBreached) -> None:
    """The ladder says who hears of a breach; a step without a `remind` or `notify` tells nobody."""
    if clock.action == "remind":
        _tell_of_clock(draft, clock, clock.target or "owner", "breach")
    elif clock.action == "notify":
        _tell_of_clock(draft, clock, clock.target or "manager", "breach")


def _tell_of_clock(draft: Draft, clock: ClockEvent, role: str, kind: Literal["reminder", "breach"]) -> None:
    known = current(draft.state, clock)
    holding = known or Holding(clock.owner_id, clock.cycle, clock.attempt, "assigned", clock.decided_at)
    owner = clock.owner_id or holding.owner
    situation = Situation(
        kind=kind,
        severity=draft.playbook.rules.severity.of(kind),
        role=role,
        team=clock.team,
        holding=holding,
        about=clock.owner_id,
        clock=clock.clock,
        run=clock.run,
        due=clock.due_at,
        occasion=f"{clock.clock}:{clock.run}:{clock.step}",
    )
    draft.tell(situation, owner)


def _about_clock(clock: ClockEvent) -> Callable[[Posted], bool]:
    """Whether a message is about this run of the clock."""
    concerns = of_handoff(clock.team, clock.cycle, clock.attempt)
    return lambda posted: (posted.clock, posted.run) == (clock.clock, clock.run) and concerns(posted)


def on_met(draft: Draft, _: Event, clock: ClockMet) -> None:
    outcome = Outcome("met", clock.met_at, clock.met_by if clock.met_by in draft.playbook.reps else clock.owner_id)
    draft.close(_about_clock(clock), outcome, acknowledges=True)
    _set_deadline(draft, clock, None)


def on_closed(draft: Draft, _: Event, clock: ClockClosed) -> None:
    draft.close(_about_clock(clock), Outcome("late", clock.closed_at, clock.owner_id), acknowledges=True)
    _set_deadline(draft, clock, None)


def on_corrected(draft: Draft, event: Event, clock: ClockEvent) -> None:
    draft.close(_about_clock(clock), Outcome("corrected", event.time, clock.owner_id), acknowledges=True)
    _set_deadline(draft, clock, None)


def on_cancelled(draft: Draft, event: Event, clock: ClockEvent) -> None:
    draft.close(_about_clock(clock), Outcome("cancelled", event.time))
    _set_deadline(draft, clock, None)
