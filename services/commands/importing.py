"""`baton import`: CSV exports made events by a mapping, to a file or to Kafka."""

import asyncio
import sys
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, BinaryIO

import typer
from rich.console import Console
from rich.progress import BarColumn, TextColumn, TimeRemainingColumn

from services.commands.operations import AsJson
from services.commands.output import RefusalError, answer, counted, print_json, progress
from services.commands.publishing import good_ones, send_events
from shared.event_files import BadLine, EventLine
from shared.settings import Settings

if TYPE_CHECKING:
    from services.commands.mapping import Tally

console = Console(stderr=True)


def import_csv(
    mapping: Annotated[Path, typer.Argument(help="The mapping: which columns of which files make which events.")],
    out: Annotated[str, typer.Option(help="Write the events to this file, - for standard output, not to Kafka.")] = "",
    data: Annotated[
        Path | None, typer.Option(help="Where the CSV files are; the mapping's own folder otherwise.")
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Make events of CSV exports by a mapping, and send them to Kafka or write them to a file.

    A row that cannot be made an event is listed as file:line and the rest goes on; exit 1 if there was one. Ids come
    from the rows, so that importing a file again changes nothing.
    Example: baton import mapping.yaml --data exports --out events.jsonl
    """
    from services.commands.mapping import Tally, open_sources

    if as_json and out == "-":
        raise RefusalError("--json and --out - both want standard output: give one of them up")
    tally, bad = Tally(), list[BadLine]()
    with open_sources(mapping, data) as sources, _progress(sources.total_bytes) as advanced:
        _deliver(good_ones(sources.read(tally, advanced), bad), out)
    if as_json:
        print_json(_summary(tally) | {"refused": [{"place": row.place, "message": row.message} for row in bad]})
    else:
        _tell(tally)
    answer(not bad)


@contextmanager
def _progress(total_bytes: int) -> Iterator[Callable[[int], None]]:
    columns = (TextColumn("importing"), BarColumn(), TextColumn("{task.percentage:.0f} %"), TimeRemainingColumn())
    with progress(console, *columns) as shown:
        task = shown.add_task("importing", total=total_bytes)
        yield lambda read_bytes: shown.update(task, completed=read_bytes)


def _deliver(events: Iterable[EventLine], out: str) -> None:
    if not out:
        asyncio.run(send_events(events, Settings(), lambda _: None))
    elif out == "-":
        _write(events, sys.stdout.buffer)
    else:
        _write_whole(events, Path(out))


def _write_whole(events: Iterable[EventLine], path: Path) -> None:
    """The file appears when it is complete."""
    unfinished = path.with_name(f"{path.name}.part")
    try:
        with unfinished.open("wb") as stream:
            _write(events, stream)
        unfinished.replace(path)
    except OSError as error:
        raise RefusalError(f"{path} cannot be written: {error.strerror}") from None


def _write(events: Iterable[EventLine], stream: BinaryIO) -> None:
    stream.writelines(event.value + b"\n" for event in events)


def _summary(tally: "Tally") -> dict[str, object]:
    return {
        "rows": tally.rows,
        "events": tally.events,
        "repeated": tally.repeated,
        "refused_rows": tally.refused_rows,
        "reasons": dict(tally.reasons.most_common()),
    }


def _tell(tally: "Tally") -> None:
    repeated = f" ({counted(tally.repeated, 'repeat')} besides)" if tally.repeated else ""
    reasons = ", ".join(f"{reason} {count:,}" for reason, count in tally.reasons.most_common())
    refused = f"{counted(tally.refused_rows, 'row')} refused" + (f" ({reasons})" if reasons else "")
    made = f"{counted(tally.rows, 'row')} read, {counted(tally.events, 'event')} made{repeated}"
    console.print(f"{made}, {refused}", highlight=False)
