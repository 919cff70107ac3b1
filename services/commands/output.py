"""How commands answer: data on stdout, words on stderr, exit 0 good, 1 the answer is no, 2 wrong use."""

import json
import os
import signal
import sys
from collections.abc import Iterator
from contextlib import contextmanager

import typer
from rich.console import Console
from rich.progress import Progress, ProgressColumn
from rich.table import Table

UNCUT = 10_000
"""Columns of what no terminal shows: a table is as wide as it has to be."""


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
    """Print to stdout; nothing is cut: a terminal shows long cells on several lines, a pipe or file gets long lines."""
    for column in table.columns:
        column.overflow = "fold"
    console = Console()
    if not console.is_terminal:
        console = Console(width=UNCUT)
    console.print(table)


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
