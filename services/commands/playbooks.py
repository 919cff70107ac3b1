"""Loading a playbook whole: every service's part has to be right before any of it counts."""

from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

import asyncpg

from services.routing.store import wake_pools
from services.routing.written import CompanyFile, RoutingFile, SlaFile
from services.scoring.playbook import read as read_scoring
from shared.active_playbook import activate
from shared.calendars import load_calendars
from shared.clock import domain_now
from shared.db import read_json_as_values
from shared.playbook import PlaybookError, PlaybookFolder, Problem, collect


def loaders() -> dict[str, Callable[[PlaybookFolder], object]]:
    """Who reads which part of the playbook."""
    from services.alerts.playbook import load as alerts
    from services.kpi.playbook import load as kpi
    from services.routing.playbook import load as routing
    from services.scoring.playbook import load as scoring

    return {"scoring": scoring, "routing": routing, "alerts": alerts, "kpi": kpi}


def check_whole(folder: PlaybookFolder) -> None:
    """Load every part and run the examples. Raises PlaybookError with all problems of all files."""
    with collect() as problems:
        for load in loaders().values():
            problems.attempt(load, folder)
        problems.add(*folder.misnamed, *between_files(folder), *failed_examples(folder))


def between_files(folder: PlaybookFolder) -> list[Problem]:
    """What does not fit between the files that can be read, whatever is wrong in the others."""
    from services.routing.checks import check

    nothing, found = PlaybookFolder({}), list[Problem]()
    sla, calendars = nothing.load_optional("sla.yaml", SlaFile), None
    with suppress(PlaybookError):
        calendars = load_calendars(folder).calendars
    with suppress(PlaybookError):
        sla = folder.load_optional("sla.yaml", SlaFile)
    with suppress(PlaybookError):
        routing = folder.load("routing.yaml", RoutingFile)
        known = _named(routing.model, sla.model) if calendars is None else set(calendars)
        found += check(routing, sla, known)
    return found


def _named(routing: RoutingFile, sla: SlaFile) -> set[str]:
    """Every calendar that is named: none is told to be unknown while `calendars.yaml` cannot be read."""
    named = [one.calendar for part in (routing.relay, routing.reps, sla.clocks) for one in part]
    return {name for name in named if name}


def count_examples(folder: PlaybookFolder) -> int:
    """How many examples the files hold. Raises PlaybookError."""
    scoring = read_scoring(folder).model.examples if "scoring.yaml" in folder.files else ()
    return len(scoring) + len(folder.load_optional("routing.yaml", RoutingFile).model.examples)


def failed_examples(folder: PlaybookFolder) -> list[Problem]:
    """The examples that come out otherwise than they expect, of the parts without mistakes."""
    from services.routing import examples as of_routing
    from services.routing.playbook import load as compile_routing
    from services.scoring import examples as of_scoring
    from services.scoring.playbook import load as compile_scoring

    found: list[Problem] = []
    with suppress(PlaybookError):
        found += of_scoring.failures(read_scoring(folder), compile_scoring(folder))
    with suppress(PlaybookError):
        found += of_routing.failures(folder.load("routing.yaml", RoutingFile), compile_routing(folder))
    return sorted(found)


def checked(path: Path) -> PlaybookFolder:
    """The folder, without mistakes in any part or example. Raises PlaybookError."""
    try:
        folder = PlaybookFolder.read(path)
        check_whole(folder)
    except PlaybookError as error:
        raise error.under(path) from None
    return folder


async def activate_folder(path: Path, dsn: str) -> tuple[str, bool]:
    """Check a folder and make it the active playbook; (version, whether it was not so before)."""
    folder = checked(path)
    connection = await asyncpg.connect(dsn)
    try:
        await read_json_as_values(connection)
        name = folder.load_optional("company.yaml", CompanyFile).model.version or path.name
        async with connection.transaction():
            fresh = await activate(connection, folder, name, await domain_now(connection))
            await wake_pools(connection)
    finally:
        await connection.close()
    return folder.version, fresh
