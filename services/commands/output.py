"""How commands answer: data on stdout, words on stderr, exit 0 good, 1 the answer is no, 2 wrong use."""

import json
import os
import signal
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager

import typer
from rich.cells import cell_len, set_cell_size
from rich.console import Console
from rich.padding import Padding
from rich.progress import Progress, ProgressColumn
from rich.table import Table
from rich.text import Text

UNCUT = 10_000
"""Columns of what no terminal shows: a table is as wide as it has to be."""
LONGEST_ID = 24
"""Columns of a cell that is not broken, such as an id, a time, or a place in a file."""


class RefusalError(Exception):
    """Wrong use, or a thing that is not there: said in one line, exit status 2."""


def print_json(value: object) -> None:
    typer.echo(json.dumps(value, ensure_ascii=False, default=str))


def answer(yes: bool) -> None:
    """End with exit status 1 where the answer is no."""
    if not yes:
        raise typer.Exit(1)


def counted(number: int, noun: str, many: str = "") -> str:
    """`1 event`, `2,000 events`; `many` for words that do not take an s."""
    return f"{number:,} {noun if number == 1 else many or noun + 's'}"


def print_table(table: Table) -> None:
    """Print to stdout; nothing is cut: a terminal shows long cells on several lines, a pipe or file gets long lines.

    Ids and times are not broken where the terminal has room for them.
    """
    console = _console()
    widths = [max(cell_len(str(cell)) for cell in (column.header, *column.cells)) for column in table.columns]
    short = [width <= LONGEST_ID for width in widths]
    needed = sum(width if is_short else LONGEST_ID for width, is_short in zip(widths, short, strict=True))
    for column, is_short in zip(table.columns, short, strict=True):
        column.overflow = "fold"
        column.no_wrap = is_short and needed + 3 * len(widths) < console.width
    console.print(table)


def print_listed(headers: Sequence[str], rows: Sequence[tuple[Sequence[str], str]]) -> None:
    """Print rows as columns, and below each what is said of it: ids stay whole, and reasons wrap between words."""
    lines = [headers, *(cells for cells, _ in rows)]
    widths = [max(map(cell_len, column)) for column in zip(*lines, strict=True)]
    console = _console()
    for cells, said in [(headers, ""), *rows]:
        padded = [set_cell_size(cell, width) for cell, width in zip(cells, widths, strict=True)]
        typer.echo("  ".join(padded).rstrip())
        if said:
            console.print(Padding(Text(said), (0, 0, 0, 4), expand=False))


def _console() -> Console:
    console = Console()
    return console if console.is_terminal else Console(width=UNCUT)


def progress(console: Console, *columns: str | ProgressColumn) -> Progress:
    """A display that goes when it is done, and leaves no empty line where no terminal shows it."""
    return Progress(*columns, console=console, transient=True, disable=not console.is_interactive)


@contextmanager
def until_nobody_reads() -> Iterator[None]:
    """Where the reader of a pipe leaves, as `head` does, the process ends by SIGPIPE like any other program.

    Asked for only then: with SIGPIPE's default, every lost connection to a server would end the process.
    """
    try:
        try:
            yield
        finally:
            sys.stdout.flush()
    except BrokenPipeError:
        _end_by_sigpipe()
    except SystemExit as end:
        if not isinstance(end.__context__, BrokenPipeError):
            raise
        _end_by_sigpipe()


def _end_by_sigpipe() -> None:
    signal.signal(signal.SIGPIPE, signal.SIG_DFL)
    os.kill(os.getpid(), signal.SIGPIPE)
