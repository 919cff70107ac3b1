"""`make bench`: how fast the pure parts are, measured in turn in one run. Quote the ratios, not the absolutes."""

import argparse
import json
import random
import time
from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from statistics import median

from rich.console import Console
from rich.table import Table

from services.offline.desks import ScoringDesk
from services.offline.shell import OfflineShell
from services.offline.timers import VirtualTimers
from shared.events import Event, decode
from shared.playbook import PlaybookFolder
from tests.bench import growth

PLAYBOOK = Path(__file__).parents[2] / "deploy" / "playbook"
KINDS = (
    ["web.visited"] * 12 + ["email.clicked"] * 3 + ["content.downloaded"] * 3 + ["seminar.attended", "demo.requested"]
)
Job = Callable[[], object]


def load(events: int, leads: int, seed: int) -> list[bytes]:
    """Activities of some leads, in the order of their times; few leads have many."""
    rng, at = random.Random(seed), datetime(2026, 4, 1, tzinfo=UTC)
    lines = []
    for number in range(events):
        at += timedelta(seconds=rng.expovariate(0.2))
        event = {
            "specversion": "1.0",
            "id": f"e{number}",
            "source": "urn:bench",
            "type": rng.choice(KINDS),
            "subject": f"lead-{min(int(rng.paretovariate(0.9)), leads)}",
            "time": at.isoformat(),
            "data": {"asset_id": f"a{rng.randrange(50)}", "kind": "case_study"},
        }
        lines.append(json.dumps(event).encode())
    return lines


def jobs(lines: Sequence[bytes]) -> dict[str, Job]:
    folder, events = PlaybookFolder.read(PLAYBOOK), [decode(line) for line in lines]
    return {
        "decode (contract)": lambda: [decode(line) for line in lines],
        "scoring alone (offline)": lambda: _score(folder, events),
        "all four services (offline)": lambda: _replay(folder, events),
    }


def _score(folder: PlaybookFolder, events: Sequence[Event]) -> None:
    desk = ScoringDesk(folder, VirtualTimers())
    for event in events:
        desk.apply(event, event.time)


def _replay(folder: PlaybookFolder, events: Sequence[Event]) -> None:
    shell = OfflineShell(folder, lambda _: None)
    for event in events:
        shell.play(event)
    shell.finish(None)


def measure(work: dict[str, Job], rounds: int, events: int) -> dict[str, list[float]]:
    """Events a second of each job in each round; the jobs take turns."""
    rates: dict[str, list[float]] = {name: [] for name in work}
    for _ in range(rounds):
        for name, job in work.items():
            began = time.perf_counter()
            job()
            rates[name].append(events / (time.perf_counter() - began))
    return rates


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m tests.bench", description=__doc__)
    parser.add_argument("--events", type=int, default=20_000)
    parser.add_argument("--leads", type=int, default=2_000)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--json", type=Path, help="also write the figures to this file")
    asked = parser.parse_args()
    rates = measure(jobs(load(asked.events, asked.leads, seed=1)), asked.rounds, asked.events)
    base = median(next(iter(rates.values())))
    table = Table("work", "events/s min", "median", "max", "ratio to decoding", title=f"{asked.events:,} events")
    for name, found in rates.items():
        figures = (f"{value:,.0f}" for value in (min(found), median(found), max(found)))
        table.add_row(name, *figures, f"{median(found) / base:.2f}")
    Console().print(table)
    rows = growth.grown(PlaybookFolder.read(PLAYBOOK), asked.rounds)
    Console().print(growth.table(rows))
    if asked.json:
        grown = {row.what: row.medians for row in rows}
        asked.json.write_text(json.dumps({"events_per_second": rates, "microseconds": grown}, indent=2) + "\n")


if __name__ == "__main__":
    main()
