"""Fires what a lead's clocks have due: resumptions, warnings, breaches and the ladder after a breach."""

from dataclasses import replace
from datetime import datetime

from services.routing.clock import Clock, LadderStep
from services.routing.clock_events import fields_of_clock
from services.routing.clocks import end_clocks, tell_closed
from services.routing.giving import take, withdraw
from services.routing.pausing import resumed
from services.routing.picking import Ask, settle, weigh
from services.routing.presence import OFF_HOURS, opening_without_obstacle
from services.routing.records import Record
from services.routing.state import Handoff, LeadRouting
from services.routing.turn import Turn
from shared.events.derived import ClockBreached, ClockResumed, ClockWarned


def next_at(clock: Clock, *, caught_up: bool = True) -> datetime | None:
    """When the clock has its next step; a breach and its ladder only where our reading has caught up."""
    if clock.status == "paused":
        return clock.resumes_at
    if clock.status == "breached":
        return clock.ladder[0].at if clock.ladder and caught_up else None
    if clock.warns:
        return clock.warns[0]
    return clock.due_at if caught_up else None


def may_reassign(state: LeadRouting, at: datetime) -> bool:
    """Whether firing what is due at `at` could take the lead from its owner, or give it to one."""
    if state.revisit and state.revisit.at is not None and state.revisit.at <= at:
        return True
    return any(
        step.action == "reassign" and step.at <= at
        for clock in state.clocks
        if clock.status != "paused" or (clock.resumes_at or at) <= at
        for step in clock.ladder
    )


def fire(turn: Turn, at: datetime, *, caught_up: bool) -> None:
    """Fire every step that is due at or before `at`, in due order."""
    while True:
        due = [
            (when, place)
            for place, clock in enumerate(turn.state.clocks)
            if (when := next_at(clock, caught_up=caught_up)) is not None and when <= at
        ]
        if not due:
            return
        when, place = min(due)
        _fire_next(turn, turn.state.clocks[place], when)


def _fire_next(turn: Turn, clock: Clock, when: datetime) -> None:
    if clock.status == "paused":
        _resume(_timed(turn, clock, "resume", when), clock)
    elif clock.status == "breached":
        step = clock.ladder[0]
        _climb(_timed(turn, clock, "step", step.at, step.number), clock, step)
    elif clock.warns:
        _warn(_timed(turn, clock, "warn", when), clock)
    else:
        _breach(_timed(turn, clock, "breach", clock.due_at), clock)


def _timed(turn: Turn, clock: Clock, what: str, at: datetime, number: int = 0) -> Turn:
    meaning = (what, clock.team, clock.id, clock.cycle, clock.attempt, clock.run, number, at.isoformat())
    return turn.timed(at, meaning, clock)


def _resume(turn: Turn, clock: Clock) -> None:
    goes_on = resumed(turn, clock)
    if goes_on is clock:
        turn.put_clock(clock, None)
        return
    turn.put_clock(clock, goes_on)
    turn.emit(ClockResumed(**fields_of_clock(turn, goes_on)), turn.at, clock.playbook)


def _warn(turn: Turn, clock: Clock) -> None:
    turn.put_clock(clock, replace(clock, warns=clock.warns[1:]))
    turn.emit(ClockWarned(**fields_of_clock(turn, clock)), turn.at, clock.playbook)


def _breach(turn: Turn, clock: Clock) -> None:
    turn.put_clock(clock, replace(clock, status="breached"))
    turn.emit(ClockBreached(**fields_of_clock(turn, clock)), turn.at, clock.playbook)
    tell_closed(turn, clock)


def _climb(turn: Turn, clock: Clock, step: LadderStep) -> None:
    rest = replace(clock, ladder=clock.ladder[1:])
    record = _another(turn, clock) if step.action == "reassign" else None
    if record is not None and (opens_at := _opens_at(turn, record)):
        put_off = sorted((*rest.ladder, replace(step, at=opens_at)), key=lambda one: one.at)
        turn.put_clock(clock, replace(rest, ladder=tuple(put_off)))
        return
    turn.put_clock(clock, rest)
    if record is not None and record.chosen is None:
        turn.records.append(settle(record, turn.desk, turn.rules))
    target = step.target if step.action != "reassign" else record.chosen if record else None
    breached = ClockBreached(**fields_of_clock(turn, clock, step.number), action=step.action, target=target)
    turn.emit(breached, turn.at, clock.playbook)
    if record is not None:
        _reassign(turn, clock, record)


def _another(turn: Turn, clock: Clock) -> Record | None:
    """The decision on somebody who has not had the lead; None where it was given by no pool that the rules know."""
    held = _held_by(turn, clock)
    pool = turn.rules.pools.get(held.pool or "") if held else None
    if held is None or pool is None:
        return None
    record = weigh(_ask(turn, held, clock), pool, turn.desk, turn.rules, turn.decided_at)
    return record if record.chosen is not None else replace(record, kind="kept")


def _opens_at(turn: Turn, record: Record) -> datetime | None:
    """When the first comes to work of those who are passed over for the hour alone, where nobody may have the lead now:
    a step that is due at closing would find nobody for ever. Who is on leave by then is not waited for."""
    if record.chosen is not None:
        return None
    off_hours = (turn.rules.reps[one.rep] for one in record.candidates if one.passed_over == OFF_HOURS)
    chances = (opening_without_obstacle(rep, turn.desk.rep(rep.id), turn.decided_at) for rep in off_hours)
    return min((at for at in chances if at is not None), default=None)


def _held_by(turn: Turn, clock: Clock) -> Handoff | None:
    held = turn.state.handoffs.get(clock.team)
    same = held is not None and (held.cycle, held.attempt, held.owner) == (clock.cycle, clock.attempt, clock.owner)
    return held if held is not None and same and held.is_open else None


def _ask(turn: Turn, held: Handoff, clock: Clock) -> Ask:
    reason = f"clock.breached:{clock.id}"
    return Ask(turn.state.lead, held.team, held.cycle, held.attempt + 1, held.had, reason, rule=held.rule)


def _reassign(turn: Turn, clock: Clock, record: Record) -> None:
    held = _held_by(turn, clock)
    if held is None or record.chosen is None:
        return
    withdraw(turn, held)
    end_clocks(turn, held.team, "reassigned", keep="notify")
    settle(record, turn.desk, turn.rules)
    again = replace(held, attempt=held.attempt + 1, since=turn.at)
    take(turn, again, record, previous=held.owner, reason=record.reason)
