"""`alerts.yaml`, and what alerts needs of the other playbook files: who people are and when they work."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Annotated, Final, Literal

from pydantic import AfterValidator, Field
from pydantic_core import PydanticCustomError

from services.alerts.kinds import Kind
from services.alerts.lead_link import mistakes_in
from services.alerts.parts import ClockPart, CompanyPart, HandoverPart, RepPart, RoutingPart, SlaPart, TeamPart
from shared.calendars import load_calendars
from shared.durations import Duration, WorkDuration
from shared.locales import Locale, locale_named
from shared.playbook import (
    Flag,
    LoadedFile,
    PlaybookError,
    PlaybookFolder,
    PlaybookModel,
    Problem,
    Text,
    Whole,
)
from shared.worktime import ALWAYS_OPEN, NoOpeningError, WorkCalendar

Severity = Literal["info", "warning", "urgent"]
Audience = Literal["owner", "manager", "channel"]
OwnedStage = Literal["mql", "sql", "opportunity", "customer"]

ACKNOWLEDGED_FOR: Final = WorkDuration(working_time=timedelta(hours=4))
"""How long the steps after a breach rest, where the clock says nothing else."""
_MOST_LISTED: Final = 10
Reasons = Annotated[dict[Annotated[Text, Field(max_length=75)], Text], Field(max_length=100)]


def _lead_link(template: str) -> str:
    if mistakes := list(mistakes_in(template)):
        expected = "such as https://crm.example.com/leads/{lead_id}, is expected"
        raise PydanticCustomError("lead_link", f"an address {expected}: {'; '.join(mistakes)}")
    return template


LeadLink = Annotated[Text, AfterValidator(_lead_link)]


class StaleRule(PlaybookModel):
    """Without an activity by the owner for `after`, in the owner's working time, a lead at `stage` is stale."""

    stage: OwnedStage
    after: WorkDuration
    tell: Audience = "owner"
    severity: Severity = "warning"


class WaitingRule(PlaybookModel):
    """A lead that waits for an owner for `after`, in the team's working time, is told of."""

    after: WorkDuration = WorkDuration(working_time=timedelta(minutes=30))
    tell: Audience = "manager"
    severity: Severity = "warning"


class Severities(PlaybookModel):
    """How severe each kind is: `urgent` goes out at night, `info` is not repeated when Slack's answer is lost."""

    assigned: Severity = "warning"
    reassigned: Severity = "warning"
    moved: Severity = "info"
    reminder: Severity = "warning"
    breach: Severity = "urgent"
    returned: Severity = "warning"
    note: Severity = "warning"
    revisit: Severity = "warning"
    refused: Severity = "warning"
    incomplete: Severity = "info"

    def of(self, kind: Kind) -> Severity:
        """The severity of a kind that has no rule of its own; a lead that is given once more is like one reassigned."""
        by_kind: dict[Kind, Severity] = {
            "assigned": self.assigned,
            "moved": self.moved,
            "reminder": self.reminder,
            "breach": self.breach,
            "returned": self.returned,
            "note": self.note,
            "revisit": self.revisit,
            "refused": self.refused,
            "incomplete": self.incomplete,
        }
        return by_kind.get(kind, self.reassigned)


class AlertsFile(PlaybookModel):
    """The whole of `alerts.yaml`; every key is optional."""

    locale: Locale | None = None
    channel: Text | None = None
    """Where an alert goes whose person and team have no Slack address."""
    suppress_older_than: Duration = timedelta(days=1)
    quiet_hours: Flag = True
    severity: Severities = Severities()
    stale: tuple[StaleRule, ...] = ()
    waiting: WaitingRule | None = WaitingRule()
    reject_reasons: Reasons = Field(default_factory=dict)
    recycle_reasons: Reasons = Field(default_factory=dict)
    labels: dict[Text, Text] = Field(default_factory=dict)
    """Words for the ids of scoring rules, clocks, sources and fields of a handover, as the cards show them."""
    footer: Text | None = None
    lead_link: LeadLink | None = None
    """The page of a lead in the CRM, with `{lead_id}` where its id goes."""
    digest_over: Annotated[Whole, Field(ge=1)] = _MOST_LISTED
    """So many messages may wait for one channel; more are gathered into one."""


@dataclass(frozen=True, slots=True)
class Rep:
    id: str
    name: str
    slack: str | None
    zone: str
    calendar: WorkCalendar


@dataclass(frozen=True, slots=True)
class Team:
    id: str
    manager: str | None
    channel: str | None
    fallback: str | None
    calendar: WorkCalendar


@dataclass(frozen=True, slots=True)
class ClockTerms:
    """For how long an acknowledgement of the clock's breach counts, and in which calendar: None is the owner's."""

    acknowledged_for: WorkDuration
    calendar: WorkCalendar | None


