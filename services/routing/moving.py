"""Running clocks on their way to another version of the playbook, because an operator has asked for it."""

from dataclasses import replace
from datetime import datetime, timedelta

from services.routing.clock import Clock
from services.routing.clock_events import fields_of_clock
from services.routing.clocks import stays, steps_after, times_of
from services.routing.pausing import less_rests, resumed
from services.routing.rules import ClockRule
from services.routing.story import fields_of
from services.routing.turn import Turn
from shared.events.derived import ClockCancelled, ClockMoved, ClockResumed
from shared.worktime import NoOpeningError, WorkCalendar


def move_clocks(turn: Turn) -> None:
    """Let the lead's running and paused clocks go on under the rules in force.

    What was used of their time stays used. No deadline moves into the past, and none that has passed moves: a breach
    stays one. A clock that the rules do not know any more, or not for such a lead, is cancelled; none is started.
    """

    def after(clock: Clock) -> Clock | None:
        if clock.playbook == turn.rules.version or clock.status == "breached" or clock.closed_at is not None:
            return clock
        goes_on = _rested(turn, clock)
        is_due = goes_on.status == "running" and goes_on.due_at <= turn.decided_at
        return goes_on if is_due else _moved(turn, goes_on)

    turn.change_clocks(after)


def _rested(turn: Turn, clock: Clock) -> Clock:
    """The clock running again where the end of its pause has passed and is not told yet."""
    if clock.status != "paused" or clock.resumes_at is None or clock.resumes_at > turn.decided_at:
        return clock
    goes_on = resumed(turn, clock)
    if goes_on.status == "running":
        turn.emit(ClockResumed(**fields_of_clock(turn, goes_on)), clock.resumes_at, clock.playbook)
    return goes_on


def _moved(turn: Turn, clock: Clock) -> Clock | None:
    rule, handoff = _rule_of(turn, clock), turn.state.handoffs.get(clock.team)
    moved = _under(turn, clock, rule) if rule else None
    if moved is not None and handoff is not None and handoff.named_at is not None:
        moved = stays(moved)
    if moved is None:
        cancelled = ClockCancelled(**fields_of_clock(turn, clock), reason="the playbook has no such clock any more")
        turn.emit(cancelled, turn.decided_at, clock.playbook)
        return None
    told = ClockMoved(**fields_of_clock(turn, moved), was_due_at=clock.due_at, was_playbook=clock.playbook)
    turn.emit(told, turn.decided_at)
    return moved


def _rule_of(turn: Turn, clock: Clock) -> ClockRule | None:
    handoff = turn.state.handoffs.get(clock.team)
    known = fields_of(turn.state, handoff) if handoff else {}
    rules = (rule for rule in turn.rules.clocks.get(clock.team, ()) if rule.id == clock.id)
    return next((rule for rule in rules if rule.matches(known)), None)


def _under(turn: Turn, clock: Clock, rule: ClockRule) -> Clock | None:
    """The clock as it would stand, had it run under the rule from its start; None where its calendar never opens."""
    calendar = turn.rules.calendar_of(clock.owner, clock.team, rule.calendar)
    try:
        moved = less_rests(
            times_of(turn.rules, replace(clock, calendar=rule.calendar), rule, clock.started_at), calendar
        )
        reached = clock.paused_at or turn.decided_at
        if moved.due_at < reached:
            moved = replace(moved, due_at=reached, ladder=steps_after(calendar, rule, reached))
    except NoOpeningError:
        return None
    return replace(
        moved,
        stops=rule.stops,
        pauses=rule.pauses,
        resumes=rule.resumes,
        acknowledged_for=rule.acknowledged_for,
        playbook=turn.rules.version,
        moved_at=turn.decided_at,
        warns=tuple(at for at in moved.warns if at < moved.due_at and _is_to_come(at, reached, clock, calendar)),
        ladder=tuple(step for step in moved.ladder if step.number >= _next_step(clock)),
    )


def _is_to_come(warns_at: datetime, reached: datetime, clock: Clock, calendar: WorkCalendar) -> bool:
    """Whether the warning was not told yet: at the very moment that is reached the clock alone knows."""
    return warns_at in clock.warns or calendar.elapsed(reached, warns_at) > timedelta(0)


def _next_step(clock: Clock) -> int:
    """The number of the first step of its ladder that was not taken: a breach that was corrected has taken some."""
    return clock.ladder[0].number if clock.ladder else 1
