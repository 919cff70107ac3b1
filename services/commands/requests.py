"""`baton playbook activate --rescore` and `baton playbook move-clocks`: one request a lead, in the log as any activity.

A request's id and time come from the lead and the activation that it is about: asked again, it changes nothing.
"""

import asyncio
import json
from collections.abc import AsyncIterator, Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING
from uuid import uuid5

import typer
from rich.console import Console
from rich.progress import SpinnerColumn, TextColumn, TimeElapsedColumn

from services.commands.databases import connected
from services.commands.output import RefusalError, counted, progress
from services.commands.store import Activation, latest_activation
from services.routing.store import with_clocks_of_others
from services.scoring.domain import apply
from services.scoring.playbook import load
from services.scoring.state import LeadScore
from services.scoring.store import find, history, known
from shared.clock import domain_now, monotonic_seconds
from shared.events import BATON_NS, Event
from shared.events.activities import ClocksMoveRequested, RescoreRequested
from shared.settings import Settings
from shared.topics import LEAD_ACTIVITY

if TYPE_CHECKING:
    from shared.db import Connection
    from shared.playbook import PlaybookFolder
    from shared.publisher import Publisher

OPERATOR = "urn:baton:operator"
COUNTED_AT_ONCE = 10_000
JUDGED_AT_ONCE = 500

console = Console(stderr=True)
Kind = type[RescoreRequested | ClocksMoveRequested]
Asked = Callable[[int], object]


@dataclass(frozen=True, slots=True)
class Request:
    """A request on its way to Kafka."""

    key: str
    value: bytes
    topic: str = LEAD_ACTIVITY


def request(kind: Kind, lead_id: str, active: Activation) -> Event:
    """What is asked for a lead: the same event however often it is asked after one activation."""
    name = json.dumps([OPERATOR, kind.event_type, lead_id, active.version, active.seq], ensure_ascii=False)
    return Event(
        id=str(uuid5(BATON_NS, name)),
        source=OPERATOR,
        type=kind.event_type,
        subject=lead_id,
        time=active.at,
        data=kind(playbook=active.version),
    )


def ask(kind: Kind, per_second: int) -> int:
    """Ask for each lead that it concerns, and tell for how many. Raises RefusalError.

    Rescoring concerns every lead that scoring knows; moving clocks those with a clock of another playbook.
    """
    columns = (SpinnerColumn(), TextColumn("{task.completed:,.0f} leads asked for"), TimeElapsedColumn())
    with progress(console, *columns) as shown:
        task = shown.add_task("asking", total=None)
        return asyncio.run(_ask_each(kind, per_second, lambda more: shown.advance(task, more)))


def concerned(kind: Kind) -> int:
    """For how many leads `ask` would ask now. Raises RefusalError."""
    return asyncio.run(_count(kind))


def would_qualify(folder: "PlaybookFolder") -> tuple[int, int]:
    """How many leads `--rescore` would ask for, and how many of them qualify by the folder's rules as of now."""
    return asyncio.run(_judge_each(folder))


def say_asked(total: int, then: str) -> None:
    """Say for how many leads something was asked, and what happens next."""
    typer.echo(f"{counted(total, 'lead')} {'was' if total == 1 else 'were'} asked for: {then}", err=True)


def say_would_ask(total: int, qualify: int | None = None) -> None:
    """Say for how many leads something would be asked, and how many would qualify."""
    outcome = "" if qualify is None else f", and {qualify:,} of them would qualify"
    typer.echo(f"{counted(total, 'lead')} would be asked for{outcome}; nothing was changed", err=True)


async def _ask_each(kind: Kind, per_second: int, asked: Asked) -> int:
    from shared.publisher import Publisher

    settings, total = Settings(), 0
    publisher = Publisher(settings.kafka, settings.topic_prefix)
    try:
        async with connected(_schema(kind)) as connection:
            active = await latest_activation(connection)
            if active is None:
                raise RefusalError("no playbook is active: activate one with `baton playbook activate DIR`")
            next_at = monotonic_seconds()
            async for leads in _pages(kind, connection, active.version, per_second):
                await asyncio.sleep(next_at - monotonic_seconds())
                next_at = monotonic_seconds() + len(leads) / per_second
                await _send(publisher, [request(kind, lead_id, active) for lead_id in leads], total)
                total += len(leads)
                asked(len(leads))
    finally:
        await publisher.close()
    return total


async def _count(kind: Kind) -> int:
    async with connected(_schema(kind)) as connection:
        active = await latest_activation(connection)
        version = active.version if active else ""
        return sum([len(leads) async for leads in _pages(kind, connection, version, COUNTED_AT_ONCE)])


async def _judge_each(folder: "PlaybookFolder") -> tuple[int, int]:
    rules, total, qualify = load(folder), 0, 0
    async with connected("scoring") as connection:
        active = Activation(0, folder.version, await domain_now(connection))
        async for leads in _pages(RescoreRequested, connection, folder.version, JUDGED_AT_ONCE):
            total += len(leads)
            told = await history(connection, leads)
            for lead_id in leads:
                state = await find(connection, lead_id) or LeadScore()
                decided = apply(state, request(RescoreRequested, lead_id, active), rules, told[lead_id])
                qualify += any(event.type == "lead.qualified" for event in decided.events)
    return total, qualify


def _schema(kind: Kind) -> str:
    return "scoring" if kind is RescoreRequested else "routing"


async def _pages(kind: Kind, connection: "Connection", version: str, most: int) -> AsyncIterator[list[str]]:
    """The leads that it concerns, in the order of their ids, at most so many at once."""
    last = ""
    while True:
        if kind is RescoreRequested:
            leads = await known(connection, last, most)
        else:
            leads = await with_clocks_of_others(connection, version, last, most)
        if not leads:
            return
        yield leads
        last = leads[-1]


async def _send(publisher: "Publisher", requests: Sequence[Event], before: int) -> None:
    from aiokafka.errors import KafkaError

    try:
        await publisher.send([Request(one.subject, one.encode()) for one in requests])
    except (KafkaError, TimeoutError, OSError) as error:
        problem = f"Kafka at {Settings().kafka} did not take the requests ({type(error).__name__})"
        told = f"{problem} after {before:,} of them: is BATON_KAFKA its address? Asking again is safe"
        raise RefusalError(told) from None
