"""Clocks at rest: while the lead is snoozed, or while somebody else is waited for; no working time is used then."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

from services.routing.bypassing import counts
from services.routing.clock import Clock, Rest
from services.routing.clock_events import fields_of_clock, tell_corrected
from services.routing.state import Handoff
from services.routing.turn import Turn
from shared.durations import WorkDuration
from shared.events import Event
from shared.events.activities import LeadSnoozed
from shared.events.derived import ClockPaused, ClockResumed
from shared.worktime import NoOpeningError, WorkCalendar

FAR = datetime.max.replace(tzinfo=UTC)


def deadline(turn: Turn, clock: Clock) -> datetime:
    """When the owner's time is used up, the present pause taken into account; never while the pause has no end."""
    if clock.status == "paused" and clock.resumes_at is None:
        return FAR
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
        if event.time < clock.since:
            return clock
        if clock.status == "paused" and clock.paused_at is not None and event.time >= clock.paused_at:
            return replace(clock, resumes_at=max(until, clock.paused_at))
        begins = max(event.time, clock.running_since)
        if clock.status != "running" or begins >= min(until, clock.due_at):
            return clock
        turn.emit(ClockPaused(**fields_of_clock(turn, clock)), begins, clock.playbook)
        return replace(clock, status="paused", paused_at=begins, resumes_at=until)

    turn.change_clocks(paused)


def rest_on(turn: Turn, event: Event) -> None:
    """Let the clocks rest that this event pauses, and go on those that it resumes."""
    if not counts(turn, event):
        return

    def after(clock: Clock) -> Clock:
        begins = max(event.time, clock.running_since)
        is_paused = event.type in clock.pauses and not _is_before(event, clock)
        if clock.status == "running" and is_paused and begins < clock.due_at:
            turn.emit(ClockPaused(**fields_of_clock(turn, clock)), begins, clock.playbook)
            return replace(clock, status="paused", paused_at=begins, resumes_at=None)
        if clock.status == "paused" and clock.paused_at is not None and event.type in clock.resumes:
            goes_on = resumed(turn, replace(clock, resumes_at=max(event.time, clock.paused_at)))
            if goes_on.status != "running":
                return clock
            turn.emit(ClockResumed(**fields_of_clock(turn, goes_on)), event.time, clock.playbook)
            return goes_on
        return clock

    turn.change_clocks(after)


def _is_before(event: Event, clock: Clock) -> bool:
    """Whether it happened before what the clock is about, or before its latest pause was over."""
    return event.time < (clock.running_since if clock.rests or clock.run > 1 else clock.since)


ACKNOWLEDGED_FOR = WorkDuration(working_time=timedelta(hours=4))


def acknowledge(turn: Turn, event: Event) -> None:
    """Let the steps after a breach rest for the working time that an acknowledgement lasts; one while they rest makes
    it no longer."""
    handoff = turn.state.open_handoff

    def after(clock: Clock) -> Clock:
        if clock.status != "breached" or handoff is None or clock.attempt != handoff.attempt or clock.acknowledged:
            return clock
        calendar = turn.rules.calendar_of(clock.owner, clock.team, clock.calendar)
        try:
            until = calendar.due(event.time, clock.acknowledged_for or ACKNOWLEDGED_FOR)
        except NoOpeningError:
            return clock
        steps = tuple(replace(step, at=max(step.at, until)) for step in clock.ladder)
        return replace(clock, ladder=steps, acknowledged=True)

    turn.change_clocks(after)


def _paused_in_time(turn: Turn, clock: Clock, handoff: Handoff, until: datetime) -> Clock | None:
    """A snooze before the deadline that was read after it: the breach was none, and the clock rests until then. Of an
    attempt that is over, only the breach is taken back."""
    begins = max(turn.at, clock.running_since)
    rests = replace(clock, status="paused", paused_at=begins, resumes_at=until)
    if turn.at > clock.due_at or until <= begins or deadline(turn, rests) <= clock.due_at:
        return clock
    if clock.attempt != handoff.attempt:
        tell_corrected(turn, clock, "cancelled")
        return None
    tell_corrected(turn, clock, "paused")
    return rests


def resumed(turn: Turn, clock: Clock) -> Clock:
    """The paused clock running again, each step later by the working time that was not used."""
    if clock.paused_at is None or clock.resumes_at is None:
        return clock
    rest = Rest(clock.paused_at, clock.resumes_at)
    try:
        later = shifted(turn.rules.calendar_of(clock.owner, clock.team, clock.calendar), clock, rest)
    except NoOpeningError:
        return clock
    return replace(
        later,
        status="running",
        running_since=rest.resumed_at,
        rests=(*clock.rests, rest),
        paused_at=None,
        resumes_at=None,
    )


def less_rests(clock: Clock, calendar: WorkCalendar) -> Clock:
    """The clock whose times take no account of its rests yet, each later by them. Raises NoOpeningError."""
    for rest in clock.rests:
        clock = shifted(calendar, clock, rest)
    return clock


def shifted(calendar: WorkCalendar, clock: Clock, rest: Rest) -> Clock:
    """The clock with each of its times after the pause later by the working time not used. Raises NoOpeningError."""

    def later(at: datetime) -> datetime:
        return calendar.due(rest.resumed_at, calendar.elapsed(rest.paused_at, at)) if at >= rest.paused_at else at

    return replace(
        clock,
        due_at=later(clock.due_at),
        warns=tuple(map(later, clock.warns)),
        ladder=tuple(replace(step, at=later(step.at)) for step in clock.ladder),
    )
