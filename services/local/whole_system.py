"""Everything on one machine, brought up as far in parallel as it goes: servers, tables, topics, playbook, services."""

import asyncio
import shutil
import signal
from collections.abc import Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path

from services.commands.playbooks import activate_folder, check_whole
from services.local.system import LocalSystem
from shared.embedded import EmbeddedStack
from shared.embedded.locks import claim_folder
from shared.embedded.processes import Process, orphan
from shared.embedded.server import OnStep
from shared.migrations import migrate
from shared.playbook import PlaybookFolder
from shared.provisioning import apply_topics, read_topics

PID_FILE = "server.pid.json"
STOP_SECONDS = 15.0


class WholeSystem:
    """Kafka, Postgres and the four services in `folder`; all of it ends with this process."""

    def __init__(self, folder: Path, playbook: Path, settings: Mapping[str, str], on_step: OnStep) -> None:
        check_whole(PlaybookFolder.read(playbook))
        self._folder = folder
        self._playbook = playbook
        self._settings = settings
        self._on_step = on_step
        self._stack = EmbeddedStack(folder, on_step)
        self._services: LocalSystem | None = None

    @property
    def kafka(self) -> str:
        return self._stack.bootstrap_servers

    @property
    def dsn(self) -> str:
        return self._stack.dsn

    def url(self, service: str) -> str:
        """The service's own HTTP address. Raises LookupError before `start_services`."""
        if self._services is None:
            raise LookupError(f"{service} has not been started")
        return self._services.services[service].url

    def start_servers(self) -> None:
        """Kafka with its topics beside Postgres with its tables and the playbook. Raises EmbeddedStackError."""
        with ThreadPoolExecutor(2) as pool:
            for part in [pool.submit(self._start_kafka), pool.submit(self._start_postgres)]:
                part.result()

    def start_services(self) -> None:
        """The four services side by side. Raises EmbeddedStackError."""
        self._services = LocalSystem(
            self.kafka,
            self.dsn,
            self._folder / "services",
            playbook=self._playbook,
            settings=self._settings,
            on_step=self._on_step,
        )
        self._services.start()

    def stop(self) -> None:
        """Stop whatever runs, the services before the servers."""
        if self._services:
            self._services.stop()
        self._stack.stop()

    def _start_kafka(self) -> None:
        self._stack.kafka.start()
        created = apply_topics(self.kafka, "", read_topics())
        self._on_step(f"topics in place ({len(created)} new)")

    def _start_postgres(self) -> None:
        self._stack.postgres.start()
        asyncio.run(migrate(self.dsn))
        version, _ = asyncio.run(activate_folder(self._playbook, self.dsn))
        self._on_step(f"tables and playbook {version} in place")


@contextmanager
def owned_folder(folder: Path, on_step: OnStep) -> Iterator[Path]:
    """A data folder that no other run holds, without what a crashed one left running. Raises EmbeddedStackError."""
    claim = claim_folder(folder)
    try:
        for process in left_behind(folder):
            on_step(f"stopping process {process.pid}, which an earlier run left behind")
            _end(process)
        yield folder
    finally:
        claim.close()


def empty(folder: Path, keep: frozenset[str] = frozenset({"in-use.lock", "cache"})) -> None:
    """Take away what an earlier run kept in the folder."""
    for path in folder.iterdir():
        if path.name in keep:
            continue
        if path.is_dir() and not path.is_symlink():
            shutil.rmtree(path)
        else:
            path.unlink()


def left_behind(folder: Path) -> list[Process]:
    """Servers of this folder that outlived the run that started them, services first."""
    noted = sorted(folder.resolve().rglob(PID_FILE), key=lambda path: "services" not in path.parts)
    found = (orphan(path, str(path.parent)) for path in noted)
    return [process for process in found if process]


def _end(process: Process) -> None:
    process.send(signal.SIGINT)
    if not process.ended_within(STOP_SECONDS):
        process.send(signal.SIGKILL)
        process.ended_within(STOP_SECONDS)
