"""The active playbook: a row in Postgres, read inside each batch's transaction, compiled once per version."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Generic, TypeVar

from shared.calendars import load_calendars
from shared.db import Connection
from shared.playbook import Holidays, PlaybookFolder

P = TypeVar("P")


class NoPlaybookError(LookupError):
    def __init__(self) -> None:
        super().__init__("no playbook is active: activate one with `baton playbook activate DIR`")


@dataclass(frozen=True, slots=True)
class Active(Generic[P]):
    version: str
    name: str
    rules: P


class ActivePlaybook(Generic[P]):
    """Keeps the compiled rules of the newest version; bodies are read only when the version changes."""

    def __init__(self, load: Callable[[PlaybookFolder], P]) -> None:
        self._load = load
        self._seq = 0
        self._active: Active[P] | None = None

    async def read(self, connection: Connection) -> Active[P]:
        """The rules now in force. Raises NoPlaybookError."""
        seq = await connection.fetchval("SELECT max(seq) FROM baton.playbook")
        if seq is None:
            raise NoPlaybookError
        if self._active is None or seq != self._seq:
            self._active, self._seq = await self._read(connection, seq), seq
        return self._active

    async def _read(self, connection: Connection, seq: int) -> Active[P]:
        row = await connection.fetchrow("SELECT version, name, files, holidays FROM baton.playbook WHERE seq = $1", seq)
        if row is None:
            raise NoPlaybookError
        folder = PlaybookFolder.of(row["files"], _days(row["holidays"]))
        return Active(row["version"], row["name"], self._load(folder))


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
