"""`make growth`: millions of activities through scoring on one machine, and how its pace, disk and memory go on.

The load is the same for the same seed and may be interrupted: started again on the same folder, the run goes on.
"""

import argparse
import asyncio
import json
import random
import time
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import asdict, dataclass, fields
from datetime import UTC, datetime, timedelta
from pathlib import Path

import asyncpg
from confluent_kafka import Producer
from rich.console import Console
from rich.progress import Progress
from rich.table import Table

from services.local.system import LocalSystem
from shared.embedded import EmbeddedStack
from shared.topics import LEAD_ACTIVITY
from tests.bench import processes
from tests.bench.draining import ended, handled, rest, started
from tests.bench.loads import KINDS, activity, details, encoded
from tests.bench.stage import PLAYBOOK
from tests.support.live import Connected

BLOCK, BACKLOG = 20_000, 100_000
ROW_EVERY, RESTART_EVERY = 250_000, 2_000_000
SPAN = timedelta(days=90)
MEGABYTE = 1_000_000
SIZES = """
SELECT pg_table_size('activity') AS activity_table, pg_indexes_size('activity') AS activity_index,
 pg_total_relation_size('lead') AS lead,
 (SELECT n_dead_tup FROM pg_stat_user_tables WHERE relid = 'lead'::regclass) AS dead,
 (SELECT autovacuum_count FROM pg_stat_user_tables WHERE relid = 'lead'::regclass) AS vacuums,
 (SELECT count(*) FROM lead) AS leads
"""


@dataclass(frozen=True, slots=True)
class Row:
    """How it went from the row before to this one; sizes in MB, times in seconds."""

    events: int
    leads: int
    events_per_second: float
    client_microseconds: float
    memory: float
    activity_table: float
    activity_index: float
    lead: float
    dead_leads: int
    vacuums: int
    restart: float | None = None


