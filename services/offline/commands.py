"""`baton replay`: the offline shell over a file of events."""

import json
from contextlib import ExitStack
from datetime import datetime
from pathlib import Path
from typing import IO, TYPE_CHECKING, Annotated

import typer
from rich.console import Console
from rich.progress import Progress

from services.commands.instants import Instant
from services.commands.output import RefusalError, answer, counted, progress
from services.commands.publishing import opened
from shared.event_files import EventLine, once_each, read_lines

if TYPE_CHECKING:
    from services.offline.shell import OfflineShell
    from shared.events import Event

console = Console(stderr=True)

FILES = {
    "lead.qualified.v1": "qualified.jsonl",
    "lead.handoff.v1": "handoff.jsonl",
    "lead.alerted.v1": "alerted.jsonl",
}


def replay(
    playbook: Annotated[Path, typer.Option(help="The playbook's folder.")],
    events: Annotated[str, typer.Option(help="Events, one CloudEvents object a line; - reads standard input.")],
    out: Annotated[Path, typer.Option(help="Where the results are written.")],
    until: Annotated[datetime | None, typer.Option(parser=Instant, help="Fire timers up to this time.")] = None,
    arrival: Annotated[
        bool, typer.Option("--arrival", help="Keep the file's order, as `baton export` gives it.")
    ] = False,
) -> None:
    """Play a file of events through all four services, offline and in virtual time.

    Writes scored.jsonl, qualified.jsonl, handoff.jsonl, alerted.jsonl and kpi.json. A line that is no event is listed
    as file:line and the rest goes on; exit 1 if there was one.
    Example: baton replay --playbook deploy/playbook --events docs/examples/events.jsonl --out results
    """
    from services.offline.shell import OfflineShell
    from shared.playbook import PlaybookFolder

    _make(out)
    folder = PlaybookFolder.read(playbook)
    good, bad = _read(events)
    if not arrival:
        good.sort(key=lambda event: event.time)
    with ExitStack() as stack, progress(console, *Progress.get_default_columns()) as shown:
        files = {topic: stack.enter_context((out / name).open("wb")) for topic, name in FILES.items()}
        shell = OfflineShell(folder, lambda event: _write(files[event.data.topic], event))
        for event in shown.track(good, description="replaying"):
            shell.play(event)
        shell.finish(until)
    _write_states(out, shell)
    console.print(
        f"{counted(len(good), 'event')} of {counted(len(shell.scoring.leads), 'lead')} replayed into {out}",
        soft_wrap=True,
    )
    answer(not bad)


def _make(out: Path) -> None:
    try:
        out.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise RefusalError(f"--out: the folder {out} cannot be made: {error.strerror}") from None


def _read(file: str) -> tuple[list["Event"], int]:
    """The events of the file, and how many lines were refused and listed."""
    good, bad = list["Event"](), 0
    with opened(file) as stream:
        for line in once_each(read_lines(stream, file)):
            if isinstance(line, EventLine):
                good.append(line.event)
            else:
                bad += 1
                typer.echo(str(line), err=True)
    return good, bad


def _write(file: IO[bytes], event: "Event") -> None:
    file.write(event.encode() + b"\n")


def _write_states(out: Path, shell: "OfflineShell") -> None:
    from services.kpi.report import report

    with (out / "scored.jsonl").open("wb") as scored:
        for event in shell.scoring.scores():
            _write(scored, event)
    numbers = report(shell.kpi.counts, relay_has_is=shell.kpi.playbook.relay_has_is)
    (out / "kpi.json").write_text(json.dumps(numbers, ensure_ascii=False, indent=2) + "\n")
