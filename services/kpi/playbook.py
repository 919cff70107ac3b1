"""`kpi.yaml`, and what the numbers need of the other playbook files: the company's day, teams and working time."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Annotated, Final, Literal
from zoneinfo import ZoneInfo

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field

from shared.calendars import TimeZoneName, load_calendars
from shared.durations import WorkDuration
from shared.playbook import Number, PlaybookError, PlaybookFolder, PlaybookModel, Text
from shared.worktime import ALWAYS_OPEN, WorkCalendar

RESPONSE_WITHIN: Final = WorkDuration(business_days=1)
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


class _Routing(_Part):
    teams: tuple[Annotated[_Team, BeforeValidator(_with_id)], ...] = (_Team(id="is"), _Team(id="fs"), _Team(id="cs"))
    reps: tuple[_Rep, ...] = ()


@dataclass(frozen=True)
class KpiPlaybook:
    """What counting and showing need, compiled once; `KpiPlaybook()` is a company without any files: UTC."""

    company: str = ""
    zone: ZoneInfo = field(default_factory=lambda: ZoneInfo("UTC"))
    lang: Literal["en", "ja"] = "en"
    teams: tuple[str, ...] = ("is", "fs", "cs")
    response_within: WorkDuration = RESPONSE_WITHIN
    calendar: WorkCalendar = ALWAYS_OPEN
    calendars: Mapping[str, WorkCalendar] = field(default_factory=dict)
    """Each rep's and each team's calendar by its id, where one is given."""
    rep_names: Mapping[str, str] = field(default_factory=dict)
    rep_teams: Mapping[str, str] = field(default_factory=dict)
    targets: Targets = NO_TARGETS

    @property
    def relay_has_is(self) -> bool:
        return "is" in self.teams

    def calendar_of(self, team: str, owner: str) -> WorkCalendar:
        """The owner's working time, else the team's, else the company's."""
        return self.calendars.get(owner) or self.calendars.get(team) or self.calendar


def load(folder: PlaybookFolder) -> KpiPlaybook:
    """Compile what the kpi service reads of a playbook; every file is optional. Raises PlaybookError."""
    own = folder.load_optional("kpi.yaml", KpiFile)
    company = folder.load_optional("company.yaml", _Company).model
    routing = folder.load_optional("routing.yaml", _Routing).model
    known = load_calendars(folder).build(folder.holidays)
    name = own.model.calendar or (next(iter(known)) if len(known) == 1 else None)
    if name is not None and name not in known:
        message = f'unknown calendar "{name}"; expected one of calendars.yaml: {", ".join(known) or "it has none"}'
        raise PlaybookError([own.problem(("calendar",), message)])
    named = {team.id: team.calendar for team in routing.teams} | {rep.id: rep.calendar for rep in routing.reps}
    return KpiPlaybook(
        company=company.name,
        zone=ZoneInfo(company.timezone),
        lang="ja" if company.locale.startswith("ja") else "en",
        teams=tuple(team.id for team in routing.teams),
        response_within=own.model.response_within,
        calendar=known[name] if name else ALWAYS_OPEN,
        calendars={who: known[calendar] for who, calendar in named.items() if calendar in known},
        rep_names={rep.id: rep.name for rep in routing.reps if rep.name},
        rep_teams={rep.id: rep.home for rep in routing.reps if rep.home},
        targets=own.model.targets,
    )
