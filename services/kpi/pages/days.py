"""What entered each stage day by day: every day of the range, so that the line is true to time."""

from datetime import date, timedelta
from typing import NamedTuple

from services.kpi.pages.chart import sparkline
from services.kpi.pages.parts import Column, card, number, table
from services.kpi.pages.words import Words
from services.kpi.views import PageView

DAYS_DRAWN = 90
DAYS_LISTED = 14
DRAWN = ("mqls", "sqls", "opportunities", "won")


class Day(NamedTuple):
    """One day and what entered each stage on it; None where the relay has no such stage."""

    on: date
    totals: dict[str, int | None]


def by_day(view: PageView, words: Words) -> str:
    """Entries by day as small lines over a range that is told, and the latest days as a table."""
    days = every_day(view)
    if not days:
        return ""
    drawn = [name for name in DRAWN if view.report["totals"][name] is not None]
    lines = "".join(_line(words, name, [day.totals[name] or 0 for day in days]) for name in drawn)
    columns = (Column(words("day")), *(Column(words(name), figures=True) for name in drawn))
    rows = [
        [f'<time datetime="{day.on}">{day.on}</time>', *(number(day.totals[name]) for name in drawn)]
        for day in reversed(days[-DAYS_LISTED:])
    ]
    listed = f"<details><summary>{words('latest_days')}</summary>{table(words('by_day'), columns, rows)}</details>"
    note = words("drawn_days", first=days[0].on, last=days[-1].on)
    return card(words("by_day"), f'<div class="lines">{lines}</div>{listed}', note, "days")


def every_day(view: PageView) -> list[Day]:
    """The days of the period, at most the latest 90, those without an entry too; none where nothing ever entered."""
    known = {date.fromisoformat(day["day"]): day["totals"] for day in view.report["by_day"]}
    if not known:
        return []
    first, last = _range(view, min(known), max(known))
    nothing: dict[str, int | None] = {name: None if n is None else 0 for name, n in view.report["totals"].items()}
    days = (first + timedelta(days=n) for n in range((last - first).days + 1))
    return [Day(on, known.get(on, nothing)) for on in days]


def _range(view: PageView, first: date, last: date) -> tuple[date, date]:
    """Up to today; over all time, up to the last entry where that is longer ago than can be drawn."""
    today = view.at.astimezone(view.zone).date()
    if view.period_days:
        first, last = today - timedelta(days=view.period_days), today
    elif today - last < timedelta(days=DAYS_DRAWN):
        last = today
    return max(first, last - timedelta(days=DAYS_DRAWN - 1)), last


def _line(words: Words, name: str, values: list[int]) -> str:
    return (
        f"<figure><figcaption>{words(name)} <b>{sum(values):,}</b></figcaption>"
        f"{sparkline(values, f'{words(name)}: {sum(values):,}')}</figure>"
    )
