"""Scoring as it gets long histories and many leads: the rate of the same work, on the real process and database."""

from dataclasses import dataclass

from rich.progress import track

from shared.topics import LEAD_ACTIVITY
from tests.bench.asked import Asked
from tests.bench.draining import drain
from tests.bench.figures import Row, Section, of_rates, turned
from tests.bench.filling import fill
from tests.bench.loads import Spread, now
from tests.bench.stage import Stage

LEAST = 40_000
"""Activities: they are handled in batches of thousands, and looked at between two."""
HISTORIES = (10, 100, 1_000, 10_000)
LEADS = (1_000, 10_000, 100_000, 1_000_000)


@dataclass(frozen=True, slots=True)
class _Case:
    """A load; what comes `after` so many of its activities is measured."""

    load: Spread
    after: int


def bench(stage: Stage, asked: Asked) -> Section:
    """The second half of every history is measured; with many leads, what comes after each has been seen once."""
    measured = max(asked.share(10), LEAST)
    cases = _cases(measured, asked.events)
    prefixes = {name: f"growth{stage.number()}." for name in cases}
    for name, case in cases.items():
        fill(stage.kafka, prefixes[name], [(LEAD_ACTIVITY, case.load)])
    rows = {name: Row(name) for name in cases}
    for number in track(range(asked.rounds), "growth of histories and of leads"):
        for name in turned(list(cases), number):
            with stage.system(prefixes[name]) as system:
                rows[name].runs.append(drain(stage, system, "scoring", after=cases[name].after))
    for prefix in prefixes.values():
        stage.drop_topics(prefix)
    notes = ["Events a lead: the second half of every history is measured. Leads: after each has been seen once."]
    return of_rates(f"scoring as it grows, {measured:,} activities measured in each", list(rows.values()), notes)


def _cases(measured: int, most_leads: int) -> dict[str, _Case]:
    cases = {
        f"{length:,} events a lead": _Case(Spread(measured * 2, measured * 2 // length, now()), measured)
        for length in HISTORIES
    }
    many = [leads for leads in LEADS if leads <= most_leads]
    return cases | {f"{leads:,} leads": _Case(Spread(leads + measured, leads, now()), leads) for leads in many}
