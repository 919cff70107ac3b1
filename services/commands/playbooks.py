"""Loading a playbook whole: every service's part has to be right before any of it counts."""

from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

import asyncpg

from services.routing import lint as routing_lint
from services.routing.store import wake_pools
from services.routing.written import CompanyFile, RoutingFile, SlaFile
from services.scoring import lint as scoring_lint
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
    """Load every part. Raises PlaybookError with all problems of all files."""
    with collect() as problems:
        for load in loaders().values():
            problems.attempt(load, folder)


def doubts(folder: PlaybookFolder) -> list[Problem]:
    """What is legal and probably not meant, in the files that can be read, sorted."""
    found: list[Problem] = []
    with suppress(PlaybookError):
        found += scoring_lint.warnings(read_scoring(folder))
    with suppress(PlaybookError):
        sla = folder.load_optional("sla.yaml", SlaFile)
        found += routing_lint.warnings(folder.load_optional("routing.yaml", RoutingFile), sla)
    return sorted(found)


async def activate_folder(path: Path, dsn: str) -> tuple[str, bool]:
    """Check a folder and make it the active playbook; (version, whether it was not so before)."""
    folder = PlaybookFolder.read(path)
    check_whole(folder)
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
