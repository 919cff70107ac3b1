"""`make soak MINUTES=30`: faults at random under load, one after another, and after each round nothing lost or twice.

A run is named by its seed; the same seed hurts the same things in the same order.
"""

import argparse
import asyncio
import logging
import os
import random
import signal
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Mapping
from datetime import timedelta
from functools import partial
from pathlib import Path

from services.local.service_process import ServiceProcess
from services.local.system import SERVICES
from tests.fault.invariants import Event, check, pass_time, under_load
from tests.fault.wounded import Wounded, stand_in_slack, wounded_system

FAULTS_A_ROUND = 4
LONGEST_STOP_SECONDS = 15.0
"""More than twice the session timeout of the wounded system."""

Fault = Callable[[Wounded, random.Random], None]


def kill_service(wounded: Wounded, rng: random.Random) -> None:
    process = _any_service(wounded, rng)
    process.kill()
    process.start()


def stop_service(wounded: Wounded, rng: random.Random) -> None:
    process = _any_service(wounded, rng)
    process.stop()
    process.start()


def freeze_service(wounded: Wounded, rng: random.Random) -> None:
    """A zombie: it wakes when its partitions have been another's, or are about to be."""
    process = _any_service(wounded, rng)
    os.kill(process._pid, signal.SIGSTOP)
    try:
        time.sleep(rng.uniform(0.5, LONGEST_STOP_SECONDS))
    finally:
        os.kill(process._pid, signal.SIGCONT)


def join_and_die(wounded: Wounded, rng: random.Random) -> None:
    replica = wounded.system.replica(rng.choice(SERVICES), 2)
    replica.start()
    replica.kill()
    replica.stop()


def crash_broker(wounded: Wounded, _: random.Random) -> None:
    wounded.stack.kafka.kill()
    wounded.stack.kafka.start()


def restart_broker(wounded: Wounded, _: random.Random) -> None:
    wounded.stack.kafka.restart()


def crash_database(wounded: Wounded, _: random.Random) -> None:
    wounded.stack.postgres.kill()
    wounded.stack.postgres.start()


def restart_database(wounded: Wounded, _: random.Random) -> None:
    wounded.stack.postgres.restart()


def freeze_database(wounded: Wounded, rng: random.Random) -> None:
    """Nothing answers, nothing closes."""
    os.kill(wounded.stack.postgres._pid, signal.SIGSTOP)
    try:
        time.sleep(rng.uniform(0.5, LONGEST_STOP_SECONDS))
    finally:
        os.kill(wounded.stack.postgres._pid, signal.SIGCONT)


FAULTS: Mapping[str, Fault] = {
    fault.__name__: fault
    for fault in (
        kill_service,
        stop_service,
        freeze_service,
        join_and_die,
        crash_broker,
        restart_broker,
        crash_database,
        restart_database,
        freeze_database,
    )
}


def _any_service(wounded: Wounded, rng: random.Random) -> ServiceProcess:
    return wounded.system.services[rng.choice(SERVICES)]


async def soak(wounded: Wounded, seed: int, minutes: float) -> Counter[str]:
    """Hurt, drain and check, round by round, until the time is over; how often each fault happened.

    Raises AssertionError where an invariant does not hold.
    """
    rng, happened, loads = random.Random(seed), Counter[str](), list[list[Event]]()
    until = time.monotonic() + minutes * 60
    await pass_time(wounded, timedelta(0))
    while time.monotonic() < until:
        chosen = rng.choices(list(FAULTS), k=FAULTS_A_ROUND)
        name = f"soak-{seed}-{len(loads)}"
        print(f"round {len(loads) + 1}: {', '.join(chosen)}", flush=True)
        loads.append(await under_load(wounded, name, partial(_hurt, wounded, chosen, rng)))
        happened.update(chosen)
        await check(wounded, *loads)
    return happened


def _hurt(wounded: Wounded, chosen: list[str], rng: random.Random) -> None:
    for name in chosen:
        FAULTS[name](wounded, rng)


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m tests.fault.soak", description=__doc__)
    parser.add_argument("--minutes", type=float, default=30.0)
    parser.add_argument("--seed", type=int, default=None)
    asked = parser.parse_args()
    seed = asked.seed if asked.seed is not None else random.SystemRandom().randrange(1_000_000)
    logging.getLogger("aiokafka").setLevel(logging.CRITICAL)  # the load's producer, while the broker is away
    print(f"seed {seed}: python -m tests.fault.soak --minutes {asked.minutes:g} --seed {seed}", flush=True)
    with (
        tempfile.TemporaryDirectory() as folder,
        stand_in_slack() as slack,
        wounded_system(Path(folder), *slack) as wounded,
    ):
        try:
            happened = asyncio.run(soak(wounded, seed, asked.minutes))
        except AssertionError as failure:
            sys.exit(f"seed {seed}: {failure}")
    told = ", ".join(f"{name} {times}" for name, times in sorted(happened.items()))
    print(f"seed {seed}: {told}; lost 0, counted twice 0, one owner an attempt, no message twice unmarked")


if __name__ == "__main__":
    main()
