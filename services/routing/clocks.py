"""SLA clocks: started when a lead is given, stopped by what the owner does, paused while the lead is snoozed."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Literal, TypedDict

from services.routing.rules import ClockRule
from services.routing.state import Clock, Handoff, LadderStep
from services.routing.story import fields_of
from services.routing.turn import Turn
from shared.durations import WorkDuration
from shared.events import Event
from shared.events.activities import TOUCHES, LeadSnoozed, RepAction
from shared.events.derived import ClockCancelled, ClockClosed, ClockCorrected, ClockMet, ClockPaused, ClockStarted
from shared.events.lifecycle import MOVES
from shared.worktime import NoOpeningError, WorkCalendar

KEPT_BREACHES = 12
"""So many breached clocks are kept for evidence that may still be read."""


class ClockFields(TypedDict):
    clock: str
    team: str
    owner_id: str
    cycle: int
    attempt: int
    due_at: datetime
    step: int
    decided_at: datetime


def fields_of_clock(turn: Turn, clock: Clock, step: int = 0) -> ClockFields:
    """The data that every event about the clock carries."""
    return {
        "clock": clock.id,
        "team": clock.team,
        "owner_id": clock.owner,
        "cycle": clock.cycle,
        "attempt": clock.attempt,
        "due_at": clock.due_at,
        "step": step,
        "decided_at": turn.decided_at,
    }


def start_clocks(turn: Turn, handoff: Handoff) -> None:
    """Start the team's clocks whose condition holds, at the moment of the decision, but none for what is done."""
    if handoff.why == "note":
        return
    known = fields_of(turn.state, handoff)
    for rule in turn.rules.clocks.get(handoff.team, ()):
        if not rule.matches(known) or _is_done_already(turn, rule, handoff):
            continue
        clock = _started(turn, rule, handoff)
        if clock is not None:
            turn.state.clocks = (*turn.state.clocks, clock)
            turn.emit(ClockStarted(**fields_of_clock(turn, clock)), turn.decided_at)


def _is_done_already(turn: Turn, rule: ClockRule, handoff: Handoff) -> bool:
    """Whether what led to this handoff is what the clock would wait for, such as an opportunity that is open."""
    cause = turn.cause
    if not isinstance(cause, Event) or cause.type not in rule.stops:
        return False
    return cause.type in MOVES or cause.data.value("rep_id") == handoff.owner


def _started(turn: Turn, rule: ClockRule, handoff: Handoff) -> Clock | None:
    """The clock with all its times; None where its calendar never opens."""
    owner = handoff.owner or ""
    calendar = turn.rules.calendar_of(owner, handoff.team, rule.calendar)
    try:
        due_at = calendar.due(turn.decided_at, rule.within)
        warns = sorted({calendar.due(turn.decided_at, warn) for warn in rule.warn})
        ladder = sorted(_steps(rule, calendar, due_at), key=lambda step: step.at)
    except NoOpeningError:
        return None
    return Clock(
        id=rule.id,
        team=handoff.team,
        cycle=handoff.cycle,
        attempt=handoff.attempt,
        owner=owner,
        since=handoff.since,
        running_since=turn.decided_at,
        due_at=due_at,
        stops=rule.stops,
        playbook=turn.rules.version,
        warns=tuple(at for at in warns if at < due_at),
        ladder=tuple(ladder),
        calendar=rule.calendar,
        traceparent=handoff.traceparent,
        correlationid=handoff.correlationid,
    )


def _steps(rule: ClockRule, calendar: WorkCalendar, due_at: datetime) -> Iterator[LadderStep]:
    for number, step in enumerate(rule.ladder, start=1):
        yield LadderStep(number, _after(calendar, due_at, step.after), step.action, step.target)


def _after(calendar: WorkCalendar, breached_at: datetime, length: WorkDuration) -> datetime:
    """So much working time after a breach; business days are counted from the day that a breach at closing ends."""
    if length == WorkDuration():
        return breached_at
    return calendar.due(breached_at - timedelta.resolution if length.business_days is not None else breached_at, length)


def observe(turn: Turn, event: Event, data: RepAction) -> None:
    """Stop the clocks of the rep who acted; judged by the time of the action, not by when it was read."""
    if data.rep_id is None:
        return
    met: list[Clock] = []

    def after_action(clock: Clock) -> Clock | None:
        if clock.owner != data.rep_id or not _is_stopped_by(clock, event):
            return clock
        if event.time > deadline(turn, clock):
            return _closed(turn, clock, event.time)
        met.append(clock)
        _tell_met(turn, clock, event)
        return None

    turn.change_clocks(after_action)
    for done in met:
        _end_earlier(turn, done)


def _closed(turn: Turn, clock: Clock, at: datetime) -> Clock:
    """The clock after an action that came too late; a breach that has not been told yet is told first."""
    if clock.closed_at is not None:
        return clock
    closed = replace(clock, ladder=(), warns=(), closed_at=at)
    if clock.status == "breached":
        tell_closed(turn, closed)
    return closed


def tell_closed(turn: Turn, clock: Clock) -> None:
    if clock.closed_at is not None:
        closed = ClockClosed(**fields_of_clock(turn, clock), closed_at=clock.closed_at, closed_by=clock.owner)
        turn.emit(closed, max(clock.closed_at, clock.due_at), clock.playbook)


