"""What is legal in a playbook and probably not meant, in all its files."""

from collections.abc import Iterator
from contextlib import suppress
from datetime import datetime

from services.alerts.playbook import AlertsFile
from services.alerts.texts import WORDS
from services.routing import lint as routing_lint
from services.routing import staffing
from services.routing.playbook import load as compile_routing
from services.routing.written import CompanyFile, RoutingFile, SlaFile
from services.scoring import lint as scoring_lint
from services.scoring.playbook import read as read_scoring
from services.scoring.written import ScoringFile
from shared.locales import LOCALES
from shared.playbook import PlaybookError, PlaybookFolder, Problem, nearest

SOURCES = frozenset(source for words in WORDS.values() for source in words.sources)


def doubts(folder: PlaybookFolder, at: datetime) -> list[Problem]:
    """Every doubt about the files that can be read, sorted; who is there is asked of the days from `at` on."""
    found: list[Problem] = []
    with suppress(PlaybookError):
        found += scoring_lint.warnings(read_scoring(folder))
    with suppress(PlaybookError):
        sla = folder.load_optional("sla.yaml", SlaFile)
        found += routing_lint.warnings(folder.load_optional("routing.yaml", RoutingFile), sla)
    with suppress(PlaybookError):
        found += _of_days(folder, at)
    for of_file in (_of_labels, _of_locale):
        with suppress(PlaybookError):
            found += of_file(folder)
    return sorted(found)


def _of_days(folder: PlaybookFolder, at: datetime) -> list[Problem]:
    if "routing.yaml" not in folder.files:
        return []
    routing, sla = folder.load("routing.yaml", RoutingFile), folder.load_optional("sla.yaml", SlaFile)
    return staffing.warnings(routing, sla, compile_routing(folder), at)


def _of_labels(folder: PlaybookFolder) -> Iterator[Problem]:
    """Labels that no card will ever show; only where the rules that they may name can be read."""
    if not {"scoring.yaml", "alerts.yaml"} <= folder.files.keys():
        return
    alerts, scoring = folder.load("alerts.yaml", AlertsFile), read_scoring(folder).model
    clocks = {clock.id for clock in folder.load_optional("sla.yaml", SlaFile).model.clocks}
    named = clocks | _parts_of_score(scoring)
    for label in alerts.model.labels:
        if label not in named | SOURCES:
            meant = nearest(label, sorted(named - alerts.model.labels.keys()))
            hint = f"; did you mean '{meant}'?" if meant else ""
            message = f"'{label}' names no rule of scoring.yaml, no clock of sla.yaml and no usual lead source{hint}"
            yield Problem(alerts.name, *alerts.positions.locate_key(("labels", label)), message)


def _parts_of_score(scoring: ScoringFile) -> set[str]:
    """What a contribution to a score may be called."""
    groups = scoring.engagement.groups
    rules = {rule.id for rule in scoring.fit.rules} | {rule.id for group in groups for rule in group.rules}
    return rules | {f"cap:{name}" for name in ("fit", "engagement", *(group.id for group in groups))}


def _of_locale(folder: PlaybookFolder) -> Iterator[Problem]:
    company = folder.load_optional("company.yaml", CompanyFile)
    locale = company.model.locale or LOCALES[0]
    if locale.replace("_", "-").partition("-")[0].lower() not in LOCALES:
        known = " or ".join(LOCALES)
        yield company.problem(("locale",), f"Baton does not speak '{locale}', its messages would be English: {known}")
