"""Lets services work off what waits for them in Kafka, and tells how long that took and what it cost."""

import asyncio
import time
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from typing import Self

import asyncpg

from services.local.system import LocalSystem
from shared import outbox, positions
from shared.kafka import KafkaLogs
from shared.provisioning import read_topics
from tests.bench import processes
from tests.bench.figures import Run
from tests.bench.stage import Stage
from tests.support.live import READS, Connected

LOOK_AGAIN_SECONDS = 0.02
PATIENCE_SECONDS = 1800


class LoadTooSmallError(ValueError):
    """All was worked off between two looks: nothing is left to measure."""


class StalledError(RuntimeError):
    """A service did not work off what waited for it; the text says which, and how far it came."""


@dataclass(frozen=True, slots=True)
class Mark:
    """How much was done at an instant, and the CPU seconds that everybody had used by then."""

    at: float
    done: int
    client_cpu_seconds: float
    server_cpu_seconds: float


class Measuring:
    """Marks of one run: what its processes, which may still be starting, and the servers have used."""

    def __init__(self, stage: Stage, pids: Callable[[], Sequence[int]]) -> None:
        self._stage, self._pids = stage, pids

    @classmethod
    def of_services(cls, stage: Stage, system: LocalSystem, services: Sequence[str]) -> Self:
        return cls(stage, lambda: [system.services[name]._pid for name in services])

    def mark(self, done: int) -> Mark:
        return Mark(
            time.monotonic(), done, processes.cpu_seconds(self._pids()), processes.cpu_seconds(self._stage.server_pids)
        )

    def between(self, first: Mark, last: Mark, emitted: int | None = None) -> Run:
        """The run from one mark to another; its processes still live. Raises LoadTooSmallError."""
        if last.done <= first.done:
            raise LoadTooSmallError(f"all {last.done:,} were done at the first look: ask for more, --events")
        return Run(
            events=last.done - first.done,
            seconds=last.at - first.at,
            client_cpu_seconds=last.client_cpu_seconds - first.client_cpu_seconds,
            server_cpu_seconds=last.server_cpu_seconds - first.server_cpu_seconds,
            peak_megabytes=processes.peak_megabytes(self._pids()),
            emitted=emitted,
        )


def drain(stage: Stage, system: LocalSystem, service: str, emits: str | None = None, after: int = 0) -> Run:
    """Start the service and let it work off all that waits, outbox included; the time before its first commit, in
    which it starts, does not count, nor does what it does before it has handled `after` records.

    `emits` names the topic whose new records are told. Raises StalledError.
    """
    measuring = Measuring.of_services(stage, system, [service])
    run = asyncio.run(_drained(system, service, measuring, emits, after))
    system.services[service].stop()
    return run


async def ended(system: LocalSystem, *topics: str) -> int:
    """How many records the topics have ever taken."""
    logs = KafkaLogs(system.kafka, system.topic_prefix, read_topics().partitions(topics))
    await logs.start()
    try:
        return sum((await logs.ends()).values())
    finally:
        await logs.stop()


async def _drained(system: LocalSystem, service: str, measuring: Measuring, emits: str | None, after: int) -> Run:
    before = await ended(system, emits) if emits else 0
    waiting = await ended(system, *READS[service])
    async with Connected(system, service) as connection:
        until = time.monotonic() + PATIENCE_SECONDS
        least = min(after, waiting - 1)
        first = await started(system, [service], measuring, lambda: handled(connection, service), least)
        done = first.done
        while done < waiting or await unpublished(connection):
            await rest(until, f"{service} has handled {done:,} of {waiting:,} records")
            done = await handled(connection, service)
        last = measuring.mark(done)
    return measuring.between(first, last, await ended(system, emits) - before if emits else None)


async def started(
    system: LocalSystem,
    services: Sequence[str],
    measuring: Measuring,
    progress: Callable[[], Awaitable[int]],
    more_than: int = 0,
) -> Mark:
    """Start the services and look on from the beginning: a mark at the first look at which more than so much is done.

    Raises EmbeddedStackError where one does not start, StalledError.
    """
    starting = asyncio.create_task(asyncio.to_thread(system.start, services))
    until = time.monotonic() + PATIENCE_SECONDS
    while (done := await progress()) <= more_than:
        if starting.done():
            starting.result()
        await rest(until, f"{', '.join(services)} have come to {done:,}")
    first = measuring.mark(done)
    await starting
    return first


async def rest(until: float, so_far: str) -> None:
    """Wait a moment before the next look. Raises StalledError with what is known so far, after the instant `until`."""
    if time.monotonic() > until:
        raise StalledError(f"after {PATIENCE_SECONDS} s {so_far}")
    await asyncio.sleep(LOOK_AGAIN_SECONDS)


async def handled(connection: "asyncpg.Connection[asyncpg.Record]", service: str) -> int:
    """How many records of its topics the service is done with."""
    return sum((await positions.read(connection, READS[service])).values())


async def unpublished(connection: "asyncpg.Connection[asyncpg.Record]") -> int:
    """How many events wait in the service's outbox."""
    return (await outbox.depth(connection))[0]
