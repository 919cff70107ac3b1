"""`baton lead` and `baton export`: what the services recorded, of one lead or of all."""

import asyncio
from contextlib import nullcontext
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.console import Console
from rich.table import Table

from services.commands.databases import connected
from services.commands.instants import Instant
from services.commands.operations import AsJson
from services.commands.output import answer, counted, print_json

if TYPE_CHECKING:
    from services.routing.records import Record
    from shared.db import Connection
    from shared.events import Event

console = Console()


@dataclass(frozen=True, slots=True)
class Happening:
    """One line of a lead's story."""

    at: datetime
    service: str
    what: str
    who: str
    detail: str


def export(
    since: Annotated[datetime | None, typer.Option(parser=Instant, help="Only what was read since this time.")] = None,
    out: Annotated[Path | None, typer.Option(help="A file; standard output by default.")] = None,
) -> None:
    """Write the recorded activities, one CloudEvents object a line, in the order in which they were read.

    Example: baton export --out activities.jsonl && baton replay --arrival --playbook deploy/playbook
    --events activities.jsonl --out results
    """
    written = asyncio.run(_export(since, out))
    Console(stderr=True).print(f"{counted(written, 'activity', 'activities')} exported")


async def _export(since: datetime | None, out: Path | None) -> int:
    from services.scoring.store import recorded

    written = 0
    async with connected("scoring") as connection:
        with out.open("wb") if out else nullcontext(typer.get_binary_stream("stdout")) as stream:
            async for body in recorded(connection, since):
                stream.write(body + b"\n")
                written += 1
    return written


def lead(lead_id: str, as_json: AsJson = False) -> None:
    """Tell the story of one lead across all services; exit 1 where nobody knows it. Example: baton lead lead-1"""
    story = asyncio.run(_story(lead_id))
    if as_json:
        print_json([asdict(happening) for happening in story])
    elif story:
        console.print(_table(lead_id, story))
    else:
        Console(stderr=True).print(f"nobody knows a lead {lead_id}")
    answer(bool(story))


async def _story(lead_id: str) -> list[Happening]:
    story: list[Happening] = []
    for service, tell in (("scoring", _activities), ("routing", _handoffs), ("alerts", _messages)):
        async with connected(service) as connection:
            story += await tell(connection, lead_id)
    return sorted(story, key=lambda happening: happening.at)


async def _activities(connection: "Connection", lead_id: str) -> list[Happening]:
    from services.scoring.store import history, qualifications

    activities = (await history(connection, [lead_id]))[lead_id]
    qualified = await qualifications(connection, lead_id)
    return [
        *(Happening(event.time, "lead", event.type, _by(event), _about(event)) for event in activities),
        *(Happening(past.at, "scoring", "lead.qualified", "", f"cycle {past.cycle}") for past in qualified),
    ]


async def _handoffs(connection: "Connection", lead_id: str) -> list[Happening]:
    from services.routing import store

    state = await store.find(connection, lead_id)
    entries = [told.entry for told in state.stages.values() if not told.retracted] if state else []
    stages = [
        Happening(
            entry.at, "routing", f"stage {entry.to}", entry.rep_id or "", "implied" if entry.implied else entry.by
        )
        for entry in entries
    ]
    return stages + [_decision(record) for record in await store.decisions(connection, lead_id)]


def _decision(record: "Record") -> Happening:
    passed_over = [f"{c.rep}: {c.passed_over}" for c in record.candidates if c.passed_over]
    known = [record.reason, record.rule and f"rule {record.rule}", record.pool and f"pool {record.pool}", *passed_over]
    detail = "; ".join(part for part in known if part)
    return Happening(record.decided_at, "routing", f"{record.kind} ({record.team})", record.chosen or "", detail)


async def _messages(connection: "Connection", lead_id: str) -> list[Happening]:
    from services.alerts.notifications import of_lead

    return [
        Happening(told.card.at, "alerts", f"message: {told.kind}", told.message.address, told.message.status)
        for told in await of_lead(connection, lead_id)
    ]


def _by(event: "Event") -> str:
    rep = event.data.value("rep_id")
    return rep if isinstance(rep, str) else ""


def _about(event: "Event") -> str:
    """What an activity was about, without attributes of the person."""
    named = ("asset_id", "kind", "seminar_id", "form_id", "exhibition_id", "reason", "outcome", "opportunity_id")
    found = [(name, event.data.value(name)) for name in named]
    return ", ".join(f"{name} {value}" for name, value in found if value is not None)


def _table(lead_id: str, story: list[Happening]) -> Table:
    table = Table("when (UTC)", "where", "what", "who", "detail", title=lead_id)
    for happening in story:
        when = f"{happening.at.astimezone(UTC):%Y-%m-%d %H:%M:%S}"
        table.add_row(when, happening.service, happening.what, happening.who, happening.detail)
    return table
