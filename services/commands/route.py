"""`baton route`: who would get a lead with such a profile, and why; nothing is given."""

import asyncio
import json
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from pydantic import JsonValue, ValidationError

from services.commands.instants import Instant
from services.commands.operations import AsJson
from services.commands.output import RefusalError, answer, print_json

if TYPE_CHECKING:
    from zoneinfo import ZoneInfo

    from services.routing.desk import Desk
    from services.routing.trial import Trial
    from shared.playbook import PlaybookFolder

    Told = tuple[Trial, ZoneInfo]

Profile = dict[str, JsonValue]


def route(
    profile: Annotated[
        str, typer.Option(help="A JSON object of fields; lead_source, exchanged_by, reason, score and stage too.")
    ],
    team: Annotated[str | None, typer.Option(help="The team that gets it; by default the one that gets MQLs.")] = None,
    at: Annotated[datetime | None, typer.Option(parser=Instant, help="By default now.")] = None,
    playbook: Annotated[
        Path | None, typer.Option(help="A playbook's folder: offline, with nobody's turn or load counted.")
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Tell who would get such a lead now, and why, by the active playbook and the reps as they stand.

    Exit 1 where nobody would. Example: baton route --profile '{"employees": 1200}' --playbook deploy/playbook
    """
    from services.commands.why_text import Teller

    fields = _fields(profile)
    found, zone = _offline(fields, team, at, playbook) if playbook else asyncio.run(_live(fields, team, at))
    if as_json:
        from pydantic import TypeAdapter

        from services.routing.trial import Trial

        print_json(TypeAdapter(Trial).dump_python(found, mode="json"))
    else:
        Teller(zone.key).trial(found)
    answer(found.owner is not None)


def _fields(profile: str) -> Profile:
    """Raises RefusalError with the position of the mistake."""
    expected = 'a JSON object is expected, such as {"employees": 1200}'
    try:
        fields: JsonValue = json.loads(profile, parse_constant=_no_number)
    except json.JSONDecodeError as error:
        raise RefusalError(f"--profile:{error.lineno}:{error.colno}: {error.msg}; {expected}") from None
    except (ValueError, RecursionError) as error:
        raise RefusalError(f"--profile: {error}; {expected}") from None
    if not isinstance(fields, dict):
        raise RefusalError(f"--profile:1:1: {expected}")
    _check_as_published(fields)
    return fields


def _check_as_published(fields: Profile) -> None:
    """Raises RefusalError for a value that no event could bring; a field that looks like a slip of the pen is told."""
    from services.routing.lint import KNOWN_FIELDS
    from shared.events.activities import ProfileUpdated
    from shared.events.wording import describe
    from shared.playbook import nearest

    try:
        ProfileUpdated.model_validate(fields)
    except ValidationError as error:
        raise RefusalError(f"--profile: {describe(error)}") from None
    known = KNOWN_FIELDS | {"exchanged_by"}
    for name in sorted(fields.keys() - known):
        if meant := nearest(name, sorted(known)):
            typer.echo(f"warning: --profile: '{name}' is no usual field; did you mean '{meant}'?", err=True)


def _no_number(name: str) -> None:
    raise ValueError(f"{name} is no number of JSON")


def _offline(fields: Profile, team: str | None, at: datetime | None, playbook: Path) -> "Told":
    from services.routing.desk import Desk
    from shared.clock import machine_now
    from shared.playbook import PlaybookFolder

    return _trial(fields, team, at or machine_now(), Desk(), PlaybookFolder.read(playbook))


async def _live(fields: Profile, team: str | None, at: datetime | None) -> "Told":
    from services.commands import store
    from services.commands.databases import connected
    from services.routing.playbook import load
    from shared.active_playbook import NoPlaybookError
    from shared.clock import domain_now

    async with connected("routing") as connection:
        known = await store.versions(connection)
        if not known:
            raise RefusalError(str(NoPlaybookError()))
        folder, desk = await store.playbook(connection, known[0]), await store.desk(connection)
        await store.put_accounts(connection, desk, fields, load(folder).accounts)
        return _trial(fields, team, at or await domain_now(connection), desk, folder)


def _trial(fields: Profile, team: str | None, at: datetime, desk: "Desk", folder: "PlaybookFolder") -> "Told":
    from services.commands.store import zone_of
    from services.routing.playbook import load
    from services.routing.trial import first_team, trial
    from services.routing.written import RoutingFile

    rules = load(folder)
    if team is not None and team not in rules.teams:
        raise RefusalError(f"--team: the playbook has no team {team}; known: {', '.join(rules.teams)}")
    file = folder.load("routing.yaml", RoutingFile)
    return trial(fields, team or first_team(rules), at, desk, rules, file), zone_of(folder)
