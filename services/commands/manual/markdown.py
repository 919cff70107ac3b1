"""Markdown that reads as plain text too: tables are aligned by the width of their characters."""

import re
import unicodedata
from collections.abc import Iterable, Sequence
from typing import Final

_SPECIAL: Final = re.compile(r"([\\`*<>\[\]|~#])|(?<!\w)(_)|(_)(?!\w)")
_SMALL_WORD: Final = re.compile(r"[a-z]+(?:[ ,-]|$)")
BLANK: Final = "\N{NO-BREAK SPACE}"


def safe(text: str) -> str:
    """Text of the playbook in one line, so that none of it is taken for markup."""
    return _SPECIAL.sub(lambda found: f"\\{found[0]}", " ".join(text.split()))


def heading(level: int, text: str) -> str:
    return f"{'#' * level} {text}"


def bullets(lines: Iterable[str]) -> str:
    return "\n".join(f"- {line}" for line in lines)


def quoted(text: str) -> str:
    return f"> {text}"


def table(header: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """A table with its columns padded; the cells are markup already."""
    cells = [[_begun(cell) for cell in row] for row in (header, *rows)]
    widths = [max(3, *map(width, column)) for column in zip(*cells, strict=True)]
    lines = [_row(row, widths) for row in cells]
    return "\n".join([lines[0], f"| {' | '.join('-' * one for one in widths)} |", *lines[1:]])


def _begun(cell: str) -> str:
    """A cell that begins with a word in small letters begins with a capital."""
    return cell[:1].upper() + cell[1:] if _SMALL_WORD.match(cell) else cell


def width(text: str) -> int:
    """Columns on a terminal: wide characters take two."""
    return sum(2 if unicodedata.east_asian_width(character) in "WF" else 1 for character in text)


def _row(cells: Sequence[str], widths: Sequence[int]) -> str:
    padded = (cell + " " * (wide - width(cell)) for cell, wide in zip(cells, widths, strict=True))
    return f"| {' | '.join(padded)} |"
