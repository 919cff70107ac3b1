"""Programs that are run to their end, such as `initdb`."""

import os
import subprocess
from collections.abc import Sequence
from pathlib import Path

from shared.embedded.errors import EmbeddedStackError, last_lines
from shared.embedded.unprivileged import Account

PASSED_ON = ("PATH", "TMPDIR", "LD_LIBRARY_PATH")


def environment() -> dict[str, str]:
    """What servers see of our environment: none of our settings and secrets."""
    return {name: os.environ[name] for name in PASSED_ON if name in os.environ} | {"LC_ALL": "C.UTF-8"}


def run_to_end(purpose: str, command: Sequence[str], folder: Path, account: Account, given: str = "") -> None:
    """Run in the folder with `given` as input. Raises EmbeddedStackError with what the program said when it fails."""
    done = subprocess.run(  # noqa: S603 - a program of the wheels, with arguments made here
        account.running(command),
        input=given,
        cwd=folder,
        env=environment(),
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode:
        raise EmbeddedStackError(f"{purpose} failed in {folder}:\n{last_lines(done.stdout + done.stderr)}")
