"""What an event costs each service's pure functions, and how that grows with a lead's history and with the rules.

Microseconds of this process's CPU time an event, the median of rounds in which the sizes take turns: read a row's
ratios, not the absolutes.
"""

import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from statistics import median

from services.alerts import domain as alerts
from services.alerts.playbook import load as load_alerts
from services.alerts.state import LeadAlerts
from services.kpi.domain import fold
from services.kpi.facts import NOTHING
from services.routing import domain as routing
from services.routing.desk import Desk
from services.routing.playbook import load as load_routing
from services.routing.state import LeadRouting
from services.scoring import domain as scoring
from services.scoring.playbook import load as load_scoring
from services.scoring.state import LeadScore
from shared.events import Event, type_registry
from shared.playbook import PlaybookFolder
from tests.bench.asked import Asked
from tests.bench.figures import Section
from tests.bench.stage import PLAYBOOK, Stage

HISTORIES = (10, 100, 1_000, 10_000)
RULES = (10, 100, 1_000)
MEASURED = 200
"""So many events are applied after the history, and timed together."""
START = datetime(2026, 4, 1, tzinfo=UTC)
KINDS = ("web.visited", "content.downloaded", "email.clicked", "call.attempted", "web.visited")


@dataclass
class Row:
    """A service's cost in microseconds an event, by size."""

    what: str
    costs: dict[int, list[float]] = field(default_factory=dict)

    @property
    def medians(self) -> dict[int, float]:
        return {size: median(found) for size, found in self.costs.items()}


Apply = Callable[[Event], None]
Fresh = Callable[[PlaybookFolder], Apply]


def activities(since: int, number: int) -> Iterator[Event]:
    """A lead's activities, each half an hour after the one before."""
    for place in range(since, since + number):
        kind = KINDS[place % len(KINDS)]
        data = {"asset_id": f"a{place % 50}", "kind": "case_study", "page": "pricing"}
        yield Event(
            id=f"e{place}",
            source="urn:bench",
            type=kind,
            subject="lead-1",
            time=START + timedelta(minutes=30 * place),
            data=type_registry[kind].model_validate(data),
        )


def _scoring(folder: PlaybookFolder) -> Apply:
    lead, rules, log = LeadScore(), load_scoring(folder), list[Event]()

    def apply(event: Event) -> None:
        nonlocal lead
        log.append(event)
        history = log if scoring.needs_history(lead, event, rules) else None
        lead = scoring.apply(lead, event, rules, history).state

    return apply


def _routing(folder: PlaybookFolder) -> Apply:
    lead, rules, desk = LeadRouting("lead-1"), load_routing(folder), Desk()

    def apply(event: Event) -> None:
        nonlocal lead
        lead = routing.apply(lead, event, event.time, desk, rules).state

    return apply


def _alerts(folder: PlaybookFolder) -> Apply:
    lead, rules = LeadAlerts("lead-1"), load_alerts(folder)

    def apply(event: Event) -> None:
        nonlocal lead
        lead = alerts.apply(lead, event, event.time, rules).state

    return apply


def _kpi(_: PlaybookFolder) -> Apply:
    lead = NOTHING

    def apply(event: Event) -> None:
        nonlocal lead
        lead = fold(lead, event)

    return apply


SERVICES: dict[str, Fresh] = {"scoring": _scoring, "routing": _routing, "alerts": _alerts, "kpi": _kpi}


def with_rules(folder: PlaybookFolder, number: int) -> PlaybookFolder:
    """The playbook with so many scoring rules, which look at another asset each."""
    rules = "\n".join(
        f"        - {{id: r{n}, on: content.downloaded, when: {{field: asset_id, op: eq, value: a{n}}}, points: 1}}"
        for n in range(number)
    )
    scoring_file = f"engagement:\n  groups:\n    - id: g\n      rules:\n{rules}\nmql: {{threshold: 60}}\n"
    return PlaybookFolder.of({**folder.files, "scoring.yaml": scoring_file})


def grown(folder: PlaybookFolder, rounds: int) -> list[Row]:
    """Each service's cost against the length of the history, and scoring's against the number of rules."""
    rows = [Row(f"{name}, by events of the lead before") for name in SERVICES]
    by_rules = Row("scoring, by rules of the playbook")
    for _ in range(rounds):
        for row, fresh in zip(rows, SERVICES.values(), strict=True):
            for size in HISTORIES:
                row.costs.setdefault(size, []).append(cost(fresh(folder), size))
        for size in RULES:
            by_rules.costs.setdefault(size, []).append(cost(_scoring(with_rules(folder, size)), 100))
    return [*rows, by_rules]


def cost(apply: Apply, history: int) -> float:
    """Microseconds an event, once the history has been applied."""
    for event in activities(0, history):
        apply(event)
    measured = list(activities(history, MEASURED))
    began = time.process_time()
    for event in measured:
        apply(event)
    return (time.process_time() - began) / MEASURED * 1e6


def bench(_: Stage, asked: Asked) -> Section:
    """The pure functions' growth; a row's figures are medians."""
    rows = grown(PlaybookFolder.read(PLAYBOOK), asked.rounds)
    columns = ("µs of CPU an event", *(f"{size:,}" for size in HISTORIES), "largest / smallest")
    document: dict[str, object] = {row.what: {str(size): cost for size, cost in row.medians.items()} for row in rows}
    return Section("growth of the pure functions", columns, [_cells(row) for row in rows], document=document)


def _cells(row: Row) -> tuple[str, ...]:
    found = row.medians
    sizes = [f"{found[size]:.1f}" if size in found else "" for size in HISTORIES]
    return (row.what, *sizes, f"{found[max(found)] / found[min(found)]:.2f}")
