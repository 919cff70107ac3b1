"""Loading a playbook whole: every service's part has to be right before any of it counts."""

from collections.abc import Callable
from pathlib import Path

import asyncpg

from services.routing.store import wake_pools
from services.routing.written import CompanyFile, RoutingFile
from services.scoring.playbook import read as read_scoring
from shared.active_playbook import activate
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
    if failed := failed_examples(folder):
        raise PlaybookError(failed)


def count_examples(folder: PlaybookFolder) -> int:
    """How many examples the files hold. Raises PlaybookError."""
    scoring = read_scoring(folder).model.examples if "scoring.yaml" in folder.files else ()
    return len(scoring) + len(folder.load_optional("routing.yaml", RoutingFile).model.examples)


def failed_examples(folder: PlaybookFolder) -> list[Problem]:
    """The examples of a playbook without mistakes that come out otherwise than they expect."""
    from services.routing import examples as of_routing
    from services.routing.playbook import load as compile_routing
    from services.scoring import examples as of_scoring
    from services.scoring.playbook import load as compile_scoring

    found: list[Problem] = []
    if "scoring.yaml" in folder.files:
        found += of_scoring.failures(read_scoring(folder), compile_scoring(folder))
    if "routing.yaml" in folder.files:
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
