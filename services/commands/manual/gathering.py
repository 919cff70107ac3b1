"""What the files of a playbook say together, as the manual tells it."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

from services.alerts.playbook import AlertsFile
from services.alerts.playbook import load as load_alerts
from services.commands.manual.speech import Speech
from services.commands.playbooks import check_whole
from services.kpi.playbook import KpiFile
from services.routing.written import CompanyFile, PoolEntry, RepEntry, RoutingFile, SlaFile, TeamEntry
from services.scoring.playbook import read as read_scoring
from services.scoring.written import ScoringFile
from shared.calendars import CalendarRules, load_calendars
from shared.locales import Locale
from shared.playbook import PlaybookError, PlaybookFolder


@dataclass(frozen=True)
class Agreement:
    """A playbook without mistakes; `alerts` and `kpi` are None where it has no such file."""

    version: str
    today: date
    """In the company's zone: days off and leave are told for a year from it."""
    locale: Locale
    company: CompanyFile
    calendars: Mapping[str, CalendarRules]
    scoring: ScoringFile
    routing: RoutingFile
    sla: SlaFile
    alerts: AlertsFile | None
    kpi: KpiFile | None

    @property
    def reps(self) -> Mapping[str, RepEntry]:
        return {rep.id: rep for rep in self.routing.reps}

    @property
    def pools(self) -> Mapping[str, PoolEntry]:
        return {pool.id: pool for pool in self.routing.pools}

    @property
    def teams(self) -> tuple[TeamEntry, ...]:
        return self.routing.relay

    def members_of(self, team: str) -> list[RepEntry]:
        return [rep for rep in self.routing.reps if team in rep.teams]

    def speech(self, locale: Locale | None) -> Speech:
        """The language of the manual: the one asked for, else the playbook's own."""
        labels = self.alerts.labels if self.alerts else {}
        names = {rep.id: rep.name for rep in self.routing.reps if rep.name}
        return Speech(locale or self.locale, labels, self.locale, names)


def gather(path: Path, at: datetime) -> Agreement:
    """Read a whole playbook and run its examples. Raises PlaybookError with every problem."""
    try:
        folder = PlaybookFolder.read(path)
        check_whole(folder)
    except PlaybookError as error:
        raise error.under(path) from None
    return _agreement(folder, at)


def _agreement(folder: PlaybookFolder, at: datetime) -> Agreement:
    company = folder.load_optional("company.yaml", CompanyFile).model
    return Agreement(
        version=folder.version,
        today=at.astimezone(ZoneInfo(company.timezone)).date(),
        locale=load_alerts(folder).locale,
        company=company,
        calendars=load_calendars(folder).calendars,
        scoring=read_scoring(folder).model,
        routing=folder.load("routing.yaml", RoutingFile).model,
        sla=folder.load_optional("sla.yaml", SlaFile).model,
        alerts=folder.load("alerts.yaml", AlertsFile).model if "alerts.yaml" in folder.files else None,
        kpi=folder.load("kpi.yaml", KpiFile).model if "kpi.yaml" in folder.files else None,
    )
