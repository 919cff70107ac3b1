"""The clocks: how long, when warned, and what happens step by step once a deadline is missed."""

from collections.abc import Iterator

from services.commands.manual.conditions import clause
from services.commands.manual.gathering import Agreement
from services.commands.manual.markdown import bullets, heading, table
from services.commands.manual.speech import Speech
from services.routing.written import ClockEntry, StepEntry, TeamEntry
from shared.durations import WorkDuration

TERMS = ("in_time", "source_delay", "snooze", "acknowledge", "kept_version")


def deadlines(agreed: Agreement, say: Speech) -> Iterator[str]:
    yield say("deadlines_note")
    for team in agreed.teams:
        yield heading(3, say.team(team.id))
        clocks = [clock for clock in agreed.sla.clocks if clock.team == team.id]
        if not clocks:
            yield say("no_clocks")
        for clock in clocks:
            yield heading(4, _title(clock, say))
            yield table([say("moment"), say("happens")], _course(clock, team, say))
    yield heading(3, say("for_every_clock"))
    takes_away = any(step.reassign for clock in agreed.sla.clocks for step in clock.on_breach)
    yield bullets(map(say, [*TERMS, *(["after_reassigning"] if takes_away else [])]))


def _title(clock: ClockEntry, say: Speech) -> str:
    name = say.clock(clock.id)
    return say("clock_for", clock=name, condition=clause(clock.when, say)) if clock.when else say("for_all", clock=name)


def _course(clock: ClockEntry, team: TeamEntry, say: Speech) -> Iterator[tuple[str, str]]:
    """The clock from its start on, a row a step."""
    yield say("start"), _start(clock, say)
    for warn in clock.warn:
        yield say("warned", after=say.later(warn)), say("warn")
    yield say("due", within=say.deadline(clock.within)), _stops(clock, say)
    for step in clock.on_breach:
        yield _when(step, say), _does(step, team, say)
    if not clock.on_breach:
        yield say("nothing_after"), say("recorded")
    yield say("counted_in"), _counted_in(clock, say)
    yield from _rests(clock, say)


def _start(clock: ClockEntry, say: Speech) -> str:
    if isinstance(clock.starts, tuple):
        return say("starts_on", activities=_activities(clock.starts, say))
    return say("starts_assigned")


def _stops(clock: ClockEntry, say: Speech) -> str:
    return say("stopped_by", activities=_activities(clock.stops, say)) if clock.stops else say("never_stopped")


def _activities(types: tuple[str, ...], say: Speech) -> str:
    return say.listed(map(say.activity, types))


def _when(step: StepEntry, say: Speech) -> str:
    if step.after == WorkDuration():
        return say("breached_now")
    return say("breached_later", after=say.later(step.after))


def _does(step: StepEntry, team: TeamEntry, say: Speech) -> str:
    if step.remind:
        return say("remind")
    return say("notify", who=_told(step.notify, team, say)) if step.notify else say("reassign")


def _told(role: str, team: TeamEntry, say: Speech) -> str:
    """A role with the name of who has it, or a rep."""
    match role:
        case "manager" | "fallback":
            person = team.manager if role == "manager" else team.fallback
            return say(f"notify_{role}", names=say.bracketed(say.person(person)) if person else "")
        case "owner" | "channel":
            return say(f"notify_{role}")
    return say.person(role)


def _counted_in(clock: ClockEntry, say: Speech) -> str:
    return say("calendars_time", calendar=say.named(clock.calendar)) if clock.calendar else say("owners_time")


def _rests(clock: ClockEntry, say: Speech) -> Iterator[tuple[str, str]]:
    if clock.pauses:
        pauses, resumes = _activities(clock.pauses, say), _activities(clock.resumes, say)
        yield say("pauses"), say("pauses_on" if resumes else "pauses_for_good", pauses=pauses, resumes=resumes)
    if clock.acknowledged_for:
        yield say("acknowledged"), say("acknowledged_for", length=say.length(clock.acknowledged_for))
