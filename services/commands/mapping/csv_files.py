"""Reads CSV files as companies export them: row by row, a broken row never in the way of the next."""

import csv
import io
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from services.commands.mapping.model import CsvForm
from shared.playbook.scalars import shortened

UNREADABLE = "\ufffd"
"""Stands for bytes that are not text in the file's encoding."""


class CsvFileError(Exception):
    """A file of which no row can be read; says what to mend."""


@dataclass(frozen=True, slots=True)
class Row:
    """A row with as many cells as the header; `line` is where it begins, from 1."""

    line: int
    cells: list[str]


@dataclass(frozen=True, slots=True)
class BrokenRow:
    """A row that has not the shape of the others."""

    line: int
    reason: str
    message: str


class CsvFile:
    """An open file; `header` holds the names of its columns without surrounding space."""

    def __init__(self, stream: io.BufferedReader, form: CsvForm) -> None:
        self._stream = stream
        text = io.TextIOWrapper(stream, form.encoding, errors="replace", newline="")
        self._reader = csv.reader(text, delimiter=form.delimiter, strict=True)
        self.header = _checked_header(self._reader, form)

    @property
    def read_bytes(self) -> int:
        return self._stream.tell()

    def rows(self) -> Iterator[Row | BrokenRow]:
        """Every row below the header; blank lines are passed over."""
        while True:
            line = self._reader.line_num + 1
            try:
                cells = next(self._reader)
            except StopIteration:
                return
            except csv.Error as error:
                yield BrokenRow(line, "quotes", _quoting(error, line, self._reader.line_num))
                continue
            if len(cells) == len(self.header):
                yield Row(line, cells)
            elif cells:
                yield BrokenRow(line, "columns", _width(len(cells), len(self.header)))


@contextmanager
def open_csv(path: Path, form: CsvForm) -> Iterator[CsvFile]:
    """Open a file and read its header. Raises CsvFileError."""
    try:
        stream = path.open("rb")
    except OSError as error:
        raise CsvFileError(f"{path} cannot be read: {error.strerror}") from None
    with stream:
        yield CsvFile(stream, form)


def _checked_header(reader: "Iterator[list[str]]", form: CsvForm) -> list[str]:
    try:
        header = [name.strip() for name in next(reader)]
    except (StopIteration, csv.Error):
        raise CsvFileError(f"{form.path} is empty; a first row with the names of the columns is expected") from None
    except UnicodeError:
        raise CsvFileError(_not_text(form)) from None
    if any(UNREADABLE in name or "\0" in name for name in header):
        raise CsvFileError(_not_text(form))
    return header


def _not_text(form: CsvForm) -> str:
    other = "utf-8" if form.encoding == "cp932" else "cp932"
    return f"the header of {form.path} is not {form.encoding.removesuffix('-sig')} text; try encoding: {other}"


def _quoting(error: csv.Error, first: int, last: int) -> str:
    lost = f"; lines {first} to {last} are left out" if last > first else ""
    if "expected after" in str(error):
        return f'found text after a closing quote{lost}; a delimiter is expected, and a quote in a cell is written ""'
    return f"found a quoted cell without its end{lost}; a closing quote is expected"


def _width(found: int, expected: int) -> str:
    delimiter = "; is it another delimiter?" if found == 1 else ""
    return f"found {found} cells; {expected} are expected as in the header{delimiter}"


def same_name_twice(header: list[str], name: str) -> str:
    places = [str(place) for place, one in enumerate(header, start=1) if one == name]
    return (
        f"the column {shortened(name)} is there {len(places)} times (columns {', '.join(places)}); rename all but one"
    )
