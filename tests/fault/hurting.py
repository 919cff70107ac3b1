"""What the fault tests of Kafka, consumers and processes share."""

import asyncio
import os
import signal
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager

from services.local.service_process import ServiceProcess
from tests.fault.invariants import Event, load
from tests.fault.planted import PlantedService
from tests.fault.wounded import Wounded
from tests.support.live import Connected, publish

PATIENCE_SECONDS = 120
SLICE = 50


def small_load(name: str) -> list[Event]:
    """Some hundred activities, among them people who ask for a demo."""
    events = load(name)
    raised = [event for event in events if event["type"] == "demo.requested"][:8]
    return [event for event in events if event["type"] != "demo.requested"][:400] + raised


@asynccontextmanager
async def loaded(wounded: Wounded, name: str) -> AsyncIterator[list[Event]]:
    """Activities come in all the while, in slices, until the block ends; the list tells what was sent."""
    sent: list[Event] = []
    done = asyncio.Event()

    async def send() -> None:
        number = 0
        while not done.is_set():
            for events in _slices(small_load(f"{name}-{number}")):
                sent.extend(events)
                await publish(wounded.system, events)
                if done.is_set() and sent:
                    return
                await asyncio.wait([asyncio.ensure_future(done.wait())], timeout=0.3)
            number += 1

    sending = asyncio.create_task(send())
    try:
        yield sent
    finally:
        done.set()
        await sending


def _slices(events: list[Event]) -> Iterator[list[Event]]:
    for start in range(0, len(events), SLICE):
        yield events[start : start + SLICE]


async def until(true: Callable[[], bool | Awaitable[bool]], what: str) -> None:
    by = time.monotonic() + PATIENCE_SECONDS
    while True:
        found = await asyncio.to_thread(true)
        if found if isinstance(found, bool) else await found:
            return
        assert time.monotonic() < by, f"never: {what}"
        await asyncio.sleep(0.05)


async def position(wounded: Wounded, service: str) -> int:
    """The records that a service has handled, of all its partitions."""
    async with Connected(wounded.system, service) as connection:
        return int(await connection.fetchval("SELECT coalesce(sum(next_offset), 0) FROM consumer_position"))


async def until_moved(wounded: Wounded, service: str, beyond: int) -> None:
    async def moved() -> bool:
        return await position(wounded, service) > beyond

    await until(moved, f"{service} handles something")


@asynccontextmanager
async def replica(wounded: Wounded, service: str, number: int = 2) -> AsyncIterator[ServiceProcess]:
    """One more process of the service, which leaves in good order."""
    process = wounded.system.replica(service, number)
    try:
        await asyncio.to_thread(process.start)
        yield process
    finally:
        await asyncio.to_thread(process.stop)


@contextmanager
def frozen(process: ServiceProcess) -> Iterator[None]:
    """Stopped as by a debugger, or by a machine that sleeps."""
    os.kill(process._pid, signal.SIGSTOP)
    try:
        yield
    finally:
        os.kill(process._pid, signal.SIGCONT)


@contextmanager
def planted(wounded: Wounded, service: str, **settings: str) -> Iterator[PlantedService]:
    """A process in place of the service's own, in which faults can be set off."""
    own = wounded.system.services[service]
    own.stop()
    folder = own.folder.parent / "planted"
    process = PlantedService(service, folder, {**wounded.system.settings, **settings})
    process.start()
    try:
        yield process
    finally:
        process.stop()
        own.start()
