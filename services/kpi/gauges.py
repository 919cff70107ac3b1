"""The numbers of `/metrics`: a bridge from standings and counts to gauges, without a person in a label."""

from collections import Counter
from collections.abc import Iterable, Mapping
from typing import NamedTuple

from services.kpi.counting import Cell
from services.kpi.standing import ShownStage, Standing
from services.kpi.stuck import FUNNEL
from shared.events.lifecycle import ENDS

STAGES: tuple[ShownStage, ...] = (*FUNNEL, *sorted(ENDS))
OUTCOMES = ("met", "breached")


class Reading(NamedTuple):
    """One gauge: its name, its labels by name, its value."""

    name: str
    labels: Mapping[str, str]
    value: int


def gauges(stages: Mapping[ShownStage, int], in_hand: Iterable[Standing], counts: Mapping[Cell, int]) -> list[Reading]:
    """`baton_leads` by stage, `baton_unassigned_leads` by team, `baton_breached_leads` by stage, and
    `baton_sla_clocks` by clock, team and outcome (all that ended)."""
    leads = list(in_hand)
    unassigned = Counter(lead.team for lead in leads if lead.waiting)
    breached = Counter(lead.stage for lead in leads if lead.breached)
    return [
        *(Reading("baton_leads", {"stage": stage}, stages.get(stage, 0)) for stage in STAGES),
        *(Reading("baton_unassigned_leads", {"team": team}, n) for team, n in sorted(unassigned.items())),
        *(Reading("baton_breached_leads", {"stage": stage}, n) for stage, n in sorted(breached.items())),
        *_clocks(counts),
    ]


def _clocks(counts: Mapping[Cell, int]) -> list[Reading]:
    ended: Counter[tuple[str, str, str]] = Counter()
    for cell, n in counts.items():
        for outcome in OUTCOMES:
            prefix = f"sla_{outcome}:"
            if cell.metric.startswith(prefix):
                ended[cell.metric.removeprefix(prefix), cell.team, outcome] += n
    return [
        Reading("baton_sla_clocks", {"clock": clock, "team": team, "outcome": outcome}, n)
        for (clock, team, outcome), n in sorted(ended.items())
    ]
