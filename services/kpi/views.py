"""What the pages and the JSON answers show, built from standings and counts."""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime, tzinfo

from pydantic import JsonValue

from services.kpi.counting import Cell
from services.kpi.in_time import unanswered_in_time
from services.kpi.playbook import NO_TARGETS, KpiPlaybook, Targets
from services.kpi.report import KpiReport, report
from services.kpi.standing import ShownStage, Standing
from services.kpi.stuck import FunnelStage, OpenLead, StuckRow, funnel, opened, stuck


@dataclass(frozen=True, slots=True)
class PageView:
    """The first screen: what is stuck where, with whom, how many, for how many working hours, and the numbers."""

    at: datetime
    funnel: list[FunnelStage]
    stuck: list[StuckRow]
    report: KpiReport
    company: str = ""
    zone: tzinfo = UTC
    rep_names: Mapping[str, str] = field(default_factory=dict)
    targets: Targets = NO_TARGETS
    response_within: str = "1bd"
    period_days: int | None = None
    """How many days back the numbers reach; None for all time."""
    refresh_seconds: int | None = None
    pending: int = 0
    """MQLs handed over that nobody has answered and that may still be answered in time; no rate counts them."""
    labels: Mapping[str, str] = field(default_factory=dict)
    """The company's words for clocks and lead sources."""


@dataclass(frozen=True, slots=True)
class LeadFilter:
    """Which leads a number stands for; empty means any, `unowned` those without an owner."""

    stage: str = ""
    team: str = ""
    owner: str = ""
    unowned: bool = False
    breached: bool = False
    waiting: bool = False


@dataclass(frozen=True, slots=True)
class LeadsView:
    """The leads behind a number: the worst of `total`, the very worst first."""

    at: datetime
    chosen: LeadFilter
    leads: list[OpenLead]
    total: int
    company: str = ""
    zone: tzinfo = UTC
    rep_names: Mapping[str, str] = field(default_factory=dict)
    refresh_seconds: int | None = None
    labels: Mapping[str, str] = field(default_factory=dict)
    lead_page: str = ""
    """The page of a lead in the CRM, with `{lead_id}` where its id goes."""


def page_view(
    in_hand: Iterable[Standing],
    stages: Mapping[ShownStage, int],
    counts: Mapping[Cell, int],
    at: datetime,
    playbook: KpiPlaybook,
    *,
    period_days: int | None = None,
    refresh_seconds: int | None = None,
) -> PageView:
    """The first screen from the leads in hand, the number of leads by stage, and the counts of the period."""
    rows = stuck(in_hand, at, playbook.calendar_of)
    pending = unanswered_in_time(counts, at, playbook)
    settled = Counter(counts)
    settled.subtract(pending)
    return PageView(
        at=at,
        funnel=funnel(stages, rows, relay_has_is=playbook.relay_has_is),
        stuck=rows,
        report=report(settled, relay_has_is=playbook.relay_has_is),
        company=playbook.company,
        zone=playbook.zone,
        rep_names=playbook.rep_names,
        targets=playbook.targets,
        response_within=str(playbook.response_within),
        period_days=period_days,
        refresh_seconds=refresh_seconds,
        pending=pending.total(),
        labels=playbook.labels,
    )


def leads_view(
    leads: Iterable[Standing],
    total: int,
    chosen: LeadFilter,
    at: datetime,
    playbook: KpiPlaybook,
    *,
    refresh_seconds: int | None = None,
) -> LeadsView:
    """The leads that were chosen to be listed, of so many."""
    return LeadsView(
        at,
        chosen,
        opened(leads, at, playbook.calendar_of),
        total,
        company=playbook.company,
        zone=playbook.zone,
        rep_names=playbook.rep_names,
        refresh_seconds=refresh_seconds,
        labels=playbook.labels,
        lead_page=playbook.lead_page,
    )


def stuck_json(view: PageView) -> dict[str, JsonValue]:
    """`{"at", "funnel": [{stage, count, …}], "stuck": [{stage, team, owner, count, oldest_working_hours, …}]}`."""
    return {
        "at": view.at.isoformat(),
        "funnel": [asdict(stage) for stage in view.funnel],
        "stuck": [asdict(row) for row in view.stuck],
    }


def leads_json(view: LeadsView) -> dict[str, JsonValue]:
    """`{"at", "total", "leads": [{lead_id, stage, owner, since, working_hours, status, due_at, …}]}`."""
    return {"at": view.at.isoformat(), "total": view.total, "leads": [_lead_json(lead) for lead in view.leads]}


def _lead_json(lead: OpenLead) -> JsonValue:
    now = lead.standing
    return {
        "lead_id": now.lead_id,
        "stage": now.stage,
        "cycle": now.cycle,
        "team": now.team or None,
        "owner": now.owner or None,
        "status": now.status,
        "source": now.source or None,
        "since": _text(now.entered_at),
        "idle_since": _text(now.idle_since),
        "working_hours": lead.working_hours,
        "due_at": _text(now.due_at),
        "overdue": lead.overdue,
        "breached": now.breached,
        "stale": now.stale,
    }


def _text(at: datetime | None) -> str | None:
    return at.isoformat() if at else None
