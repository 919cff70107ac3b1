"""`baton lead` and `baton export`: what the services recorded, of one lead or of all."""

import asyncio
from collections.abc import Mapping
from contextlib import nullcontext
from dataclasses import asdict, dataclass
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated
from zoneinfo import ZoneInfo

import typer
from pydantic import JsonValue
from rich.console import Console
from rich.markup import escape
from rich.table import Table

from services.commands.databases import connected
from services.commands.instants import Instant
from services.commands.operations import AsJson
from services.commands.output import answer, counted, print_json, print_table

if TYPE_CHECKING:
    from services.routing.records import Record
    from shared.db import Connection
    from shared.events import Event

PROFILE = "profile.updated"
ABOUT = (
    "asset_id",
    "kind",
    "title",
    "page",
    "url",
    "seminar_id",
    "form_id",
    "exhibition_id",
    "heat",
    "lead_source",
    "reason",
    "outcome",
    "consent",
    "opportunity_id",
)
"""What an activity was about, in this order."""


@dataclass(frozen=True, slots=True)
class Happening:
    """One line of a lead's story."""

    at: datetime
    service: str
    what: str
    who: str
    detail: str


@dataclass(frozen=True, slots=True)
class Story:
    """What happened in order of time, to be told in the company's zone; `score` in words."""

    zone: ZoneInfo
    score: str
    happenings: list[Happening]


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
    """Tell the story of one lead across all services, in the company's zone, with what is known of the person.

    Exit 1 where nobody knows it. Example: baton lead lead-1
    """
    story = asyncio.run(_story(lead_id))
    if as_json:
        print_json([asdict(happening) for happening in story.happenings])
    elif story.happenings:
        print_table(_table(lead_id, story))
    else:
        typer.echo(f"nobody knows a lead {lead_id}", err=True)
    answer(bool(story.happenings))


async def _story(lead_id: str) -> Story:
    async with connected("routing") as connection:
        handoffs, decided = await _handoffs(connection, lead_id)
    async with connected("scoring") as connection:
        zone = await _zone(connection)
        score = await _score(connection, lead_id)
        activities = await _activities(connection, lead_id, decided)
    async with connected("alerts") as connection:
        messages = await _messages(connection, lead_id)
    return Story(zone, score, sorted([*activities, *handoffs, *messages], key=lambda happening: happening.at))


async def _zone(connection: "Connection") -> ZoneInfo:
    """The zone of the company whose playbook is active; UTC where none is."""
    from services.routing.written import CompanyFile
    from shared.active_playbook import ActivePlaybook, NoPlaybookError

    company = ActivePlaybook(lambda folder: folder.load_optional("company.yaml", CompanyFile).model)
    try:
        return ZoneInfo((await company.read(connection)).rules.timezone)
    except NoPlaybookError:
        return ZoneInfo("UTC")


async def _score(connection: "Connection", lead_id: str) -> str:
    """The score as of the latest activity, in words; nothing where the lead or a playbook is missing."""
    from services.scoring.payloads import scored_data
    from services.scoring.playbook import load
    from services.scoring.store import find
    from shared.active_playbook import ActivePlaybook, NoPlaybookError

    state = await find(connection, lead_id)
    if state is None or state.as_of is None:
        return ""
    try:
        rules = (await ActivePlaybook(load).read(connection)).rules
    except NoPlaybookError:
        return ""
    found = scored_data(state, rules)
    score, fit, engagement = (f"{round(points, 1):g}" for points in (found.score, found.fit, found.engagement))
    return f"score {score} (fit {fit}, engagement {engagement}) as of the latest activity"


async def _activities(connection: "Connection", lead_id: str, decided: Mapping[str, str]) -> list[Happening]:
    from services.scoring.store import find, history

    activities = (await history(connection, [lead_id]))[lead_id]
    state = await find(connection, lead_id)
    qualified = state.qualified if state else ()
    return [
        *(Happening(event.time, "lead", event.type, _by(event), _about(event)) for event in activities),
        *(
            Happening(past.at, "scoring", "lead.qualified", "", f"{decided.get(past.id, '')}cycle {past.cycle}")
            for past in qualified
        ),
    ]


async def _handoffs(connection: "Connection", lead_id: str) -> tuple[list[Happening], dict[str, str]]:
    """Stages and decisions, and by the id of the latest qualification what it was decided with."""
    from services.routing import store

    state = await store.find(connection, lead_id)
    why = state.qualified if state else None
    decided = {why.id: f"score {round(why.score, 1):g}, by {why.reason}, "} if why else {}
    entries = [told.entry for told in state.stages.values() if not told.retracted] if state else []
    stages = [
        Happening(
            entry.at, "routing", f"stage {entry.to}", entry.rep_id or "", "implied" if entry.implied else entry.by
        )
        for entry in entries
    ]
    return stages + [_decision(record) for record in await store.decisions(connection, lead_id)], decided


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
    """What an activity was about; of a profile every field that it tells."""
    if event.type == PROFILE:
        found = event.data.model_dump(mode="json", exclude_none=True, exclude_unset=True).items()
    else:
        found = {name: value for name in ABOUT if (value := event.data.value(name)) is not None}.items()
    return ", ".join(f"{name} {_plain(value)}" for name, value in found)


def _plain(value: JsonValue) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)


def _table(lead_id: str, story: Story) -> Table:
    title = ": ".join(part for part in (lead_id, story.score) if part)
    table = Table("when", "where", "what", "who", "detail", title=escape(title), title_justify="left")
    for column in table.columns[:3]:
        column.no_wrap = True
    for one in story.happenings:
        when = one.at.astimezone(story.zone).isoformat(" ", "seconds")
        table.add_row(when, *map(escape, (one.service, one.what, one.who, one.detail)))
    return table
