"""`make bench`: how fast Baton is beside its peers, in tables and as JSON. docs/benchmarks.md tells of every row."""

import os
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path

from rich.console import Console

from shared.embedded import EmbeddedStackError
from tests.bench import firing, growing, growth, latency, pipeline, replay, scoring, services, tables
from tests.bench.asked import Asked, parse
from tests.bench.draining import LoadTooSmallError, StalledError
from tests.bench.figures import Section
from tests.bench.stage import Stage

Bench = Callable[[Stage, Asked], Section]
BENCHES: dict[str, Bench] = {
    "scoring": scoring.bench,
    "services": services.bench,
    "pipeline": pipeline.bench,
    "latency": latency.bench,
    "timers": firing.bench,
    "replay": replay.bench,
    "growth": growth.bench,
    "growing": growing.bench,
}
QUICK = ("scoring", "services", "latency", "timers", "replay")
BUSY_LOAD = 0.7
"""Processes that wait for a core or run, before anything is measured."""
QUICK_WARNING = "A quick run shows that all of it works. Short loads flatter Baton beside a JVM: quote `make bench`."


def main() -> int:
    """The exit status: 1 where a bench could not be finished."""
    asked, console = parse(BENCHES, QUICK), tables.console()
    sections: dict[str, Section] = {}
    load_before = os.getloadavg()[0]
    with tempfile.TemporaryDirectory(prefix="baton-bench-") as folder, Stage(Path(folder)) as stage:
        for name in (name for name in BENCHES if name in asked.only):
            if section := _section(name, stage, asked, console):
                sections[name] = section
                tables.show(section, console)
    console.print(tables.table_of_targets(tables.figures_of(sections)))
    if asked.quick:
        console.print(QUICK_WARNING)
    if load_before > BUSY_LOAD:
        console.print(f"The machine was busy before (load average {load_before:.1f}): compare µs an event, not rates.")
    if asked.json:
        tables.write(asked.json, sections, {**asked.document, "load_average_before": load_before})
    return 0 if len(sections) == len(asked.only) else 1


def _section(name: str, stage: Stage, asked: Asked, console: Console) -> Section | None:
    try:
        return BENCHES[name](stage, asked)
    except (StalledError, LoadTooSmallError, EmbeddedStackError) as error:
        console.print(f"{name} could not be finished: {error}", markup=False, style="red")
        return None


if __name__ == "__main__":
    sys.exit(main())
