"""The pure parts alone, in memory: reading the contract, scoring, and all four services."""

import time
from collections.abc import Callable, Sequence

from services.offline.desks import ScoringDesk
from services.offline.shell import OfflineShell
from services.offline.timers import VirtualTimers
from shared.events import Event, decode
from shared.playbook import PlaybookFolder
from tests.bench.asked import Asked
from tests.bench.figures import Row, Run, Section, of_rates
from tests.bench.loads import Load, encoded, now
from tests.bench.stage import PLAYBOOK, Stage

Job = Callable[[], object]


def bench(_: Stage, asked: Asked) -> Section:
    lines = [encoded(event)[1] for event in Load(asked.share(20), max(asked.leads // 20, 10), now())]
    return of_rates(f"offline, {len(lines):,} activities", measure(jobs(lines), asked.rounds, len(lines)))


def jobs(lines: Sequence[bytes]) -> dict[str, Job]:
    folder, events = PlaybookFolder.read(PLAYBOOK), [decode(line) for line in lines]
    return {
        "decode (contract)": lambda: [decode(line) for line in lines],
        "scoring alone (offline)": lambda: _score(folder, events),
        "all four services (offline)": lambda: _replay(folder, events),
    }


def measure(work: dict[str, Job], rounds: int, events: int) -> list[Row]:
    """The jobs take turns; CPU is this process's own."""
    rows = {name: Row(name) for name in work}
    for _ in range(rounds):
        for name, job in work.items():
            began, used = time.perf_counter(), time.process_time()
            job()
            seconds = time.perf_counter() - began
            rows[name].runs.append(Run(events, seconds, time.process_time() - used))
    return list(rows.values())


def _score(folder: PlaybookFolder, events: Sequence[Event]) -> None:
    desk = ScoringDesk(folder, VirtualTimers())
    for event in events:
        desk.apply(event, event.time)


def _replay(folder: PlaybookFolder, events: Sequence[Event]) -> None:
    shell = OfflineShell(folder, lambda _: None)
    for event in events:
        shell.play(event)
    shell.finish(None)
