"""Who does what: departments, people, working hours and the days off of a year."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from itertools import groupby

from services.commands.manual.gathering import Agreement
from services.commands.manual.markdown import heading, safe, table
from services.commands.manual.speech import Speech
from services.routing.written import RepEntry, TeamEntry
from shared.calendars import CalendarRules, Leave

ONE_DAY = timedelta(days=1)
A_YEAR = 365


def people(agreed: Agreement, say: Speech) -> Iterator[str]:
    yield _departments(agreed, say)
    for team in agreed.teams:
        yield heading(3, say.team(team.id))
        yield _reps(team, agreed, say)
    yield say("weight_note")
    yield heading(3, say("working_time"))
    yield say("working_time_note")
    yield _calendars(agreed.calendars, say)
    yield from _all_days_off(agreed, say)


def _departments(agreed: Agreement, say: Speech) -> str:
    header = [say(column) for column in ("department", "takes", "gives", "manager", "fallback", "calendar")]
    marketing = [say.team("marketing"), say("marketing_takes"), say("marketing_gives"), *[say("none")] * 3]
    return table(header, [marketing, *(_department(team, agreed, say) for team in agreed.teams)])


def _department(team: TeamEntry, agreed: Agreement, say: Speech) -> list[str]:
    first_without_is = team.id == "fs" and all(other.id != "is" for other in agreed.teams)
    takes = "fs_takes_mql" if first_without_is else f"{team.id}_takes"
    people_told = (say.person(rep) if rep else say("none") for rep in (team.manager, team.fallback))
    return [say.team(team.id), say(takes), say(f"{team.id}_gives"), *people_told, _calendar(team.calendar, say)]


def _calendar(name: str | None, say: Speech) -> str:
    return say.named(name) if name else say("always_open")


def _reps(team: TeamEntry, agreed: Agreement, say: Speech) -> str:
    header = [say(column) for column in ("name", "role", "calendar", "weight", "daily_cap", "open_cap", "leave")]
    rows = [_rep(rep, team, agreed, say) for rep in agreed.members_of(team.id)]
    return table(header, rows) if rows else say("no_reps")


def _rep(rep: RepEntry, team: TeamEntry, agreed: Agreement, say: Speech) -> list[str]:
    caps = (
        say("unlimited") if cap is None else say("leads_one" if cap == 1 else "leads", count=cap)
        for cap in (rep.daily_cap, rep.open_cap)
    )
    planned = [_leave(leave, say) for leave in rep.leave if leave.last >= agreed.today]
    role = _role(rep, team, say)
    return [
        say.person(rep.id),
        role,
        _calendar(rep.calendar, say),
        say.number(rep.weight),
        *caps,
        say.listed(planned) or say("none"),
    ]


def _role(rep: RepEntry, team: TeamEntry, say: Speech) -> str:
    role = say("manager" if rep.id == team.manager else "member")
    notes = [] if rep.active else [say("inactive")]
    notes += [say("skills", skills=say.listed(map(safe, rep.skills)))] if rep.skills else []
    return role + say.bracketed(say.listed(notes)) if notes else role


def _leave(leave: Leave, say: Speech) -> str:
    told = say.dates(leave.first, leave.last) + (f" {leave.hours}" if leave.hours else "")
    return f"{told} {safe(leave.name)}" if leave.name else told


def _calendars(calendars: Mapping[str, CalendarRules], say: Speech) -> str:
    if not calendars:
        return say("no_calendar")
    header = [say("calendar"), say("hours"), say("zone")]
    return table(header, [(say.named(name), _hours(rules, say), rules.timezone) for name, rules in calendars.items()])


def _hours(rules: CalendarRules, say: Speech) -> str:
    """`Mon to Thu 09:30-12:30, 13:30-18:30; Fri 09:30-12:30`."""
    told = []
    for windows, days in groupby(enumerate(rules.week), key=lambda day: day[1]):
        numbers = [number for number, _ in days]
        first, last = say.cards.weekdays[numbers[0]], say.cards.weekdays[numbers[-1]]
        if windows:
            span = say("weekdays", first=first, last=last) if first != last else first
            told.append(f"{span} {say.listed(map(str, windows))}")
    return "; ".join(told).replace("; ", "／") if say.locale == "ja" else "; ".join(told)


@dataclass(frozen=True, slots=True)
class DaysOff:
    """Days off of one name that follow on one another, but for days without hours."""

    first: date
    last: date
    name: str


def _all_days_off(agreed: Agreement, say: Speech) -> Iterator[str]:
    """Calendars with the same days off are told of together."""
    until = say.day(agreed.today + A_YEAR * ONE_DAY)
    same: dict[tuple[DaysOff, ...], list[str]] = {}
    for name, rules in agreed.calendars.items():
        same.setdefault(tuple(_days_off(rules, agreed.today)), []).append(say.named(name))
    for days, names in same.items():
        of_some = say("days_off_of", calendars=say.listed(names), until=until)
        yield heading(4, of_some if len(same) > 1 else say("days_off", until=until))
        if days:
            yield say("days_off_note")
            header = [say("date"), say("day_off")]
            yield table(header, [(say.dates(one.first, one.last), safe(one.name) or say("closed")) for one in days])
        else:
            yield say("no_days_off")


def _days_off(rules: CalendarRules, start: date) -> Iterator[DaysOff]:
    """The days off of a year on which the calendar would otherwise be open."""
    day_off, week = rules.holidays.named_days_off(), rules.week
    days = [start + number * ONE_DAY for number in range(A_YEAR + 1)]
    worked = [(day, day_off(day)) for day in days if week[day.weekday()]]
    for name, run in groupby(worked, key=lambda found: found[1] and found[1].name):
        if name is not None:
            together = [day for day, _ in run]
            yield DaysOff(together[0], together[-1], "" if name == "closed" else name)
