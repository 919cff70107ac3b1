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
from rich.console import Console
from rich.markup import escape
from rich.table import Table

from services.commands import happenings
from services.commands.databases import connected
from services.commands.happenings import Happening, in_zone
from services.commands.instants import Instant
from services.commands.operations import AsJson
from services.commands.output import answer, counted, print_json, print_table

if TYPE_CHECKING:
    from shared.db import Connection


@dataclass(frozen=True, slots=True)
class Story:
    """What happened in order of time, to be told in the company's zone; `people` are names by id, `score` in words."""

    zone: ZoneInfo
    people: Mapping[str, str]
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
    """What happens at the same time stands in the order in which one follows from the other."""
    from services.commands import routed

    async with connected("scoring") as scoring, connected("routing") as routing:
        zone, people = await _company(scoring)
        score = await _score(scoring, lead_id)
        handoffs, decided = await routed.handoffs(routing, lead_id, zone)
        activities = await happenings.activities(scoring, lead_id, decided)
    async with connected("alerts") as connection:
        messages = await happenings.messages(connection, lead_id)
    told = sorted([*activities, *handoffs, *messages], key=lambda happening: happening.at)
    return Story(zone, people, score, told)


async def _company(connection: "Connection") -> tuple[ZoneInfo, dict[str, str]]:
    """The zone of the company whose playbook is active, and its reps' names by id; UTC and nobody where none is."""
    from services.routing.written import CompanyFile, RoutingFile
    from shared.active_playbook import ActivePlaybook, NoPlaybookError
    from shared.playbook import PlaybookFolder

    def read(folder: PlaybookFolder) -> tuple[ZoneInfo, dict[str, str]]:
        reps = folder.load_optional("routing.yaml", RoutingFile).model.reps
        zone = folder.load_optional("company.yaml", CompanyFile).model.timezone
        return ZoneInfo(zone), {rep.id: rep.name for rep in reps if rep.name}

    try:
        return (await ActivePlaybook(read).read(connection)).rules
    except NoPlaybookError:
        return ZoneInfo("UTC"), {}


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


def _table(lead_id: str, story: Story) -> Table:
    title = ": ".join(part for part in (lead_id, story.score) if part)
    table = Table("when", "where", "what", "who", "detail", title=escape(title), title_justify="left")
    for column in table.columns[:3]:
        column.no_wrap = True
    for one in story.happenings:
        name = story.people.get(one.who)
        who = f"{name} ({one.who})" if name else one.who
        table.add_row(in_zone(one.at, story.zone), *map(escape, (one.service, one.what, who, one.detail)))
    return table
