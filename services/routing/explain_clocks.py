"""Why a lead's clocks run: rule, start, length, calendar, due, and what is still to come. Pure."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from services.routing.clock import Clock, LadderStep, Rest
from services.routing.clocks import times_of
from services.routing.explain import values_read
from services.routing.pausing import less_rests
from services.routing.rules import RoutingRules
from services.routing.state import Handoff, LeadRouting
from services.routing.story import fields_of
from services.routing.written import ClockEntry, SlaFile
from shared.conditions import compile_condition
from shared.conditions import explain as in_words
from shared.playbook import LoadedFile


@dataclass(frozen=True, slots=True)
class ClockTold:
    """A clock that runs, is paused or was breached. `counted_due` is its deadline counted anew from its start by the
    rules it runs under, less its `rests`; None where those do not tell it alone, as it was moved to them."""

    id: str
    place: str
    condition: str
    team: str
    owner: str
    status: str
    started_at: datetime
    rests: tuple[Rest, ...]
    within: str
    calendar: str
    due_at: datetime
    counted_due: datetime | None
    warns: tuple[datetime, ...]
    ladder: tuple[LadderStep, ...]
    paused_at: datetime | None
    resumes_at: datetime | None
    closed_at: datetime | None
    playbook: str

    @property
    def agrees(self) -> bool:
        return self.counted_due in (None, self.due_at)


@dataclass(frozen=True, slots=True)
class NoClock:
    """A clock of the team that does not run for the lead, and why."""

    id: str
    place: str
    condition: str
    why: str


def tell_clock(clock: Clock, rules: RoutingRules, file: LoadedFile[SlaFile]) -> ClockTold:
    """The clock in words, under the playbook that it started with; `file` is what the rules are compiled of."""
    index, entry = next(((n, one) for n, one in enumerate(file.model.clocks) if one.id == clock.id), (0, None))
    rep = rules.reps.get(clock.owner)
    of_owner = f"working hours of {clock.owner}" if rep and rep.calendar else f"working hours of the team {clock.team}"
    return ClockTold(
        clock.id,
        _place(file, index) if entry else file.name,
        _condition(entry) if entry else "",
        clock.team,
        clock.owner,
        "closed late" if clock.closed_at else clock.status,
        clock.started_at,
        clock.rests,
        str(entry.within) if entry else "",
        f"calendar {clock.calendar}" if clock.calendar else of_owner,
        clock.due_at,
        _counted_due(clock, rules),
        clock.warns,
        clock.ladder,
        clock.paused_at,
        clock.resumes_at,
        clock.closed_at,
        clock.playbook,
    )


def _counted_due(clock: Clock, rules: RoutingRules) -> datetime | None:
    rule = next((rule for rule in rules.clocks.get(clock.team, ()) if rule.id == clock.id), None)
    if rule is None or clock.moved_at is not None:
        return None
    calendar = rules.calendar_of(clock.owner, clock.team, clock.calendar)
    return less_rests(times_of(rules, clock, rule, clock.started_at), calendar).due_at


def tell_absent(state: LeadRouting, handoff: Handoff, file: LoadedFile[SlaFile]) -> Iterator[NoClock]:
    """The clocks of the handoff's team that do not run now: their condition does not hold, or they have ended."""
    known, running = fields_of(state, handoff), {clock.id for clock in state.clocks if clock.team == handoff.team}
    for index, entry in enumerate(file.model.clocks):
        if entry.team == handoff.team and entry.id not in running:
            yield NoClock(entry.id, _place(file, index), _condition(entry), _why_absent(entry, handoff, known))


def _why_absent(entry: ClockEntry, handoff: Handoff, known: dict[str, object]) -> str:
    if entry.when and not compile_condition(entry.when)(known):
        return f"does not apply: {values_read(entry.when, known)}"
    if handoff.status == "waiting":
        return "starts when the lead is given to somebody"
    if entry.starts != "assigned" and entry.id not in handoff.runs:
        return f"starts with {' or '.join(entry.starts)}"
    return "has ended: it was met, or cancelled"


def _condition(entry: ClockEntry) -> str:
    return in_words(entry.when) if entry.when else "always"


def _place(file: LoadedFile[SlaFile], index: int) -> str:
    line, _ = file.positions.locate(("clocks", index))
    return f"{file.name}:{line}"
