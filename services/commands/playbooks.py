"""Loading a playbook whole: every service's part has to be right before any of it counts."""

from collections.abc import Callable
from pathlib import Path

import asyncpg
from pydantic import BaseModel, ConfigDict

from services.routing.store import wake_pools
from shared.active_playbook import activate
from shared.clock import domain_now
from shared.db import read_json_as_values
from shared.playbook import PlaybookFolder, collect


class _Company(BaseModel):
    """The author's name for the version; routing checks the file in full."""

    model_config = ConfigDict(frozen=True, extra="ignore")
    version: str = ""


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


async def activate_folder(path: Path, dsn: str) -> tuple[str, bool]:
    """Check a folder and make it the active playbook; (version, whether it was not so before)."""
    folder = PlaybookFolder.read(path)
    check_whole(folder)
    connection = await asyncpg.connect(dsn)
    try:
        await read_json_as_values(connection)
        name = folder.load_optional("company.yaml", _Company).model.version or path.name
        async with connection.transaction():
            fresh = await activate(connection, folder, name, await domain_now(connection))
            await wake_pools(connection)
    finally:
        await connection.close()
    return folder.version, fresh
