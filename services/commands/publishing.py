"""`baton publish`: events from a file to Kafka, refusals listed by line."""

import asyncio
import sys
from collections.abc import Iterable, Iterator
from contextlib import ExitStack, contextmanager
from itertools import islice
from pathlib import Path
from typing import BinaryIO

import typer
from rich.console import Console
from rich.progress import Progress, SpinnerColumn, TextColumn, TimeElapsedColumn

from services.commands.operations import AsJson
from services.commands.output import Refusal, answer, print_json
from shared.event_files import BadLine, EventLine, read_lines
from shared.settings import Settings

LINES_AT_ONCE = 5000

console = Console(stderr=True)


def publish(file: str, as_json: AsJson = False) -> None:
    """Send events (.jsonl, one CloudEvents object a line; - reads standard input) to their Kafka topics.

    A line that is no event is listed as file:line and the rest goes on; exit 1 if there was one.
    Example: baton publish events.jsonl
    """
    with opened(file) as stream:
        sent, bad = asyncio.run(_publish(read_lines(stream, file), Settings()))
    if as_json:
        print_json({"sent": sent, "refused": [{"place": line.place, "message": line.message} for line in bad]})
    else:
        console.print(f"{sent:,} events sent, {len(bad)} lines refused")
    answer(not bad)


@contextmanager
def opened(file: str) -> Iterator[BinaryIO]:
    """The file, or standard input for `-`. Raises Refusal where it cannot be read."""
    if file == "-":
        yield sys.stdin.buffer
        return
    with ExitStack() as stack:
        try:
            stream = stack.enter_context(Path(file).open("rb"))
        except OSError as error:
            raise Refusal(f"{file} cannot be read: {error.strerror}") from None
        yield stream


async def _publish(lines: Iterable[EventLine | BadLine], settings: Settings) -> tuple[int, list[BadLine]]:
    from shared.publisher import Publisher

    publisher, sent, bad = Publisher(settings.kafka, settings.topic_prefix), 0, list[BadLine]()
    columns = (SpinnerColumn(), TextColumn("{task.completed:,.0f} events sent"), TimeElapsedColumn())
    with Progress(*columns, console=console, transient=True) as progress:
        task = progress.add_task("sending", total=None)
        remaining = iter(lines)
        while chunk := list(islice(remaining, LINES_AT_ONCE)):
            good = [line for line in chunk if isinstance(line, EventLine)]
            for line in chunk:
                if isinstance(line, BadLine):
                    bad.append(line)
                    typer.echo(str(line), err=True)
            await publisher.send(good)
            sent += len(good)
            progress.advance(task, len(good))
    await publisher.close()
    return sent, bad
