"""`baton publish`: events from a file to Kafka, refusals listed by line."""

import asyncio
import sys
from collections.abc import Callable, Iterable, Iterator
from contextlib import ExitStack, contextmanager
from difflib import get_close_matches
from itertools import islice
from pathlib import Path
from typing import BinaryIO

import typer
from rich.console import Console
from rich.progress import SpinnerColumn, TextColumn, TimeElapsedColumn

from services.commands.operations import AsJson
from services.commands.output import RefusalError, answer, counted, print_json, progress
from services.scoring.lint import SLIP_OF_THE_PEN
from shared.event_files import BadLine, EventLine, read_lines
from shared.events import UnknownActivity, type_registry
from shared.settings import Settings

LINES_AT_ONCE = 5000
MOST_TOLD = 20
"""So many refused lines are told one by one."""
MOST_TYPES = 1000
"""Of so many undeclared types it is asked whether another was meant."""

console = Console(stderr=True)


def publish(file: str, as_json: AsJson = False) -> None:
    """Send events (.jsonl, one CloudEvents object a line; - reads standard input) to their Kafka topics.

    A line that is no event is listed as file:line and the rest goes on; exit 1 if there was one. A type that looks
    like a slip of the pen is a warning: it is sent, as a company has activities of its own.
    Example: baton publish docs/examples/events.jsonl
    """
    bad: list[BadLine] = []
    columns = (SpinnerColumn(), TextColumn("{task.completed:,.0f} events sent"), TimeElapsedColumn())
    with opened(file) as stream, progress(console, *columns) as shown:
        task = shown.add_task("sending", total=None)
        lines = doubted(good_ones(read_lines(stream, file), bad))
        sent = asyncio.run(send_events(lines, Settings(), lambda count: shown.advance(task, count)))
    if as_json:
        print_json({"sent": sent, "refused": [{"place": line.place, "message": line.message} for line in bad]})
    else:
        console.print(f"{counted(sent, 'event')} sent, {counted(len(bad), 'line')} refused")
    answer(not bad)


@contextmanager
def opened(file: str) -> Iterator[BinaryIO]:
    """The file, or standard input for `-`. Raises RefusalError where it cannot be read."""
    if file == "-":
        yield sys.stdin.buffer
        return
    with ExitStack() as stack:
        try:
            stream = stack.enter_context(Path(file).open("rb"))
        except OSError as error:
            raise RefusalError(f"{file} cannot be read: {error.strerror}") from None
        yield stream


def good_ones(lines: Iterable[EventLine | BadLine], bad: list[BadLine]) -> Iterator[EventLine]:
    """The events; what is none goes into `bad`, the first of it to stderr, and at the end how many more there were."""
    for line in lines:
        if not isinstance(line, BadLine):
            yield line
            continue
        bad.append(line)
        if len(bad) <= MOST_TOLD:
            typer.echo(str(line), err=True)
    if len(bad) > MOST_TOLD:
        typer.echo(f"… and {counted(len(bad) - MOST_TOLD, 'line')} more; --json lists them all", err=True)


def doubted(lines: Iterable[EventLine]) -> Iterator[EventLine]:
    """The same events; the first of each undeclared type that is nearly one of Baton's is told on stderr."""
    seen = set[str]()
    for line in lines:
        name = line.event.type
        if isinstance(line.event.data, UnknownActivity) and name not in seen and len(seen) < MOST_TYPES:
            seen.add(name)
            if meant := get_close_matches(name, type_registry, 1, cutoff=SLIP_OF_THE_PEN):
                told = (
                    f"'{name}' is none of Baton's activities; did you mean '{meant[0]}'? It is sent as one of your own"
                )
                typer.echo(f"warning: {line.place}: {told}", err=True)
        yield line


async def send_events(events: Iterable[EventLine], settings: Settings, sent: Callable[[int], object]) -> int:
    """Send events to their topics and return how many; `sent` is told of every portion. Raises RefusalError."""
    from aiokafka.errors import KafkaError

    from shared.publisher import Publisher

    publisher, total, remaining = Publisher(settings.kafka, settings.topic_prefix), 0, iter(events)
    try:
        while portion := list(islice(remaining, LINES_AT_ONCE)):
            await publisher.send(portion)
            total += len(portion)
            sent(len(portion))
    except (KafkaError, TimeoutError, OSError) as error:
        problem = f"Kafka at {settings.kafka} did not take the events ({type(error).__name__})"
        raise RefusalError(
            f"{problem} after {total:,} of them: is BATON_KAFKA its address? Sending again is safe"
        ) from None
    finally:
        await publisher.close()
    return total