@dataclass(frozen=True, slots=True)
class Plan:
    """The whole load; block `n` of it is the same whenever it is asked for."""

    events: int
    leads: int
    seed: int
    begins_at: datetime

    def block(self, number: int) -> Iterator[dict[str, object]]:
        rng = random.Random(f"{self.seed}-{number}")
        for place in range(number * BLOCK, min((number + 1) * BLOCK, self.events)):
            at, kind = self.begins_at + SPAN * (place / self.events), rng.choice(KINDS)
            yield activity(f"g{place}", kind, f"lead-{rng.randrange(self.leads)}", at, **details(rng, kind))

    @property
    def blocks(self) -> int:
        return -(-self.events // BLOCK)


class Feeder:
    """Sends the blocks of a plan in turn, and remembers in a file how many were sent."""

    def __init__(self, plan: Plan, kafka: str, folder: Path) -> None:
        self._plan, self._file = plan, folder / "blocks-sent"
        self._producer = Producer(
            {"bootstrap.servers": kafka, "partitioner": "murmur2", "linger.ms": 20, "acks": "all"}
        )
        self.sent = int(self._file.read_text()) if self._file.exists() else 0

    @property
    def is_done(self) -> bool:
        return self.sent == self._plan.blocks

    def send_next(self) -> None:
        for event in self._plan.block(self.sent):
            key, value = encoded(event)
            self._producer.produce(LEAD_ACTIVITY, value, key)
        if left := self._producer.flush(120):
            raise RuntimeError(f"Kafka did not take {left} records of block {self.sent}")
        self.sent += 1
        self._file.write_text(str(self.sent))


async def run(plan: Plan, stack: EmbeddedStack, system: LocalSystem, folder: Path) -> None:
    """Feed and watch until all is handled; a row is written each quarter of a million."""
    feeder, service = Feeder(plan, stack.bootstrap_servers, folder), system.services["scoring"]
    async with Connected(system, "scoring") as connection:
        await asyncio.to_thread(service.start)
        done = await handled(connection, "scoring")
        at, cpu, since = time.monotonic(), processes.cpu_seconds([service._pid]), done
        with Progress() as progress:
            bar = progress.add_task("activities", total=plan.events, completed=done)
            while not (feeder.is_done and done >= await ended(system, LEAD_ACTIVITY)):
                done = await _fed(connection, system, feeder, done)
                progress.update(bar, completed=done)
                if done - since >= ROW_EVERY or (feeder.is_done and done >= await ended(system, LEAD_ACTIVITY)):
                    used = processes.cpu_seconds([service._pid]) - cpu
                    pace = ((done - since) / (time.monotonic() - at), used / (done - since) * 1e6)
                    memory = processes.peak_megabytes([service._pid])
                    restart = await _restarted(connection, system, done) if _is_time(done, since) else None
                    _write(folder, await _row(connection, done, pace, memory, restart))
                    at, cpu, since = time.monotonic(), processes.cpu_seconds([service._pid]), done


def _is_time(done: int, since: int) -> bool:
    return done // RESTART_EVERY > since // RESTART_EVERY


async def _fed(connection: "asyncpg.Connection[asyncpg.Record]", system: LocalSystem, feeder: Feeder, done: int) -> int:
    """Send what is next while little waits; how many are handled then."""
    if not feeder.is_done and feeder.sent * BLOCK - done < BACKLOG:
        await asyncio.to_thread(feeder.send_next)
    else:
        await rest(time.monotonic() + 60, f"{done:,} were handled")
    return await handled(connection, "scoring")


async def _restarted(connection: "asyncpg.Connection[asyncpg.Record]", system: LocalSystem, done: int) -> float:
    """Seconds from the start of a new process until it has handled something."""
    await asyncio.to_thread(system.services["scoring"].stop)
    done, began = await handled(connection, "scoring"), time.monotonic()
    await started(system, ["scoring"], lambda: handled(connection, "scoring"), done)
    return time.monotonic() - began


async def _row(
    connection: "asyncpg.Connection[asyncpg.Record]",
    done: int,
    pace: tuple[float, float],
    memory: float,
    restart: float | None,
) -> Row:
    sizes = await connection.fetchrow(SIZES)
    tables = {name: sizes[name] / MEGABYTE for name in ("activity_table", "activity_index", "lead")}
    return Row(
        done,
        sizes["leads"],
        *pace,
        memory,
        **tables,
        dead_leads=sizes["dead"],
        vacuums=sizes["vacuums"],
        restart=restart,
    )


def _write(folder: Path, row: Row) -> None:
    with (folder / "curve.jsonl").open("a", encoding="utf-8") as file:
        file.write(json.dumps(asdict(row)) + "\n")


def told(folder: Path) -> Table:
    """The rows written so far."""
    table = Table(*(each.name.replace("_", " ") for each in fields(Row)))
    for line in (folder / "curve.jsonl").read_text(encoding="utf-8").splitlines():
        table.add_row(*(_figure(value) for value in json.loads(line).values()))
    return table


def _figure(value: float | None) -> str:
    if value is None:
        return ""
    return f"{value:,}" if isinstance(value, int) else f"{value:,.1f}" if value < 1000 else f"{value:,.0f}"


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m tests.bench.long_run", description=__doc__)
    parser.add_argument("--folder", type=Path, default=Path(".baton/growth"), help="kept; run again to go on")
    parser.add_argument("--events", type=int, default=10_000_000)
    parser.add_argument("--leads", type=int, default=1_000_000)
    parser.add_argument("--seed", type=int, default=1)
    asked = parser.parse_args()
    asked.folder.mkdir(parents=True, exist_ok=True)
    plan = Plan(asked.events, asked.leads, asked.seed, _begins_at(asked.folder))
    with ExitStack() as closing:
        stack = closing.enter_context(EmbeddedStack(asked.folder / "servers"))
        system = LocalSystem(stack.bootstrap_servers, stack.dsn, asked.folder / "services", playbook=PLAYBOOK)
        system.prepare()
        closing.callback(system.stop)
        asyncio.run(run(plan, stack, system, asked.folder))
    Console().print(told(asked.folder))


def _begins_at(folder: Path) -> datetime:
    """The time of the first activity: ninety days before the run was begun."""
    file = folder / "begins-at"
    if not file.exists():
        file.write_text((datetime.now(UTC) - SPAN).isoformat())
    return datetime.fromisoformat(file.read_text())


if __name__ == "__main__":
    main()
