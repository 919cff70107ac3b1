"""Comparing the live system with the offline shell: facts must be equal, decisions must follow from their records."""

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TypeVar

from services.kpi.counting import Cell, Counts
from services.offline.shell import OfflineShell
from services.routing.records import redecide
from services.routing.state import LeadRouting
from services.scoring.state import LeadScore
from shared.events import Event, decode
from shared.playbook import PlaybookFolder
from tests.support.live import Outcome

T = TypeVar("T")

DECIDED = ("alerts_", "handed_over", "sla_", "responded", "response", "speed_", "breach")
"""Metrics that rest on when something was decided, not on the leads' events alone."""


def replayed(activities: Sequence[bytes], playbook: Path) -> tuple[OfflineShell, list[Event]]:
    """The offline shell over the recorded activities, in the order in which they were read."""
    derived: list[Event] = []
    shell = OfflineShell(PlaybookFolder.read(playbook), derived.append)
    for body in activities:
        shell.play(decode(body))
    shell.finish(None)
    return shell, derived


@dataclass(frozen=True, slots=True)
class Facts:
    """What is a function of the leads' events alone, by lead."""

    scores: dict[str, object]
    stages: dict[str, object]
    counts: object


def facts_of(scores: Mapping[str, LeadScore], routed: Mapping[str, LeadRouting], counts: Counts) -> Facts:
    """The facts of all leads; those of which nothing is known are left out."""
    return Facts(
        {lead: _scored(state) for lead, state in scores.items()},
        {lead: view for lead, state in routed.items() if any(view := _stages(state))},
        _facts(counts),
    )


def differences(live: Outcome, shell: OfflineShell) -> list[str]:
    """Every fact in which the two differ, and every decision that does not follow from its record."""
    found = _differing("score", live.scores, shell.scoring.leads, _scored)
    found += _differing("stages", live.routed, shell.routing.leads, _stages)
    found += _differing("counts", {"all": live.counts}, {"all": shell.kpi.counts}, _facts)
    found += [f"decision {r.lead} {r.kind} {r.seq}" for r in live.decisions if redecide(r) != r.chosen]
    return found


def _differing(what: str, live: Mapping[str, T], offline: Mapping[str, T], view: Callable[[T], object]) -> list[str]:
    seen, played = ({key: view(value) for key, value in side.items()} for side in (live, offline))
    keys = sorted(key for key in seen.keys() | played.keys() if seen.get(key) != played.get(key))
    return [f"{what} of {key}: live {seen.get(key)}, offline {played.get(key)}" for key in keys]


def _scored(lead: LeadScore) -> object:
    """All that is kept of a score but the watch over its fall: what was told of that depends on when it was asked."""
    return replace(lead, cools_at=None, cooled_at=None)


def _stages(lead: LeadRouting) -> tuple[object, object]:
    entries = {key: told.entry for key, told in lead.stages.items() if not told.retracted}
    refusals = {key: told.refusal for key, told in lead.refusals.items() if not told.retracted}
    return entries, refusals


def _facts(counts: Counts) -> object:
    facts: Counter[Cell] = Counter()
    for cell, n in counts.items():
        if n and not cell.metric.startswith(DECIDED):
            facts[Cell(cell.day, cell.metric, cell.source)] += n
    return {cell: n for cell, n in facts.items() if n}
