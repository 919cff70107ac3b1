"""Data folders: Baton marks those that it makes, and fills, looks through and empties no others."""

import shutil
import signal
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Literal

from services.commands.output import RefusalError
from services.local.steps import SystemStep
from shared.embedded.locks import LOCK_FILE, claim_folder
from shared.embedded.processes import Process, orphan
from shared.embedded.steps import OnStep

Purpose = Literal["up", "demo"]
MARKER = "made-by-baton"
MARKED = "{purpose}\nBaton made this folder for the data of `baton {purpose}`: keep no files of your own in it.\n"
PID_FILE = "server.pid.json"
STOP_SECONDS = 15.0


@contextmanager
def owned_folder(folder: Path, purpose: Purpose, on_step: OnStep) -> Iterator[Path]:
    """A data folder that no other run holds, made where there is none, without what a crashed run left running.

    Raises RefusalError for a folder that was not empty when Baton came, or that is for another command;
    EmbeddedStackError for one in use.
    """
    _make(folder, purpose)
    made_for = _made_for(folder)
    if made_for != purpose:
        raise RefusalError(
            f"{folder} holds the data of `baton {made_for}`: choose another folder for `baton {purpose}`, --data FOLDER"
        )
    with _held(folder, on_step):
        yield folder


def stop_left_behind(folder: Path, on_step: OnStep) -> None:
    """Stop what a crashed run left running. Raises RefusalError for no data folder, EmbeddedStackError for one in use.

    Writes nothing into folders that Baton did not make.
    """
    if not folder.is_dir():
        raise RefusalError(f"{folder}: there is no such folder; the one that `baton up --data` named is expected")
    _made_for(folder)
    with _held(folder, on_step):
        pass


def empty(folder: Path) -> None:
    """Take away what an earlier demo kept in its folder; links are taken away, what they lead to is not.

    Raises RefusalError for a folder that was not made for the demo.
    """
    if _made_for(folder) != "demo":
        raise RefusalError(f"{folder} was not made for `baton demo` and is not emptied: choose another, --data FOLDER")
    for path in folder.iterdir():
        if path.name in {LOCK_FILE, MARKER}:
            continue
        if path.is_dir() and not path.is_symlink():
            shutil.rmtree(path)
        else:
            path.unlink()


@contextmanager
def _held(folder: Path, on_step: OnStep) -> Iterator[None]:
    claim = claim_folder(folder)
    try:
        for process in _left_behind(folder):
            on_step(SystemStep.LEFT_BEHIND.of(pid=process.pid))
            _end(process)
        yield
    finally:
        claim.close()


def _make(folder: Path, purpose: Purpose) -> None:
    _refuse_link(folder)
    if folder.exists() and not folder.is_dir():
        raise RefusalError(f"{folder} is a file: a folder is expected, --data FOLDER")
    try:
        folder.mkdir(parents=True, exist_ok=True)
        if not any(folder.iterdir()):
            (folder / MARKER).write_text(MARKED.format(purpose=purpose), "utf-8")
    except OSError as error:
        raise RefusalError(f"{folder} cannot hold data ({error.strerror}): choose another, --data FOLDER") from None


def _made_for(folder: Path) -> str:
    """The command for which Baton made the folder. Raises RefusalError for a link, and where Baton made it for none."""
    _refuse_link(folder)
    marker = folder / MARKER
    if marker.is_symlink() or not marker.is_file():
        raise RefusalError(
            f"{folder} is no data folder of Baton's (it has no file {MARKER}), and nothing in it was touched:"
            " name one that is new or empty, --data FOLDER"
        )
    return marker.read_text("utf-8", errors="replace").partition("\n")[0]


def _refuse_link(folder: Path) -> None:
    if folder.is_symlink():
        raise RefusalError(f"{folder} is a link: name the folder itself, --data {folder.resolve()}")


def _left_behind(folder: Path) -> list[Process]:
    """Servers of this folder that outlived the run that started them, services first."""
    noted = sorted(folder.resolve().rglob(PID_FILE), key=lambda path: "services" not in path.parts)
    found = (orphan(path, str(path.parent)) for path in noted)
    return [process for process in found if process]


def _end(process: Process) -> None:
    process.send(signal.SIGINT)
    if not process.ended_within(STOP_SECONDS):
        process.send(signal.SIGKILL)
        process.ended_within(STOP_SECONDS)
