"""What is stuck where, with whom, how many, for how many working hours."""

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from services.kpi.standing import ShownStage, Standing
from shared.worktime import WorkCalendar

CalendarOf = Callable[[str, str], WorkCalendar]
"""The working time of a team and an owner."""

FUNNEL: Final[tuple[ShownStage, ...]] = ("lead", "nurturing", "mql", "sql", "opportunity", "customer")
HOUR_SECONDS: Final = 3600


@dataclass(frozen=True, slots=True)
class StuckRow:
    """The leads of one stage, team and owner (empty: nobody's); the hours are working hours without action."""

    stage: ShownStage
    team: str
    owner: str
    count: int
    oldest_working_hours: float
    breached: int
    waiting: int
    stale: int = 0


@dataclass(frozen=True, slots=True)
class OpenLead:
    """One lead behind a number; `working_hours` since somebody last acted, `overdue` by its next deadline."""

    standing: Standing
    working_hours: float
    overdue: bool


@dataclass(frozen=True, slots=True)
class FunnelStage:
    """One stage of the funnel: how many are there, and of those in hand how many wait, or ran out of time."""

    stage: ShownStage
    count: int
    waiting: int = 0
    breached: int = 0
    oldest_working_hours: float = 0.0


def stuck(leads: Iterable[Standing], at: datetime, calendars: CalendarOf) -> list[StuckRow]:
    """Everything in hand by stage, team and owner; the worst first: breached, then nobody's, then longest idle."""
    groups: dict[tuple[ShownStage, str, str], list[OpenLead]] = defaultdict(list)
    for lead in opened((lead for lead in leads if lead.in_hand), at, calendars):
        groups[lead.standing.stage, lead.standing.team, lead.standing.owner].append(lead)
    rows = [_row(stage, team, owner, group) for (stage, team, owner), group in groups.items()]
    return sorted(rows, key=_worst_first)


def _row(stage: ShownStage, team: str, owner: str, group: list[OpenLead]) -> StuckRow:
    return StuckRow(
        stage,
        team,
        owner,
        count=len(group),
        oldest_working_hours=max(lead.working_hours for lead in group),
        breached=sum(lead.standing.breached for lead in group),
        waiting=sum(lead.standing.waiting for lead in group),
        stale=sum(lead.standing.stale for lead in group),
    )


def _worst_first(row: StuckRow) -> tuple[bool, bool, float, int, str, str, str]:
    return (not row.breached, not row.waiting, -row.oldest_working_hours, -row.count, row.stage, row.team, row.owner)


def opened(leads: Iterable[Standing], at: datetime, calendars: CalendarOf) -> list[OpenLead]:
    """The leads behind a number, the worst first: breached, then longest without action."""
    found = [_opened(lead, at, calendars) for lead in leads]
    return sorted(found, key=lambda lead: (not lead.standing.breached, -lead.working_hours, lead.standing.lead_id))


def _opened(lead: Standing, at: datetime, calendars: CalendarOf) -> OpenLead:
    idle = calendars(lead.team, lead.owner).elapsed(lead.idle_since or at, at)
    overdue = lead.due_at is not None and lead.due_at < at
    return OpenLead(lead, round(idle.total_seconds() / HOUR_SECONDS, 1), overdue)


def stage_counts(leads: Iterable[Standing]) -> Counter[ShownStage]:
    """How many leads stand at each stage, ends included."""
    return Counter(lead.stage for lead in leads)


def funnel(
    stages: Mapping[ShownStage, int], rows: Iterable[StuckRow], *, relay_has_is: bool = True
) -> list[FunnelStage]:
    """The stages of the relay in order with their counts; a relay without Inside Sales has no SQL."""
    by_stage: dict[ShownStage, list[StuckRow]] = defaultdict(list)
    for row in rows:
        by_stage[row.stage].append(row)
    shown = [stage for stage in FUNNEL if relay_has_is or stage != "sql"]
    return [_funnel_stage(stage, stages.get(stage, 0), by_stage[stage]) for stage in shown]


def _funnel_stage(stage: ShownStage, count: int, rows: list[StuckRow]) -> FunnelStage:
    return FunnelStage(
        stage,
        count,
        waiting=sum(row.waiting for row in rows),
        breached=sum(row.breached for row in rows),
        oldest_working_hours=max((row.oldest_working_hours for row in rows), default=0.0),
    )
