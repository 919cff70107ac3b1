"""`python -m services.commands.playbook_schemas`: write the JSON Schemas by which editors complete playbook files."""

from collections.abc import Mapping
from typing import Final

from pydantic import BaseModel

from services.alerts.playbook import AlertsFile
from services.kpi.playbook import KpiFile
from services.routing.written import CompanyFile, RoutingFile, SlaFile
from services.scoring.written import ScoringFile
from shared.calendars import CalendarsFile
from shared.playbook import export_schemas
from shared.settings import REPOSITORY

FOLDER: Final = REPOSITORY / "docs" / "schemas" / "playbook"
MODELS: Final[Mapping[str, type[BaseModel]]] = {
    "alerts": AlertsFile,
    "calendars": CalendarsFile,
    "company": CompanyFile,
    "kpi": KpiFile,
    "routing": RoutingFile,
    "scoring": ScoringFile,
    "sla": SlaFile,
}
"""By the name of the file."""

if __name__ == "__main__":
    FOLDER.mkdir(parents=True, exist_ok=True)
    export_schemas(MODELS, FOLDER)
