"""Handoffs and clocks in the facts of a lead: decisions of routing, read in the order in which it made them."""

from dataclasses import replace
from datetime import datetime

from services.kpi.facts import Clock, ClockState, Facts, Handoff, HandoffStatus
from shared.events.derived import (
    ClockBreached,
    ClockCancelled,
    ClockClosed,
    ClockCorrected,
    ClockEvent,
    ClockMet,
    ClockMoved,
    ClockPaused,
    ClockWarned,
    Decision,
)

_STATES: dict[type[ClockEvent], ClockState] = {
    ClockMet: "met",
    ClockBreached: "breached",
    ClockCancelled: "cancelled",
    ClockPaused: "paused",
}
_CORRECTED: dict[str, ClockState] = {"cancelled": "cancelled", "paused": "paused"}


def handed(facts: Facts, data: Decision, status: HandoffStatus, owner: str | None) -> Facts:
    """A handoff moved; what is told of an earlier attempt than the known one changes nothing."""
    key = f"{data.cycle}/{data.team}"
    known = facts.handoffs.get(key)
    if known and data.attempt < known.attempt:
        return facts
    assigned_at = known.assigned_at if known else None
    if owner and assigned_at is None:
        assigned_at = data.decided_at
    handoff = Handoff(data.team, data.cycle, data.attempt, data.decided_at, status, owner, assigned_at)
    rep_teams = {**facts.rep_teams, owner: data.team} if owner else facts.rep_teams
    return replace(facts, handoffs={**facts.handoffs, key: handoff}, rep_teams=rep_teams)


def clocked(facts: Facts, data: ClockEvent, at: datetime) -> Facts:
    """A clock came to a new state; once met or cancelled only a correction changes it, a breach may also be closed. One
    that goes on under another playbook has another deadline, whatever its state."""
    key = _key(data)
    known = facts.clocks.get(key)
    if isinstance(data, ClockWarned) or (_is_settled(known) and not isinstance(data, ClockCorrected | ClockClosed)):
        return facts
    if isinstance(data, ClockClosed):
        return _closed(facts, key, known)
    if isinstance(data, ClockMoved) and known:
        return replace(facts, clocks={**facts.clocks, key: replace(known, due_at=data.due_at)})
    state = _corrected(data) if isinstance(data, ClockCorrected) else _STATES.get(type(data), "running")
    owner = data.owner_id or (known.owner if known else None)
    clock = Clock(data.clock, data.team, data.cycle, data.attempt, state, at, data.due_at, owner)
    return replace(facts, clocks={**facts.clocks, key: clock})


def _key(data: ClockEvent) -> str:
    key = f"{data.cycle}/{data.team}/{data.clock}/{data.attempt}"
    return key if data.run == 1 else f"{key}/{data.run}"


def _is_settled(clock: Clock | None) -> bool:
    return clock is not None and clock.state in ("met", "breached", "cancelled")


def _closed(facts: Facts, key: str, known: Clock | None) -> Facts:
    """Closing ends a breach that is known; routing tells of no other."""
    if known is None or known.state != "breached" or known.closed:
        return facts
    return replace(facts, clocks={**facts.clocks, key: replace(known, closed=True)})


def _corrected(data: ClockCorrected) -> ClockState:
    return _CORRECTED.get(data.now, "met")
