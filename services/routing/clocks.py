"""SLA clocks: started when a lead is given or something happens, stopped by what the owner or the customer does."""

from dataclasses import replace
from datetime import datetime, timedelta
from typing import Literal

from services.routing.clock import Clock, LadderStep
from services.routing.clock_events import fields_of_clock, tell_corrected
from services.routing.pausing import deadline
from services.routing.rules import ClockRule, RoutingRules
from services.routing.state import Handoff
from services.routing.story import fields_of
from services.routing.turn import Turn
from shared.durations import WorkDuration
from shared.events import Event
from shared.events.activities import TOUCHES, RepAction
from shared.events.derived import ClockCancelled, ClockClosed, ClockMet, ClockStarted
from shared.events.lifecycle import MOVES
from shared.worktime import NoOpeningError, WorkCalendar

KEPT_BREACHES = 12
"""So many breached clocks are kept for evidence that may still be read."""


def start_clocks(turn: Turn, handoff: Handoff) -> None:
    """Start the team's clocks whose condition holds, at the moment of the decision, but none for what is done."""
    if handoff.why == "note":
        return
    known = fields_of(turn.state, handoff)
    for rule in turn.rules.clocks.get(handoff.team, ()):
        if rule.starts is None and rule.matches(known) and not _is_done_already(turn, rule, handoff):
            _start(turn, rule, handoff)


def start_on(turn: Turn, event: Event) -> None:
    """Start the clocks of the team that holds the lead that this event starts, unless they run already."""
    handoff = turn.state.open_handoff
    if handoff is None or handoff.owner is None or event.time < handoff.since or not _may_act(event, handoff.owner):
        return
    known = fields_of(turn.state, handoff)
    for rule in turn.rules.clocks.get(handoff.team, ()):
        starts = rule.starts is not None and event.type in rule.starts
        if starts and rule.matches(known) and not _is_running(turn, rule, handoff):
            runs = {**handoff.runs, rule.id: handoff.runs.get(rule.id, 0) + 1}
            handoff = replace(handoff, runs=runs)
            turn.hold(handoff)
            _start(turn, rule, handoff, run=runs[rule.id])


def _is_running(turn: Turn, rule: ClockRule, handoff: Handoff) -> bool:
    same = (rule.id, handoff.team, handoff.cycle, handoff.attempt)
    return any(
        (clock.id, clock.team, clock.cycle, clock.attempt) == same and clock.status != "breached"
        for clock in turn.state.clocks
    )


def _may_act(event: Event, owner: str) -> bool:
    """Whether the event concerns the owner's clocks: their own action, or one that is no rep's."""
    return not isinstance(event.data, RepAction) or event.data.rep_id in (None, owner)


def _start(turn: Turn, rule: ClockRule, handoff: Handoff, *, run: int = 1) -> None:
    clock = _started(turn, rule, handoff, run)
    if clock is not None:
        turn.state.clocks = (*turn.state.clocks, clock)
        turn.emit(ClockStarted(**fields_of_clock(turn, clock)), turn.decided_at)


def _is_done_already(turn: Turn, rule: ClockRule, handoff: Handoff) -> bool:
    """Whether what led to this handoff is what the clock would wait for, such as an opportunity that is open."""
    cause = turn.cause
    if not isinstance(cause, Event) or cause.type not in rule.stops:
        return False
    return cause.type in MOVES or cause.data.value("rep_id") == handoff.owner


def _started(turn: Turn, rule: ClockRule, handoff: Handoff, run: int) -> Clock | None:
    """The clock with all its times; None where its calendar never opens."""
    clock = Clock(
        id=rule.id,
        team=handoff.team,
        cycle=handoff.cycle,
        attempt=handoff.attempt,
        owner=handoff.owner or "",
        since=handoff.since,
        running_since=turn.decided_at,
        due_at=turn.decided_at,
        stops=rule.stops,
        playbook=turn.rules.version,
        started_at=turn.decided_at,
        run=run,
        pauses=rule.pauses,
        resumes=rule.resumes,
        acknowledged_for=rule.acknowledged_for,
        calendar=rule.calendar,
        traceparent=handoff.traceparent,
        correlationid=handoff.correlationid,
    )
    try:
        started = times_of(turn.rules, clock, rule, turn.decided_at)
    except NoOpeningError:
        return None
    return started if handoff.named_at is None else stays(started)


