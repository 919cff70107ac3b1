"""What Kafka and Postgres have in common here: a folder, ports, a guard, a start that waits, a stop that is ordered."""

import json
import signal
import subprocess
import sys
import time
from abc import ABC, abstractmethod
from collections.abc import Mapping
from pathlib import Path
from types import TracebackType
from typing import ClassVar, Self, TextIO

from shared.embedded import guard, ports, processes
from shared.embedded.errors import EmbeddedStackError, last_lines
from shared.embedded.locks import claim_folder
from shared.embedded.programs import environment
from shared.embedded.steps import OnStep, ServerStep, quiet
from shared.embedded.unprivileged import Account

READY_SECONDS = 60.0
STOP_SECONDS = 15.0
LOOK_AGAIN_SECONDS = 0.02
START_ATTEMPTS = 3
LOG_KEPT_BYTES = 5_000_000


class Server(ABC):
    """A real server on 127.0.0.1 with its data in `folder`; it ends when the process that started it ends.

    Its port stays the same for the life of the object, through `restart` and `kill`.
    """

    name: str
    port_count: ClassVar[int]
    stop_signal: ClassVar[signal.Signals]
    kill_signal: ClassVar[signal.Signals]

    def __init__(self, folder: Path, on_step: OnStep = quiet) -> None:
        self.folder = folder.resolve()
        self.on_step = on_step
        self._ports: tuple[int, ...] = ()
        self._claim: TextIO | None = None
        self._guard: subprocess.Popen[str] | None = None
        self._pid = 0
        self._log_start = 0

    @abstractmethod
    def prepare(self) -> None:
        """Make the data folder ready; does nothing the second time."""

    @abstractmethod
    def command(self) -> list[str]:
        """The command line, which names the folder."""

    @abstractmethod
    def is_ready(self) -> bool:
        """Whether the server answers, asked again and again after a start."""

    @property
    def account(self) -> Account:
        """The account to run as."""
        return Account()

    @property
    def port(self) -> int:
        """The port that clients use. Raises EmbeddedStackError before the first start."""
        if not self._ports:
            raise EmbeddedStackError(f"{self.name} has no port yet: start it first.")
        return self._ports[0]

    @property
    def variables(self) -> Mapping[str, str]:
        """What it sees of the environment besides PATH and the like."""
        return {}

    @property
    def log_path(self) -> Path:
        return self.folder / "server.log"

    @property
    def is_running(self) -> bool:
        return self._guard is not None and self._guard.poll() is None

    @property
    def exit_status(self) -> int | None:
        """How it ended; above 128 by a signal, None while it runs and before the first start."""
        return self._guard.poll() if self._guard else None

    def start(self) -> None:
        """Start and wait until the server answers.

        Raises EmbeddedStackError with the end of the server's log when it does not, or when the folder is in use.
        """
        if self.is_running:
            return
        began = time.monotonic()
        self._end_guard()
        try:
            self._claim = self._claim or claim_folder(self.folder)
            self._stop_orphan()
            self.prepare()
            self._launch_on_free_ports()
        except OSError as error:
            self.stop()
            raise EmbeddedStackError(f"{self.name} could not be started in {self.folder}: {error}") from error
        except BaseException:
            self.stop()
            raise
        address, seconds = f"{ports.HOST}:{self.port}", time.monotonic() - began
        self.on_step(ServerStep.READY.of(name=self.name, address=address, seconds=seconds))

    def stop(self) -> None:
        """Stop in good order and let go of the folder; does nothing when not running."""
        self._end_guard()
        if self._claim:
            self._claim.close()
            self._claim = None

    def restart(self) -> None:
        """Stop in good order and start on the same port and data."""
        self._end_guard()
        self.start()

    def kill(self) -> None:
        """End at once, as a crash would; the folder stays ours, `start` brings the same data back on the same port."""
        if self._guard and (server := processes.Process.find(self._pid)):
            server.send(self.kill_signal)
        if self._guard:
            self._guard.wait()
        self._end_guard()

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self.stop()

    def _stop_orphan(self) -> None:
        found = processes.orphan(self._pid_path, str(self.folder))
        if found:
            self.on_step(ServerStep.LEFT_BEHIND.of(name=self.name, pid=found.pid))
            found.send(self.stop_signal)
            if not found.ended_within(STOP_SECONDS):
                found.send(signal.SIGKILL)
                found.ended_within(STOP_SECONDS)
        self._pid_path.unlink(missing_ok=True)

    def _launch_on_free_ports(self) -> None:
        keep = self._ports
        for attempt in range(START_ATTEMPTS):
            self._ports = keep or ports.choose(self.port_count, self._last_ports() if attempt == 0 else ())
            if self._launch():
                self._ports_path.write_text(json.dumps(self._ports))
                return
            if "already in use" not in self._log_since_start():
                break
        self._ports = keep
        raise EmbeddedStackError(
            f"{self.name} did not start. The end of its log, {self.log_path}:\n{last_lines(self._log_since_start())}"
        )

    def _launch(self) -> bool:
        self._log_start = self._rotated_log_end()
        shim = [sys.executable, "-I", "-S", guard.__file__, json.dumps(self._order())]
        with self.log_path.open("a") as log:
            self._guard = subprocess.Popen(  # noqa: S603 - our own script
                shim,
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=log,
                text=True,
                env={**environment(), **self.variables},
                start_new_session=True,
            )
        self._pid = int((self._guard.stdout.readline() if self._guard.stdout else "") or 0)
        processes.remember(self._pid_path, self._pid)
        if self._await_ready():
            return True
        self._end_guard()
        return False

    def _order(self) -> guard.Order:
        return {
            "command": self.account.running(self.command(), self.kill_signal),
            "log": str(self.log_path),
            "stop_signal": self.stop_signal,
            "stop_seconds": STOP_SECONDS,
        }

    def _await_ready(self) -> bool:
        until = time.monotonic() + READY_SECONDS
        while self.is_running and time.monotonic() < until:
            if self.is_ready():
                return True
            time.sleep(LOOK_AGAIN_SECONDS)
        return False

    def _end_guard(self) -> None:
        if not self._guard:
            return
        for pipe in (self._guard.stdin, self._guard.stdout):
            if pipe:
                pipe.close()
        self._guard.wait()
        self._guard = None
        self._pid_path.unlink(missing_ok=True)

    def _rotated_log_end(self) -> int:
        size = self.log_path.stat().st_size if self.log_path.exists() else 0
        if size > LOG_KEPT_BYTES:
            self.log_path.replace(self.log_path.with_suffix(".log.1"))
            return 0
        return size

    def _log_since_start(self) -> str:
        with self.log_path.open("rb") as log:
            log.seek(self._log_start)
            return log.read().decode(errors="replace")

    def _last_ports(self) -> tuple[int, ...]:
        try:
            return tuple(int(port) for port in json.loads(self._ports_path.read_text()))
        except (FileNotFoundError, ValueError, TypeError):
            return ()

    @property
    def _pid_path(self) -> Path:
        return self.folder / "server.pid.json"

    @property
    def _ports_path(self) -> Path:
        return self.folder / "ports.json"
