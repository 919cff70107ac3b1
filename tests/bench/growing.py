"""Scoring as it gets long histories and many leads: the rate of the same work, on the real process and database."""

from rich.progress import track

from shared.topics import LEAD_ACTIVITY
from tests.bench.asked import Asked
from tests.bench.draining import drain
from tests.bench.figures import Row, Section, of_rates
from tests.bench.filling import fill
from tests.bench.loads import Spread, now
from tests.bench.stage import Stage

LEAST = 40_000
"""Activities: they are handled in batches of thousands, and looked at between two."""
HISTORIES = (10, 100, 1_000, 10_000)
LEADS = (1_000, 10_000, 100_000, 1_000_000)


def bench(stage: Stage, asked: Asked) -> Section:
    """The second half of every history is measured; with many leads, what comes after each has been seen once."""
    measured = max(asked.share(10), LEAST)
    cases = {
        f"{length:,} events a lead": (Spread(measured * 2, measured * 2 // length, now()), measured)
        for length in HISTORIES
        if length <= measured
    }
    cases |= {
        f"{leads:,} leads": (Spread(leads + measured, leads, now()), leads) for leads in LEADS if leads <= asked.events
    }
    rows = {name: Row(name) for name in cases}
    for name, (load, after) in track(cases.items(), "growth of histories and of leads"):
        prefix = f"growth{stage.number()}."
        fill(stage.kafka, prefix, [(LEAD_ACTIVITY, load)])
        for _ in range(asked.rounds):
            with stage.system(prefix) as system:
                rows[name].runs.append(drain(stage, system, "scoring", after=after))
        stage.drop_topics(prefix)
    notes = ["Events a lead: the second half of every history is measured. Leads: after each has been seen once."]
    return of_rates(f"scoring as it grows, {measured:,} activities measured in each", list(rows.values()), notes)
