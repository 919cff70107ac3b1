"""Whoever reads the log too slowly, or not at all, holds up nobody."""

import json
import logging
import os
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing

import pytest

from shared.log_lines import LineWriter

MOST_WAITING = 50


@pytest.fixture
def pipe() -> Iterator[tuple[int, int]]:
    """(the end that is read, the end that is written)"""
    ends = os.pipe()
    yield ends
    for end in ends:
        try:
            os.close(end)
        except OSError:
            assert end == ends[0]


def line(number: int) -> logging.LogRecord:
    return logging.LogRecord("test", logging.INFO, "", 0, f"{number} {'x' * 1000}", None, None)


def read_to(reader: int, ending: bytes) -> list[bytes]:
    found = b""
    while not found.endswith(ending):
        found += os.read(reader, 1 << 16)
    return found.splitlines()


@pytest.mark.row(54)
def test_a_log_that_nobody_reads_holds_up_nobody_and_tells_later_how_many_lines_it_lacks(pipe: tuple[int, int]) -> None:
    reader, writer = pipe
    with closing(LineWriter(writer, MOST_WAITING)) as lines:
        for number in range(1000):
            lines.handle(line(number))
        with ThreadPoolExecutor(1) as beside:
            reading = beside.submit(read_to, reader, b"the last\n")
            lines.flush()
            lines.handle(logging.LogRecord("test", logging.INFO, "", 0, "the last", None, None))
            written = reading.result()

    told = [json.loads(entry) for entry in written if entry.startswith(b"{")]
    kept = [int(entry.split()[0]) for entry in written if entry.endswith(b"x")]
    assert kept == sorted(kept)
    assert sum(entry["lines"] for entry in told) == 1000 - len(kept) > 0


@pytest.mark.row(54)
def test_a_log_whose_reader_has_gone_holds_up_nobody(pipe: tuple[int, int]) -> None:
    reader, writer = pipe
    os.close(reader)
    with closing(LineWriter(writer, MOST_WAITING)) as lines:
        for number in range(1000):
            lines.handle(line(number))
        lines.flush()
        with pytest.raises(BrokenPipeError):
            os.write(writer, b"is anybody there?")


def test_what_is_logged_before_the_end_is_written_at_the_end(pipe: tuple[int, int]) -> None:
    reader, writer = pipe
    with closing(LineWriter(writer)) as lines:
        for number in range(10):
            lines.handle(line(number))
        lines.flush()
    assert [int(entry.split()[0]) for entry in read_to(reader, b"\n")] == list(range(10))


def test_a_line_that_cannot_be_rendered_stops_nothing_and_is_told_of(pipe: tuple[int, int]) -> None:
    reader, writer = pipe
    with closing(LineWriter(writer)) as lines:
        lines.handle(logging.LogRecord("test", logging.INFO, "", 0, "%d leads", ("many",), None))
        lines.handle(line(1))
        lines.flush()
    broken, whole = read_to(reader, b"x\n")
    assert json.loads(broken)["error_type"] == "TypeError"
    assert whole.startswith(b"1 ")
