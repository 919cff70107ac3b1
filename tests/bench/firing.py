"""Timers of real leads, fired by the scoring process: state changed, `lead.cooled` told, all in one transaction each.

A lead with a good profile asks for a demo; its score falls below the threshold when half the points have faded.
"""

import asyncio
import time
from collections.abc import Iterator
from datetime import datetime, timedelta

from rich.progress import track

from services.local.system import LocalSystem
from services.offline.desks import ScoringDesk
from services.offline.timers import VirtualTimers
from shared import timers
from shared.clock import domain_now
from shared.events import Event
from shared.playbook import PlaybookFolder
from shared.topics import LEAD_ACTIVITY, LEAD_QUALIFIED
from tests.bench.appended import appended_at
from tests.bench.asked import Asked
from tests.bench.draining import (
    LOOK_AGAIN_SECONDS,
    PATIENCE_SECONDS,
    Measuring,
    StalledError,
    rest,
    started,
    unpublished,
)
from tests.bench.figures import Row, Run, Section, of_rates, percentile
from tests.bench.filling import fill
from tests.bench.loads import activity, now
from tests.bench.stage import PLAYBOOK, Stage
from tests.support.live import Connected

PROFILE = {"name": "山田 太郎", "title_level": "director", "employees": 3000}
LONG_AGO = timedelta(days=200)
LEAST = 3_000
"""Timers: with fewer, what is done between two looks would count for much."""
DUE_A_SECOND = 200
LATENESS_SECONDS, QUICK_LATENESS_SECONDS = 10, 3
AHEAD = timedelta(seconds=12)
"""In which the services start and read what sets the timers."""


def bench(stage: Stage, asked: Asked) -> Section:
    row, leads = Row("timers fired"), max(asked.share(20), LEAST)
    for _ in track(range(asked.rounds), "timers"):
        row.runs.append(_fired(stage, leads))
    seconds = QUICK_LATENESS_SECONDS if asked.quick else LATENESS_SECONDS
    late = sorted(_lateness(stage, DUE_A_SECOND * seconds))
    section = of_rates(f"timers: {leads:,} due at once, told in Kafka", [row])
    figures = {"p50": percentile(late, 0.5), "p99": percentile(late, 0.99), "max": late[-1]}
    said = ", ".join(f"{name} {value:,.1f} ms" for name, value in figures.items())
    section.notes.append(f"Lateness at {DUE_A_SECOND}/s of {len(late):,}, from due to told in Kafka: {said}.")
    section.keyed |= {f"timer {name} at {DUE_A_SECOND}/s": value for name, value in figures.items()}
    section.document["lateness milliseconds"] = late
    return section


def cooling(leads: int, first_at: datetime, apart: timedelta = timedelta(0)) -> Iterator[dict[str, object]]:
    """What makes so many leads qualify and, later, cool: the first at `first_at`, each `apart` from the one before."""
    fades_in = time_to_cool()
    for number in range(leads):
        asked_at = first_at + number * apart - fades_in
        lead = f"lead-{number}"
        yield activity(f"p{number}", "profile.updated", lead, asked_at - timedelta(minutes=1), **PROFILE)
        yield activity(f"d{number}", "demo.requested", lead, asked_at, form_id="demo")


def time_to_cool() -> timedelta:
    """How long after the demo request the lead cools, under the default playbook."""
    asked_at, virtual = now(), VirtualTimers()
    desk = ScoringDesk(PlaybookFolder.read(PLAYBOOK), virtual)
    for event in (
        activity("p", "profile.updated", "lead-0", asked_at - timedelta(minutes=1), **PROFILE),
        activity("d", "demo.requested", "lead-0", asked_at, form_id="demo"),
    ):
        desk.apply(Event.model_validate(event), asked_at)
    due = virtual.pop_before(asked_at + LONG_AGO, inclusive=True)
    if due is None:
        raise LookupError("under the default playbook a director who asked for a demo does not cool")
    return due[0] - Event.model_validate(event).time


def _fired(stage: Stage, leads: int) -> Run:
    prefix = f"timers{stage.number()}."
    fill(stage.kafka, prefix, [(LEAD_ACTIVITY, cooling(leads, now() - LONG_AGO))])
    with stage.system(prefix) as system:
        run = asyncio.run(_all_fired(system, Measuring.of_services(stage, system, ["scoring"]), leads))
    stage.drop_topics(prefix)
    return run


async def _all_fired(system: LocalSystem, measuring: Measuring, leads: int) -> Run:
    """From the first look at which all timers have been set and some have fired, until none is left."""
    async with Connected(system, "scoring") as connection:
        until, most = time.monotonic() + PATIENCE_SECONDS, 0

        async def left() -> int:
            return (await timers.backlog(connection, await domain_now(connection)))[0]

        due = (await started(system, ["scoring"], measuring, left)).done
        while due >= most or most < leads // 2:
            most = max(most, due)
            await rest(until, f"{due:,} timers are due, and have not begun to fire")
            due = await left()
        first = measuring.mark(most - due)
        while due or await unpublished(connection):
            await rest(until, f"{due:,} timers have not fired")
            due = await left()
        return measuring.between(first, measuring.mark(most))


def _lateness(stage: Stage, leads: int) -> list[float]:
    """Milliseconds from when each timer was due until what it told was appended to its topic."""
    prefix = f"timers{stage.number()}."
    with stage.system(prefix) as system:
        apart = timedelta(seconds=1 / DUE_A_SECOND)
        fill(stage.kafka, prefix, [(LEAD_ACTIVITY, cooling(leads, now() + AHEAD, apart))])
        system.start(["scoring"])
        due_at = asyncio.run(_set(system, leads))
        told = appended_at(stage.kafka, prefix + LEAD_QUALIFIED, "lead.cooled", set(due_at), PATIENCE_SECONDS)
    stage.drop_topics(prefix)
    return [(told[lead] - due) * 1000 for lead, due in due_at.items()]


async def _set(system: LocalSystem, leads: int) -> dict[str, float]:
    """When each lead's timer is due, once all are set. Raises StalledError where some were due before."""
    async with Connected(system, "scoring") as connection:
        until = time.monotonic() + AHEAD.total_seconds()
        while await connection.fetchval("SELECT count(*) FROM timer") < leads:
            if time.monotonic() > until:
                raise StalledError(f"not all of {leads:,} timers were set before the first was due")
            await asyncio.sleep(LOOK_AGAIN_SECONDS)
        rows = await connection.fetch("SELECT subject, due_at FROM timer")
        return {row["subject"]: row["due_at"].timestamp() for row in rows}
