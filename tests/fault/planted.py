"""One of Baton's services with faults planted in it; each happens once, when a file of its name lies in the folder.

Run as `python -m tests.fault.planted run SERVICE --folder FOLDER`.
"""

import asyncio
import sys
import time
from collections.abc import Awaitable, Callable
from enum import StrEnum
from pathlib import Path
from typing import Any, Final

from aiokafka import AIOKafkaConsumer, AIOKafkaProducer
from aiokafka.errors import CommitFailedError

from services.cli import app
from services.local.service_process import ServiceProcess
from shared.consumer import Runner
from shared.lanes import Lane
from shared.relay import Relay

ROOT: Final = Path(__file__).parents[2]
BLOCKED_SECONDS: Final = 10.0
"""Longer than the session of the system under attack."""


class Fault(StrEnum):
    """What may be planted."""

    COORDINATION_FAILS = "coordination-fails"
    READING_HANGS = "reading-hangs"
    RELAY_FAILS = "relay-fails"
    RELAY_HANGS = "relay-hangs"
    NO_SEND_ANSWERED = "no-send-answered"
    LOOP_BLOCKED = "loop-blocked"
    BATCH_HANGS = "batch-hangs"
    COMMITS_FAIL = "commits-fail"
    COMMITS_STALE = "commits-stale"


class PlantedService(ServiceProcess):
    """A service process in which faults can be set off."""

    @property
    def variables(self) -> dict[str, str]:
        return {**super().variables, "PYTHONPATH": str(ROOT)}

    def command(self) -> list[str]:
        return [sys.executable, "-m", "tests.fault.planted", "run", self.service, "--folder", str(self.folder)]

    def plant(self, fault: Fault) -> None:
        (self.folder / fault).touch()

    def happened(self, fault: Fault) -> bool:
        """Whether what was planted was met."""
        return not (self.folder / fault).exists()


Original = Callable[..., Awaitable[Any]]
Altered = Callable[..., Awaitable[Any]]


def main() -> None:
    folder = Path(sys.argv[-1])

    def met(fault: Fault) -> bool:
        try:
            (folder / fault).unlink()
        except FileNotFoundError:
            return False
        return True

    plant_in_reading(met)
    plant_in_batches(met)
    plant_in_commits(met)
    plant_in_publishing(met)
    app()


Met = Callable[[Fault], bool]


def alter(owner: type, name: str, altering: Callable[[Original], Altered]) -> None:
    setattr(owner, name, altering(getattr(owner, name)))


async def never() -> None:
    await asyncio.Event().wait()


def plant_in_reading(met: Met) -> None:
    def hanging(original: Original) -> Altered:
        async def getmany(consumer: Any, *places: Any, **how: Any) -> Any:
            if consumer._group_id and consumer.assignment() and met(Fault.READING_HANGS):
                await never()
            return await original(consumer, *places, **how)

        return getmany

    def losing_its_group(original: Original) -> Altered:
        async def hint(lane: Lane[Any], reached: Any) -> None:
            await original(lane, reached)
            if lane.consumer and met(Fault.COORDINATION_FAILS):
                lane.consumer._coordinator._on_join_prepare = fails
                lane.consumer._coordinator.request_rejoin()

        return hint

    alter(AIOKafkaConsumer, "getmany", hanging)
    alter(Lane, "_hint", losing_its_group)


def block() -> None:
    time.sleep(BLOCKED_SECONDS)


async def fails(*_: object) -> None:
    raise ZeroDivisionError("planted")


def plant_in_batches(met: Met) -> None:
    def slow(original: Original) -> Altered:
        async def apply(runner: Runner[Any], connection: Any, records: Any, refusal: Any) -> Any:
            done = await original(runner, connection, records, refusal)
            if met(Fault.BATCH_HANGS):
                await never()
            if met(Fault.LOOP_BLOCKED):
                block()
            return done

        return apply

    alter(Runner, "_apply", slow)


def plant_in_commits(met: Met) -> None:
    stale: dict[Any, Any] = {}

    def failing(original: Original) -> Altered:
        async def commit(consumer: Any, offsets: Any) -> None:
            if met(Fault.COMMITS_FAIL):
                stale[consumer] = offsets
            if consumer in stale and met(Fault.COMMITS_STALE):
                offsets = stale.pop(consumer)
            elif consumer in stale:
                raise CommitFailedError("planted")
            await original(consumer, offsets)

        return commit

    alter(AIOKafkaConsumer, "commit", failing)


def plant_in_publishing(met: Met) -> None:
    silent: list[Fault] = []

    def unanswered(original: Original) -> Altered:
        async def send_batch(*given: Any, **how: Any) -> Any:
            if silent or met(Fault.NO_SEND_ANSWERED):
                silent.append(Fault.NO_SEND_ANSWERED)
                return asyncio.get_running_loop().create_future()
            return await original(*given, **how)

        return send_batch

    def dying(original: Original) -> Altered:
        async def publish(relay: Relay, source: Any) -> Any:
            if met(Fault.RELAY_FAILS):
                await fails()
            if met(Fault.RELAY_HANGS):
                await never()
            return await original(relay, source)

        return publish

    alter(AIOKafkaProducer, "send_batch", unanswered)
    alter(Relay, "_publish", dying)


if __name__ == "__main__":
    main()