def _is_stopped_by(clock: Clock, event: Event) -> bool:
    """A touch accepts the lead, so it stops whatever accepting stops."""
    stops = event.type in clock.stops or (event.type in TOUCHES and "lead.accepted" in clock.stops)
    return stops and event.time >= clock.since


def _end_earlier(turn: Turn, met: Clock) -> None:
    """The owner has acted: what is pending of earlier attempts tells nobody anything new."""
    turn.change_clocks(lambda clock: replace(clock, ladder=()) if _precedes(clock, met) else clock)


def _precedes(clock: Clock, later: Clock) -> bool:
    same = (clock.id, clock.team, clock.cycle) == (later.id, later.team, later.cycle)
    return same and clock.attempt < later.attempt


def _tell_met(turn: Turn, clock: Clock, event: Event) -> None:
    if clock.status == "breached":
        _tell_corrected(turn, clock, "met")
        return
    met = ClockMet(**fields_of_clock(turn, clock), met_at=event.time, met_by=clock.owner)
    turn.emit(met, event.time, clock.playbook)


def _tell_corrected(turn: Turn, clock: Clock, now: Literal["met", "paused", "cancelled"]) -> None:
    """What is now applied happened before the deadline: the breach was none."""
    corrected = ClockCorrected(
        **fields_of_clock(turn, clock),
        was="breached",
        now=now,
        evidence_id=turn.cause.id,
        reported_late_by=max(0.0, (turn.decided_at - turn.at).total_seconds()),
    )
    turn.emit(corrected, turn.at, clock.playbook)


def deadline(turn: Turn, clock: Clock) -> datetime:
    """When the owner's time is used up, the present pause taken into account."""
    return resumed(turn, clock).due_at if clock.status == "paused" else clock.due_at


def pause(turn: Turn, event: Event, data: LeadSnoozed) -> None:
    """Stop working time from being used until `until`; without an end, or past the deadline, nothing is paused."""
    until = data.until
    handoff = turn.state.open_handoff
    if until is None or handoff is None:
        return

    def paused(clock: Clock) -> Clock | None:
        if clock.team != handoff.team:
            return clock
        if clock.status == "breached":
            return _paused_in_time(turn, clock, handoff, until)
        if clock.status == "paused" and clock.paused_at is not None and event.time >= clock.paused_at:
            return replace(clock, resumes_at=max(until, clock.paused_at))
        begins = max(event.time, clock.running_since)
        if clock.status != "running" or begins >= min(until, clock.due_at):
            return clock
        turn.emit(ClockPaused(**fields_of_clock(turn, clock)), begins, clock.playbook)
        return replace(clock, status="paused", paused_at=begins, resumes_at=until)

    turn.change_clocks(paused)


def _paused_in_time(turn: Turn, clock: Clock, handoff: Handoff, until: datetime) -> Clock | None:
    """A snooze before the deadline that was read after it: the breach was none, and the clock rests until then. Of an
    attempt that is over, only the breach is taken back."""
    begins = max(turn.at, clock.running_since)
    rests = replace(clock, status="paused", paused_at=begins, resumes_at=until)
    if turn.at > clock.due_at or until <= begins or deadline(turn, rests) <= clock.due_at:
        return clock
    if clock.attempt != handoff.attempt:
        _tell_corrected(turn, clock, "cancelled")
        return None
    _tell_corrected(turn, clock, "paused")
    return rests


def resumed(turn: Turn, clock: Clock) -> Clock:
    """The paused clock running again, each step later by the working time that was not used."""
    if clock.paused_at is None or clock.resumes_at is None:
        return clock
    paused_at, resumes_at = clock.paused_at, clock.resumes_at
    calendar = turn.rules.calendar_of(clock.owner, clock.team, clock.calendar)

    def later(at: datetime) -> datetime:
        return calendar.due(resumes_at, calendar.elapsed(paused_at, at)) if at > paused_at else at

    try:
        return replace(
            clock,
            status="running",
            running_since=resumes_at,
            due_at=later(clock.due_at),
            warns=tuple(map(later, clock.warns)),
            ladder=tuple(replace(step, at=later(step.at)) for step in clock.ladder),
            paused_at=None,
            resumes_at=None,
        )
    except NoOpeningError:
        return clock


def end_clocks(turn: Turn, team: str, reason: str, *, keep: Literal["notify"] | None = None) -> None:
    """Cancel the team's clocks, those breached included where this happened before their deadline. One whose deadline
    had passed stays a breach, without its ladder; `keep` names the steps of breached ones that go on."""

    def ended(clock: Clock) -> Clock | None:
        if clock.team != team:
            return clock
        if clock.status == "breached" and turn.at <= clock.due_at:
            _tell_corrected(turn, clock, "cancelled")
            return None
        if clock.status == "breached":
            return replace(clock, ladder=tuple(step for step in clock.ladder if step.action == keep))
        if turn.at > deadline(turn, clock):
            return replace(clock, ladder=(), warns=())
        turn.emit(ClockCancelled(**fields_of_clock(turn, clock), reason=reason), turn.decided_at, clock.playbook)
        return None

    turn.change_clocks(ended)
    breached = [clock for clock in turn.state.clocks if clock.status == "breached" and not clock.ladder]
    for old in breached[:-KEPT_BREACHES]:
        turn.put_clock(old, None)
