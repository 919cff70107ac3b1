"""Reads `routing.yaml` and `sla.yaml`: who gets which lead, and how much working time each owner has for it."""

from collections.abc import Mapping
from datetime import date

from services.routing.checks import check
from services.routing.rules import RoutingRules, compile_rules
from services.routing.written import CompanyPart, RoutingFile, SlaFile
from shared.calendars import CalendarsFile
from shared.playbook import PlaybookFolder, collect

__all__ = ["RoutingFile", "SlaFile", "load"]


def load(folder: PlaybookFolder, resolved_holidays: Mapping[str, Mapping[date, str]] | None = None) -> RoutingRules:
    """Compile `routing.yaml`, and where they are there `sla.yaml`, `calendars.yaml` and `company.yaml`.

    Raises PlaybookError with every problem, those between the files included.
    """
    with collect() as problems:
        written = problems.attempt(_calendars, folder)
        sla = problems.attempt(folder.load_optional, "sla.yaml", SlaFile)
        company = problems.attempt(folder.load_optional, "company.yaml", CompanyPart)
        routing = problems.attempt(folder.load, "routing.yaml", RoutingFile).value
        problems.add(*check(routing, sla.value, written.value.calendars))
    return compile_rules(
        routing.model,
        sla.value.model,
        written.value.build(resolved_holidays),
        folder.version,
        company.value.model.timezone,
    )


def _calendars(folder: PlaybookFolder) -> CalendarsFile:
    if "calendars.yaml" in folder.files:
        return folder.load("calendars.yaml", CalendarsFile).model
    return CalendarsFile(calendars={})
