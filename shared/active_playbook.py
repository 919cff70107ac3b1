"""The active playbook: a row in Postgres, read inside each batch's transaction, compiled once per version."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Generic, TypeVar

import structlog

from shared.calendars import load_calendars
from shared.db import Connection
from shared.metrics import Metrics
from shared.playbook import Holidays, PlaybookFolder

P = TypeVar("P")

log = structlog.get_logger()

ACTIVATE = "activate one with `baton playbook activate DIR`"


class NoPlaybookError(LookupError):
    """There are no rules to work by."""

    def __init__(self, text: str = f"no playbook is active: {ACTIVATE}") -> None:
        super().__init__(text)


@dataclass(frozen=True, slots=True)
class Active(Generic[P]):
    version: str
    name: str
    rules: P


class ActivePlaybook(Generic[P]):
    """Keeps the compiled rules of the newest version that loads; bodies are read only when there is a newer one."""

    def __init__(self, load: Callable[[PlaybookFolder], P]) -> None:
        self._load = load
        self._newest = 0
        self._seq = 0
        self._active: Active[P] | None = None

    async def read(self, connection: Connection) -> Active[P]:
        """The rules now in force: the newest that this program can load. Raises NoPlaybookError."""
        newest = await connection.fetchval("SELECT max(seq) FROM baton.playbook")
        if newest is None:
            raise NoPlaybookError
        if newest != self._newest:
            await self._follow(connection, newest)
        if self._active is None:
            raise NoPlaybookError(f"this program can load no playbook that was ever activated: {ACTIVATE}")
        return self._active

    def show(self, metrics: Metrics) -> None:
        """Set the gauges: the playbook in force, and whether a newer one cannot be loaded."""
        metrics.playbook_refused.labels(metrics.service).set(self._newest != self._seq)
        metrics.playbook.clear()
        if self._active:
            metrics.playbook.labels(metrics.service, self._active.version, self._active.name).set(1)

    async def _follow(self, connection: Connection, newest: int) -> None:
        """Take the newest that loads; where none is newer than the one in force, that one stays."""
        seq = newest + 1
        while row := await connection.fetchrow(
            "SELECT seq, version, name, files, holidays FROM baton.playbook WHERE seq < $1 AND seq > $2"
            " ORDER BY seq DESC LIMIT 1",
            seq,
            self._seq,
        ):
            seq = row["seq"]
            try:
                rules = self._load(PlaybookFolder.of(row["files"], _days(row["holidays"])))
            except Exception as error:
                log.critical("playbook cannot be loaded", version=row["version"], name=row["name"], exc_info=error)
            else:
                self._active, self._seq = Active(row["version"], row["name"], rules), seq
                break
        self._newest = newest


async def activate(connection: Connection, folder: PlaybookFolder, name: str, at: datetime) -> bool:
    """Make the folder's rules the active ones; False where they are already. Qualifies nobody by itself.

    The same files are activated anew where the statutory holidays behind them have changed.
    """
    holidays = load_calendars(folder).resolve_holidays()
    current = await connection.fetchrow("SELECT version, holidays FROM baton.playbook ORDER BY seq DESC LIMIT 1")
    if current and current["version"] == folder.version and _days(current["holidays"]) == holidays:
        return False
    await connection.execute(
        "INSERT INTO baton.playbook (version, name, files, holidays, activated_at) VALUES ($1, $2, $3, $4, $5)",
        folder.version,
        name,
        dict(folder.files),
        {calendar: {str(day): name for day, name in days.items()} for calendar, days in holidays.items()},
        at,
    )
    return True


def _days(kept: Mapping[str, Mapping[str, str]]) -> Holidays:
    return {calendar: {date.fromisoformat(day): name for day, name in days.items()} for calendar, days in kept.items()}
