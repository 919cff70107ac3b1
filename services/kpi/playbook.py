"""`kpi.yaml`, and what the numbers need of the other playbook files: the company's day, teams, words, working time."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from functools import lru_cache
from typing import Annotated, Final, Self
from zoneinfo import ZoneInfo

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field

from services.kpi.rules import NO_RULES, RESPONSE_WITHIN, CountingRules
from shared.calendars import CalendarsFile, TimeZoneName, load_calendars
from shared.durations import WorkDuration
from shared.locales import Locale
from shared.playbook import LoadedFile, Number, PlaybookError, PlaybookFolder, PlaybookModel, Text
from shared.worktime import ALWAYS_OPEN, WorkCalendar

COMPILED_RULES: Final = 16
"""Rules that are no longer in force and are kept compiled while leads are counted anew."""
Share = Annotated[Number, Field(ge=0, le=1)]


class Targets(PlaybookModel):
    """What the company aims at: shares from 0 to 1; without one, the page shows the number alone."""

    lead_to_mql: Share | None = None
    mql_to_sql: Share | None = None
    sql_to_opportunity: Share | None = None
    win: Share | None = None
    response_rate: Share | None = None
    connect_rate: Share | None = None
    sla: Share | None = None


NO_TARGETS: Final = Targets()


class KpiFile(PlaybookModel):
    """The whole of `kpi.yaml`; every key is optional."""

    response_within: WorkDuration = RESPONSE_WITHIN
    """An MQL touched by a person within this time of being handed over counts as responded to."""
    calendar: Text | None = None
    """The calendar that response and speed to lead are measured in; without one, the only calendar there is."""
    targets: Targets = NO_TARGETS


class _Part(BaseModel):
    """A part of a file that another service reads and checks in full."""

    model_config = ConfigDict(frozen=True, extra="ignore")


def _with_id(value: object) -> object:
    return {"id": value} if isinstance(value, str) else value


class _Team(_Part):
    id: str
    calendar: str | None = None


class _Rep(_Part):
    id: str
    name: str | None = None
    team: str | tuple[str, ...] = ()
    calendar: str | None = None

    @property
    def home(self) -> str:
        """Their team; of a dual role, the one named first."""
        return self.team if isinstance(self.team, str) else next(iter(self.team), "")


class _Company(_Part):
    name: str = ""
    timezone: TimeZoneName = "UTC"
    locale: str = "en"


class _Alerts(_Part):
    labels: dict[str, str] = Field(default_factory=dict)
    lead_link: str = ""

    @property
    def lead_page(self) -> str:
        """The address of a lead's page in the CRM; a text that is none is nobody's link."""
        return self.lead_link if self.lead_link.startswith(("https://", "http://")) else ""


class _Routing(_Part):
    teams: tuple[Annotated[_Team, BeforeValidator(_with_id)], ...] = (_Team(id="is"), _Team(id="fs"), _Team(id="cs"))
    reps: tuple[_Rep, ...] = ()


@dataclass(frozen=True)
class KpiPlaybook:
    """What counting and showing need, compiled once; `KpiPlaybook()` is a company without any files: UTC."""

    company: str = ""
    zone: ZoneInfo = field(default_factory=lambda: ZoneInfo("UTC"))
    lang: Locale = "en"
    teams: tuple[str, ...] = ("is", "fs", "cs")
    response_within: WorkDuration = RESPONSE_WITHIN
    calendar: WorkCalendar = ALWAYS_OPEN
    calendars: Mapping[str, WorkCalendar] = field(default_factory=dict)
    """Each rep's and each team's calendar by its id, where one is given."""
    rep_names: Mapping[str, str] = field(default_factory=dict)
    rep_teams: Mapping[str, str] = field(default_factory=dict)
    targets: Targets = NO_TARGETS
    labels: Mapping[str, str] = field(default_factory=dict)
    """The company's words for clocks and lead sources, by their codes."""
    lead_page: str = ""
    """The page of a lead in the CRM, with `{lead_id}` where its id goes; empty where there is none."""
    rules: CountingRules = NO_RULES
    """What the parts that count were compiled from."""

    @classmethod
    def counting(cls, rules: CountingRules) -> Self:
        """A playbook that counts by these rules, and shows nobody's name."""
        known = CalendarsFile(calendars=rules.calendars).build(rules.holidays)
        return cls(
            zone=ZoneInfo(rules.zone),
            response_within=rules.response_within,
            calendar=known[rules.calendar] if rules.calendar else ALWAYS_OPEN,
            calendars={who: known[name] for who, name in rules.works_by.items()},
            rep_teams=rules.rep_teams,
            rules=rules,
        )

    @property
    def relay_has_is(self) -> bool:
        return "is" in self.teams

    def calendar_of(self, team: str, owner: str) -> WorkCalendar:
        """The owner's working time, else the team's, else the company's."""
        return self.calendars.get(owner) or self.calendars.get(team) or self.calendar


@lru_cache(COMPILED_RULES)
def compiled(document: str) -> KpiPlaybook:
    """The playbook that counts by rules kept earlier."""
    return KpiPlaybook.counting(CountingRules.model_validate_json(document))


def load(folder: PlaybookFolder) -> KpiPlaybook:
    """Compile what the kpi service reads of a playbook; every file is optional. Raises PlaybookError."""
    own = folder.load_optional("kpi.yaml", KpiFile)
    company = folder.load_optional("company.yaml", _Company).model
    routing = folder.load_optional("routing.yaml", _Routing).model
    alerts = folder.load_optional("alerts.yaml", _Alerts).model
    return replace(
        KpiPlaybook.counting(_rules(folder, own, company.timezone, routing)),
        company=company.name,
        lang="ja" if company.locale.startswith("ja") else "en",
        teams=tuple(team.id for team in routing.teams),
        rep_names={rep.id: rep.name for rep in routing.reps if rep.name},
        targets=own.model.targets,
        labels=alerts.labels,
        lead_page=alerts.lead_page,
    )


def _rules(folder: PlaybookFolder, own: LoadedFile[KpiFile], zone: str, routing: _Routing) -> CountingRules:
    known = load_calendars(folder).calendars
    name = own.model.calendar or (next(iter(known)) if len(known) == 1 else None)
    if name is not None and name not in known:
        message = f'unknown calendar "{name}"; expected one of calendars.yaml: {", ".join(known) or "it has none"}'
        raise PlaybookError([own.problem(("calendar",), message)])
    named = {team.id: team.calendar for team in routing.teams} | {rep.id: rep.calendar for rep in routing.reps}
    works_by = {who: calendar for who, calendar in sorted(named.items()) if calendar in known}
    in_use = sorted({*works_by.values(), *((name,) if name else ())})
    holidays = folder.holidays or {}
    return CountingRules(
        zone=zone,
        response_within=own.model.response_within,
        calendar=name,
        calendars={calendar: known[calendar] for calendar in in_use},
        holidays={calendar: dict(sorted(holidays[calendar].items())) for calendar in in_use if calendar in holidays},
        works_by=works_by,
        rep_teams={rep.id: rep.home for rep in sorted(routing.reps, key=lambda rep: rep.id) if rep.home},
    )