@dataclass(frozen=True)
class AlertsPlaybook:
    """The rules of alerts, compiled. Without an `alerts.yaml` they are not `active`: nobody is told anything."""

    version: str = ""
    active: bool = True
    rules: AlertsFile = field(default_factory=AlertsFile)
    locale: Locale = "en"
    zone: str = "UTC"
    teams: Mapping[str, Team] = field(default_factory=dict)
    reps: Mapping[str, Rep] = field(default_factory=dict)
    agreed_reasons: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    """Why a team may reject a lead, as agreed for the handovers to it."""
    clocks: Mapping[str, ClockTerms] = field(default_factory=dict)

    def calendar_of(self, rep_id: str | None) -> WorkCalendar:
        rep = self.reps.get(rep_id or "")
        return rep.calendar if rep else ALWAYS_OPEN

    def acknowledged_until(self, clock: str, owner_id: str | None, at: datetime) -> datetime | None:
        """Until when the steps after a breach rest that is acknowledged now; None where that is not known."""
        terms = self.clocks.get(clock)
        if terms is None:
            return None
        calendar = terms.calendar or self.calendar_of(owner_id)
        try:
            return calendar.due(at, terms.acknowledged_for)
        except NoOpeningError:
            return None

    def name_of(self, rep_id: str | None) -> str:
        """The rep's name, else the id as it came."""
        rep = self.reps.get(rep_id or "")
        return rep.name if rep else rep_id or ""


def load(folder: PlaybookFolder) -> AlertsPlaybook:
    """Read `alerts.yaml` and what concerns it of the other files. Raises PlaybookError."""
    file = folder.load_optional("alerts.yaml", AlertsFile)
    if problems := [*_told_twice(file)]:
        raise PlaybookError(problems)
    rules = file.model
    routing = folder.load_optional("routing.yaml", RoutingPart).model
    company = folder.load_optional("company.yaml", CompanyPart).model
    sla = folder.load_optional("sla.yaml", SlaPart).model
    calendars = load_calendars(folder).build(folder.holidays)
    teams = {team.id: _compiled_team(team, calendars) for team in routing.teams}
    return AlertsPlaybook(
        version=folder.version,
        active="alerts.yaml" in folder.files,
        rules=rules,
        locale=rules.locale or _known_locale(company.locale),
        zone=company.timezone,
        teams=teams,
        reps={rep.id: _compiled_rep(rep, calendars, teams, company.timezone) for rep in routing.reps},
        agreed_reasons=_agreed_reasons(routing.handovers),
        clocks={clock.id: _terms(clock, calendars) for clock in sla.clocks},
    )


def _told_twice(file: LoadedFile[AlertsFile]) -> Iterator[Problem]:
    seen: set[tuple[OwnedStage, WorkDuration, Audience]] = set()
    for number, rule in enumerate(file.model.stale):
        same = (rule.stage, rule.after, rule.tell)
        if same in seen:
            message = (
                f"there is a rule above for stage '{rule.stage}' that tells the {rule.tell} after {rule.after} too: "
                "they would be told twice; give this one another `after` or `tell`, or remove it"
            )
            yield file.problem(("stale", number), message)
        seen.add(same)


def _known_locale(text: str) -> Locale:
    language = text.replace("_", "-").partition("-")[0].lower()
    return locale_named(language) or "en"


def _agreed_reasons(handovers: Iterable[HandoverPart]) -> dict[str, tuple[str, ...]]:
    """By team; where several teams hand leads to it, what was agreed with any of them, each reason once."""
    agreed: dict[str, tuple[str, ...]] = {}
    for handover in handovers:
        agreed[handover.to] = tuple(dict.fromkeys((*agreed.get(handover.to, ()), *handover.reject_reasons)))
    return agreed


def _terms(clock: ClockPart, calendars: Mapping[str, WorkCalendar]) -> ClockTerms:
    return ClockTerms(clock.acknowledged_for or ACKNOWLEDGED_FOR, calendars.get(clock.calendar or ""))


def _compiled_team(team: TeamPart, calendars: Mapping[str, WorkCalendar]) -> Team:
    calendar = calendars.get(team.calendar or "", ALWAYS_OPEN)
    return Team(team.id, team.manager, team.channel, team.fallback, calendar)


def _compiled_rep(
    rep: RepPart, calendars: Mapping[str, WorkCalendar], teams: Mapping[str, Team], company_zone: str
) -> Rep:
    """A rep without a calendar of their own works in that of their first team."""
    of_team = teams[rep.team[0]].calendar if rep.team and rep.team[0] in teams else ALWAYS_OPEN
    calendar = calendars.get(rep.calendar or "", of_team)
    zone = company_zone if calendar is ALWAYS_OPEN else calendar.zone.key
    return Rep(rep.id, rep.name or rep.id, rep.slack, zone, calendar)
