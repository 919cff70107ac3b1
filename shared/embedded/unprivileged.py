"""The account for programs that refuse root."""

import os
import pwd
import signal
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from shared.embedded import lowered

ACCOUNT = "nobody"


@dataclass(frozen=True, slots=True)
class Account:
    """A user of the system; without numbers, our own."""

    uid: int | None = None
    gid: int | None = None

    def give(self, path: Path) -> None:
        """Make the account the owner of a path."""
        if self.uid is not None and self.gid is not None:
            os.chown(path, self.uid, self.gid)

    def running(self, command: Sequence[str], death_signal: signal.Signals = signal.SIGKILL) -> list[str]:
        """The command line that runs `command` as this account, ended by `death_signal` when its parent ends."""
        numbers = [] if self.uid is None else [str(self.uid), str(self.gid)]
        return [sys.executable, "-I", "-S", lowered.__file__, str(int(death_signal)), *numbers, "--", *command]


def account() -> Account:
    """Our own account, or `nobody` when we are root."""
    if os.geteuid() != 0:
        return Account()
    entry = pwd.getpwnam(ACCOUNT)
    return Account(entry.pw_uid, entry.pw_gid)
