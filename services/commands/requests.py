"""`baton playbook activate --rescore` and `baton playbook move-clocks`: one request a lead, in the log as any activity.

A request's id and time come from the lead and the activation that it is about: asked again, it changes nothing.
"""

import asyncio
import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING
from uuid import uuid5

import typer
from rich.console import Console
from rich.progress import SpinnerColumn, TextColumn, TimeElapsedColumn

from services.commands.databases import connected
from services.commands.output import RefusalError, counted, progress
from shared.clock import monotonic_seconds
from shared.events import BATON_NS, Event
from shared.events.activities import ClocksMoveRequested, RescoreRequested
from shared.settings import Settings
from shared.topics import LEAD_ACTIVITY

if TYPE_CHECKING:
    from shared.db import Connection
    from shared.publisher import Publisher

OPERATOR = "urn:baton:operator"
KNOWN_LEADS = "SELECT lead_id FROM scoring.lead WHERE lead_id > $1 ORDER BY lead_id LIMIT $2"
OTHER_CLOCKS = (
    "SELECT lead_id FROM routing.lead WHERE lead_id > $1 AND owner_id IS NOT NULL AND EXISTS"
    " (SELECT FROM jsonb_array_elements(state::jsonb -> 'clocks') AS clock"
    " WHERE clock ->> 'playbook' <> $3 AND clock ->> 'status' <> 'breached') ORDER BY lead_id LIMIT $2"
)
"""Leads with a clock that goes on under another version of the playbook."""

console = Console(stderr=True)


@dataclass(frozen=True, slots=True)
class Activation:
    """The playbook that was activated last; `seq` tells two activations of one version apart."""

    seq: int
    version: str
    at: datetime

    def request(self, kind: type[RescoreRequested | ClocksMoveRequested], lead_id: str) -> Event:
        name = json.dumps([OPERATOR, kind.event_type, lead_id, self.version, self.seq], ensure_ascii=False)
        return Event(
            id=str(uuid5(BATON_NS, name)),
            source=OPERATOR,
            type=kind.event_type,
            subject=lead_id,
            time=self.at,
            data=kind(playbook=self.version),
        )


@dataclass(frozen=True, slots=True)
class Request:
    """A request on its way to Kafka."""

    key: str
    value: bytes
    topic: str = LEAD_ACTIVITY


def ask_to_rescore(per_second: int, *, dry_run: bool = False) -> int:
    """Ask for every lead that scoring knows. Raises RefusalError."""
    return _ask(RescoreRequested, KNOWN_LEADS, per_second, dry_run=dry_run)


def ask_to_move_clocks(per_second: int, *, dry_run: bool = False) -> int:
    """Ask for every lead with a clock that goes on under an older playbook. Raises RefusalError."""
    return _ask(ClocksMoveRequested, OTHER_CLOCKS, per_second, dry_run=dry_run)


def _ask(
    kind: type[RescoreRequested | ClocksMoveRequested], leads: str, per_second: int, *, dry_run: bool = False
) -> int:
    columns = (SpinnerColumn(), TextColumn("{task.completed:,.0f} leads asked for"), TimeElapsedColumn())
    with progress(console, *columns) as shown:
        task = shown.add_task("asking", total=None)
        return asyncio.run(_ask_each(kind, leads, per_second, lambda n: shown.advance(task, n), dry_run=dry_run))


async def _ask_each(
    kind: type[RescoreRequested | ClocksMoveRequested],
    leads: str,
    per_second: int,
    asked: Callable[[int], object],
    *,
    dry_run: bool,
) -> int:
    from shared.publisher import Publisher

    settings, total, last = Settings(), 0, ""
    publisher = Publisher(settings.kafka, settings.topic_prefix)
    try:
        async with connected("baton") as connection:
            active = await _active(connection)
            more = [active.version] if "$3" in leads else []
            while page := await connection.fetch(leads, last, per_second, *more):
                began, last = monotonic_seconds(), page[-1]["lead_id"]
                requests = [active.request(kind, row["lead_id"]) for row in page]
                if not dry_run:
                    await _send(publisher, [Request(one.subject, one.encode()) for one in requests], total)
                    await asyncio.sleep(began + 1 - monotonic_seconds())
                total += len(page)
                asked(len(page))
    finally:
        await publisher.close()
    return total


async def _active(connection: "Connection") -> Activation:
    row = await connection.fetchrow("SELECT seq, version, activated_at FROM baton.playbook ORDER BY seq DESC LIMIT 1")
    if row is None:
        raise RefusalError("no playbook is active: activate one with `baton playbook activate DIR`")
    return Activation(row["seq"], row["version"], row["activated_at"])


async def _send(publisher: "Publisher", requests: Sequence[Request], before: int) -> None:
    from aiokafka.errors import KafkaError

    try:
        await publisher.send(requests)
    except (KafkaError, TimeoutError, OSError) as error:
        problem = f"Kafka at {Settings().kafka} did not take the requests ({type(error).__name__})"
        told = f"{problem} after {before:,} of them: is BATON_KAFKA its address? Asking again is safe"
        raise RefusalError(told) from None


def told(total: int, *, what: str, dry_run: bool = False) -> None:
    """Say how many leads were asked for."""
    asks = "would be" if dry_run else "were" if total != 1 else "was"
    typer.echo(f"{counted(total, 'lead')} {asks} asked for: {what}", err=True)
