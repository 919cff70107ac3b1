"""The numbers as `kpi.json` and `GET /kpi` give them."""

from collections import Counter, defaultdict
from collections.abc import Callable, Mapping

from services.kpi.counting import Cell
from services.kpi.effort import Effort, effort
from services.kpi.rates import Section, section


class Slice(Section):
    """The numbers of one source, team or rep."""

    activity: Effort


class DaySlice(Section):
    """The numbers of one day in the company's time zone, as YYYY-MM-DD."""

    day: str


class KpiReport(Section):
    """`totals`, `rates`, `by_source`, `by_day` and, beyond the contract, `activity`, `by_team` and `by_rep`.

    Whose number it is (team, rep) rests on decisions of routing; all else is a function of the leads' events.
    """

    by_source: dict[str, Slice]
    by_day: list[DaySlice]
    activity: Effort
    by_team: dict[str, Slice]
    by_rep: dict[str, Slice]


def report(counts: Mapping[Cell, int], *, relay_has_is: bool = True) -> KpiReport:
    """All the numbers over the counts given: all time, or the days that the caller chose."""
    overall = _by(counts, lambda _: "all").get("all", Counter())
    by_day = _by(counts, lambda cell: cell.day.isoformat())
    return {
        **section(overall, relay_has_is=relay_has_is),
        "by_source": _slices(_by(counts, lambda cell: cell.source), relay_has_is),
        "by_day": [{"day": day, **section(by_day[day], relay_has_is=relay_has_is)} for day in sorted(by_day)],
        "activity": effort(overall),
        "by_team": _slices(_by(counts, lambda cell: cell.team), relay_has_is),
        "by_rep": _slices(_by(counts, lambda cell: cell.rep), relay_has_is),
    }


def _by(counts: Mapping[Cell, int], key: Callable[[Cell], str]) -> dict[str, Counter[str]]:
    grouped: dict[str, Counter[str]] = defaultdict(Counter)
    for cell, n in counts.items():
        if n and (name := key(cell)):
            grouped[name][cell.metric] += n
    return grouped


def _slices(grouped: Mapping[str, Counter[str]], relay_has_is: bool) -> dict[str, Slice]:
    return {
        name: {**section(grouped[name], relay_has_is=relay_has_is), "activity": effort(grouped[name])}
        for name in sorted(grouped)
    }
