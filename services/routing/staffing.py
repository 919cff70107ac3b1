"""Doubts that depend on the calendar: pools in which nobody is there, clocks that are never due."""

from collections.abc import Iterator, Sequence
from datetime import date, datetime, timedelta

from services.routing.rules import Pool, Rep, RoutingRules
from services.routing.written import ClockEntry, RoutingFile, SlaFile
from shared.playbook import LoadedFile, Problem
from shared.worktime import NoOpeningError

DAYS_AHEAD = 14


def warnings(
    routing: LoadedFile[RoutingFile], sla: LoadedFile[SlaFile], rules: RoutingRules, at: datetime
) -> list[Problem]:
    """Each doubt about the days from `at` on; `rules` are compiled of the files."""
    pools = [
        routing.problem(("pools", index, "members"), message)
        for index, entry in enumerate(routing.model.pools)
        for message in _of_pool(rules.pools[entry.id], rules, at)
    ]
    clocks = [
        sla.problem(("clocks", index, "within"), message)
        for index, clock in enumerate(sla.model.clocks)
        for message in _of_clock(clock, routing.model, rules, at)
    ]
    return pools + clocks


def _of_pool(pool: Pool, rules: RoutingRules, at: datetime) -> Iterator[str]:
    members = [rules.reps[rep_id] for rep_id in pool.members]
    able = [rep for rep in members if rep.active and rep.weight]
    if not able:
        return
    team = [rep for rep in rules.reps.values() if pool.team in rep.teams and rep.active]
    today = at.astimezone(able[0].zone).date()
    ahead = [today + timedelta(days=number) for number in range(DAYS_AHEAD)]
    days = [day for day in ahead if _works(team, day) and any(_usually_works(rep, day) for rep in able)]
    for first, last in _runs([day for day in days if not any(_is_there(rep, day) for rep in able)], days):
        when = f"on {_day(first)}" if first == last else f"from {_day(first)} to {_day(last)}"
        reasons = ", ".join(f"{rep.id} {_absence(rep, first)}" for rep in able)
        yield f"{when} nobody of the pool {pool.id} is there ({reasons}): its leads wait, or nobody answers them"


def _works(team: Sequence[Rep], day: date) -> bool:
    """Whether anybody of the team would work on that day but for leave."""
    return any(_has_hours(rep, day) for rep in team)


def _usually_works(rep: Rep, day: date) -> bool:
    return rep.calendar is None or bool(rep.calendar.week[day.weekday()])


def _has_hours(rep: Rep, day: date) -> bool:
    return rep.calendar is None or bool(rep.calendar.windows(day))


def _is_there(rep: Rep, day: date) -> bool:
    return _has_hours(rep, day) and rep.on_leave(day) is None


def _absence(rep: Rep, day: date) -> str:
    leave = rep.on_leave(day)
    if leave is None:
        return "has a day off"
    return f"is on leave until {leave.last}" + (f", {leave.name}" if leave.name else "")


def _runs(empty: Sequence[date], days: Sequence[date]) -> Iterator[tuple[date, date]]:
    """First and last of each run of empty days that follow one another among the team's working days."""
    begun: date | None = None
    for place, day in enumerate(days):
        if day not in empty:
            begun = None
            continue
        begun = begun or day
        if place + 1 == len(days) or days[place + 1] not in empty:
            yield begun, day


def _day(day: date) -> str:
    return f"{day:%a} {day}"


def _of_clock(clock: ClockEntry, file: RoutingFile, rules: RoutingRules, at: datetime) -> Iterator[str]:
    for name in sorted(_calendars_of(clock, file)):
        try:
            rules.calendars[name].due(at, clock.within)
        except NoOpeningError:
            yield f"the clock {clock.id} is never due: the calendar {name} does not open for {clock.within} of work"


def _calendars_of(clock: ClockEntry, file: RoutingFile) -> set[str]:
    """The names of the calendars in which the clock may run."""
    if clock.calendar:
        return {clock.calendar}
    of_team = next((team.calendar for team in file.relay if team.id == clock.team), None)
    names = {rep.calendar or of_team for rep in file.reps if clock.team in rep.teams} or {of_team}
    return {name for name in names if name}
