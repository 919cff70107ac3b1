"""Which process is ours: by pid, the moment it started, and the folder on its command line."""

import json
import os
import subprocess
import time
from contextlib import suppress
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Self

PROC = Path("/proc")


@dataclass(frozen=True, slots=True)
class Process:
    """A process as the system describes it; `started` tells it from a later one with the same pid."""

    pid: int
    started: str
    command: str = field(compare=False)

    @classmethod
    def find(cls, pid: int) -> Self | None:
        described = _from_proc(pid) if PROC.joinpath("self", "stat").exists() else _from_ps(pid)
        return cls(pid, *described) if described else None

    def send(self, signal_number: int) -> None:
        if Process.find(self.pid) == self:
            with suppress(ProcessLookupError):
                os.kill(self.pid, signal_number)

    def ended_within(self, seconds: float) -> bool:
        until = time.monotonic() + seconds
        while Process.find(self.pid) == self:
            if time.monotonic() > until:
                return False
            time.sleep(0.02)
        return True


def _from_proc(pid: int) -> tuple[str, str] | None:
    try:
        stat = (PROC / str(pid) / "stat").read_text().rpartition(")")[2].split()
        command = (PROC / str(pid) / "cmdline").read_text(errors="replace")
    except (FileNotFoundError, ProcessLookupError):
        return None
    state, started = stat[0], stat[19]
    return None if state in "ZX" else (started, command.replace("\0", " ").strip())


def _from_ps(pid: int) -> tuple[str, str] | None:
    asked = ["/bin/ps", "-ww", "-o", "lstart=,args=", "-p", str(pid)]
    answer = subprocess.run(asked, capture_output=True, text=True, check=False)  # noqa: S603 - a fixed command
    line = answer.stdout.strip()
    return (line[:24], line[24:].strip()) if line else None


def remember(path: Path, pid: int) -> None:
    """Note a server in its pid file."""
    if process := Process.find(pid):
        path.write_text(json.dumps(asdict(process)))


def orphan(path: Path, marker: str) -> Process | None:
    """The server that this pid file names, if it still runs and has `marker` on its command line."""
    try:
        noted = Process(**json.loads(path.read_text()))
    except (FileNotFoundError, ValueError, TypeError):
        return None
    found = Process.find(noted.pid)
    return found if found and found.started == noted.started and marker in found.command else None
