"""Reads `routing.yaml` and `sla.yaml`: who gets which lead, and how much working time each owner has for it."""

from services.routing.checks import check
from services.routing.rules import RoutingRules, compile_rules
from services.routing.written import CompanyFile, RoutingFile, SlaFile
from shared.calendars import load_calendars
from shared.playbook import PlaybookFolder, collect

__all__ = ["RoutingFile", "SlaFile", "load"]


def load(folder: PlaybookFolder) -> RoutingRules:
    """Compile `routing.yaml`, and where they are there `sla.yaml`, `calendars.yaml` and `company.yaml`.

    Raises PlaybookError with every problem, those between the files included.
    """
    with collect() as problems:
        written = problems.attempt(load_calendars, folder)
        sla = problems.attempt(folder.load_optional, "sla.yaml", SlaFile)
        company = problems.attempt(folder.load_optional, "company.yaml", CompanyFile)
        routing = problems.attempt(folder.load, "routing.yaml", RoutingFile).value
        problems.add(*check(routing, sla.value, written.value.calendars))
    return compile_rules(
        routing.model,
        sla.value.model,
        written.value.build(folder.holidays),
        folder.version,
        company.value.model.timezone,
    )