def stays(clock: Clock) -> Clock:
    """The clock of a lead that stays with its owner, because a person named them: no step takes it away."""
    return replace(clock, ladder=tuple(step for step in clock.ladder if step.action != "reassign"))


def times_of(rules: RoutingRules, clock: Clock, rule: ClockRule, start: datetime) -> Clock:
    """The clock with its deadline, warnings and steps as the rule gives them from the start on, without a pause.

    Raises NoOpeningError.
    """
    calendar = rules.calendar_of(clock.owner, clock.team, clock.calendar)
    due_at = calendar.due(start, rule.within)
    warns = sorted({calendar.due(start, warn) for warn in rule.warn})
    before = tuple(at for at in warns if at < due_at)
    return replace(clock, due_at=due_at, warns=before, ladder=steps_after(calendar, rule, due_at))


def steps_after(calendar: WorkCalendar, rule: ClockRule, due_at: datetime) -> tuple[LadderStep, ...]:
    """The ladder after a breach at that time, in the order of its times. Raises NoOpeningError."""
    steps = (
        LadderStep(number, _after(calendar, due_at, step.after), step.action, step.target)
        for number, step in enumerate(rule.ladder, start=1)
    )
    return tuple(sorted(steps, key=lambda step: step.at))


def _after(calendar: WorkCalendar, breached_at: datetime, length: WorkDuration) -> datetime:
    """So much working time after a breach; business days are counted from the day that a breach at closing ends."""
    if length == WorkDuration():
        return breached_at
    return calendar.due(breached_at - timedelta.resolution if length.business_days is not None else breached_at, length)


def observe(turn: Turn, event: Event) -> None:
    """Stop the clocks of the rep who acted, or those that wait for somebody else; judged by the time of the event, not
    by when it was read."""
    met: list[Clock] = []

    def after_action(clock: Clock) -> Clock | None:
        if not _is_stopped_by(clock, event):
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
    """A touch accepts the lead, so it stops whatever accepting stops; of reps only the owner's actions count."""
    stops = event.type in clock.stops or (event.type in TOUCHES and "lead.accepted" in clock.stops)
    if not stops or event.time < (clock.since if clock.run == 1 else clock.running_since):
        return False
    return not isinstance(event.data, RepAction) or event.data.rep_id == clock.owner


def _end_earlier(turn: Turn, met: Clock) -> None:
    """The owner has acted: what is pending of earlier attempts tells nobody anything new."""
    turn.change_clocks(lambda clock: replace(clock, ladder=()) if _precedes(clock, met) else clock)


def _precedes(clock: Clock, later: Clock) -> bool:
    same = (clock.id, clock.team, clock.cycle) == (later.id, later.team, later.cycle)
    return same and clock.attempt < later.attempt


def _tell_met(turn: Turn, clock: Clock, event: Event) -> None:
    if clock.status == "breached":
        tell_corrected(turn, clock, "met")
        return
    met = ClockMet(**fields_of_clock(turn, clock), met_at=event.time, met_by=clock.owner)
    turn.emit(met, event.time, clock.playbook)


def end_clocks(turn: Turn, team: str, reason: str, *, keep: Literal["notify"] | None = None) -> None:
    """Cancel the team's clocks, those breached included where this happened before their deadline. One whose deadline
    had passed stays a breach, without its ladder; `keep` names the steps of breached ones that go on."""

    def ended(clock: Clock) -> Clock | None:
        if clock.team != team:
            return clock
        if clock.status == "breached" and turn.at <= clock.due_at:
            tell_corrected(turn, clock, "cancelled")
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
