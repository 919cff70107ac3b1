"""Locks that the kernel releases when their holder dies."""

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TextIO

from shared.embedded.errors import EmbeddedStackError

LOCK_FILE = "in-use.lock"


def _open(path: Path) -> TextIO:
    path.parent.mkdir(parents=True, exist_ok=True)
    return path.open("a+")


def _taken(lock: TextIO) -> bool:
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def claim_folder(folder: Path) -> TextIO:
    """Hold a data folder until the returned file is closed.

    Raises EmbeddedStackError when another run holds it, or when it cannot be made or written to.
    """
    try:
        lock = _open(folder / LOCK_FILE)
    except OSError as error:
        raise EmbeddedStackError(f"{folder} cannot hold data ({error.strerror}): choose another data folder.") from None
    if not _taken(lock):
        lock.seek(0)
        holder = lock.read().strip() or "unknown"
        lock.close()
        raise EmbeddedStackError(
            f"{folder} is in use by another run (process {holder}): stop that one first, or choose another data folder."
        )
    lock.truncate(0)
    lock.write(str(os.getpid()))
    lock.flush()
    return lock


@contextmanager
def one_at_a_time(path: Path) -> Iterator[None]:
    """Wait until no other process is inside the same block."""
    with _open(path) as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield
