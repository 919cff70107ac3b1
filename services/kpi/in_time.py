"""Handovers whose answer may still come in time: no rate speaks of them yet."""

from collections import Counter
from collections.abc import Mapping
from datetime import date, datetime, timedelta

from services.kpi.counting import Cell, Counts
from services.kpi.playbook import KpiPlaybook
from shared.worktime import NoOpeningError

ANSWERED = "speed_elapsed:"


def unanswered_in_time(counts: Mapping[Cell, int], at: datetime, playbook: KpiPlaybook) -> Counts:
    """Of `handed_over`, by cell, what nobody has answered on days whose last handover may be answered in time yet."""
    handed = {cell: n for cell, n in counts.items() if cell.metric == "handed_over"}
    running = _running_days({cell.day for cell in handed}, at, playbook)
    answered = _answered(counts, running)
    left = {cell: n - answered[cell] for cell, n in handed.items() if cell.day in running}
    return Counter({cell: n for cell, n in left.items() if n > 0})


def _running_days(days: set[date], at: datetime, playbook: KpiPlaybook) -> set[date]:
    """The latest of the days; each ends later than those before it, and so does the time for its answers."""
    running: set[date] = set()
    for day in sorted(days, reverse=True):
        if _answers_due(day, playbook) < at:
            break
        running.add(day)
    return running


def _answers_due(day: date, playbook: KpiPlaybook) -> datetime:
    ends_at = datetime.combine(day + timedelta(days=1), datetime.min.time(), playbook.zone)
    last_at = ends_at - timedelta(microseconds=1)
    try:
        return playbook.calendar.due(last_at, playbook.response_within)
    except NoOpeningError:
        return last_at


def _answered(counts: Mapping[Cell, int], days: set[date]) -> Counts:
    answered: Counts = Counter()
    for cell, n in counts.items():
        if cell.day in days and cell.metric.startswith(ANSWERED):
            answered[Cell(cell.day, "handed_over", cell.source, cell.team, cell.rep)] += n
    return answered
