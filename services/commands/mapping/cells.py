"""What is in a cell: text made numbers, dates, times, flags and money, or refused without repeating it."""

import re
import unicodedata
from collections.abc import Callable
from datetime import UTC, date, datetime
from decimal import Decimal
from functools import lru_cache
from typing import Literal
from zoneinfo import ZoneInfo

from pydantic import JsonValue

from services.commands.mapping.model import ISO, UNIX, UNIX_MS
from shared.worktime.hours import instant_of

_NUMBER = re.compile(r"[-+]?(?:[0-9]{1,3}(?:,[0-9]{3}){1,6}|[0-9]{1,24})(?:\.[0-9]{1,24})?(?:[eE][-+]?[0-9]{1,2})?")
_SWAPPED = str.maketrans(".,", ",.")
FLAGS = {"true": True, "yes": True, "y": True, "1": True, "false": False, "no": False, "n": False, "0": False}
TIMES_KEPT = 50_000

Reason = Literal["empty", "encoding", "number", "time", "flag", "unmapped", "partner", "event", "identity"]


class CellError(Exception):
    """A cell that is not as the mapping expects; the message holds no part of what is in it."""

    def __init__(self, column: str, reason: Reason, message: str) -> None:
        super().__init__(f"column {column}: {message}")
        self.reason = reason


class _FormError(ValueError):
    """Not the expected form; the text says what is expected."""


def outline(text: str, longest: int = 24) -> str:
    """The form of a text without its content: letters as a, digits as 9."""
    shown = "".join(_form_of(character) for character in text[:longest])
    return f"'{shown}{'…' if len(text) > longest else ''}' (letters as a, digits as 9)"


def _form_of(character: str) -> str:
    if character.isalpha():
        return "a"
    if character.isdigit():
        return "9"
    return character if character.isprintable() else " "


def checked(column: str, reason: Reason, expected: str, read: Callable[[str], JsonValue], text: str) -> JsonValue:
    """The cell's value. Raises CellError saying what was expected."""
    try:
        return read(text)
    except (ValueError, OverflowError, OSError):
        raise CellError(column, reason, f"found {outline(text)}; {expected} is expected") from None


def number(text: str, decimal: str = ".") -> int | float:
    """A number with or without thousands separators, full-width digits too. Raises ValueError."""
    written = unicodedata.normalize("NFKC", text)
    plain = written.translate(_SWAPPED) if decimal == "," else written
    if not _NUMBER.fullmatch(plain):
        raise _FormError("a number is expected")
    plain = plain.replace(",", "")
    return int(plain) if plain.lstrip("+-").isdigit() else float(plain)


def integer(text: str, decimal: str = ".") -> int:
    """A whole number; `100.0` is one. Raises ValueError."""
    value = Decimal(str(number(text, decimal)))
    if value != value.to_integral_value():
        raise _FormError("a whole number is expected")
    return int(value)


def flag(text: str) -> bool:
    """Raises ValueError for anything but the words of FLAGS, in capitals or not."""
    try:
        return FLAGS[unicodedata.normalize("NFKC", text).casefold()]
    except KeyError:
        raise _FormError("a flag is expected") from None


class TimeReader:
    """Reads the texts of a column as times by the first format that fits."""

    def __init__(self, formats: tuple[str, ...], zone: ZoneInfo | None) -> None:
        self._formats = formats
        self._zone = zone
        self.instant = lru_cache(TIMES_KEPT)(self._instant)

    @property
    def expected(self) -> str:
        by = " or ".join({ISO: "ISO 8601"}.get(written, written) for written in self._formats)
        return f"a time or date by {by}" + ("" if self._zone else ", with its offset (the mapping names no timezone),")

    def _instant(self, text: str) -> datetime:
        """In UTC; a wall time that happens twice is its first occurrence, one in a gap is the instant of the change."""
        found = self._read(text)
        if found.tzinfo is not None:
            return found.astimezone(UTC)
        if self._zone is None:
            raise _FormError("a time with its offset is expected")
        return instant_of(found, self._zone)

    def day(self, text: str) -> date:
        """The date as it is written. Raises ValueError."""
        return self._read(text).date()

    def _read(self, text: str) -> datetime:
        plain = unicodedata.normalize("NFKC", text)
        for written in self._formats:
            try:
                return _by_format(plain, written)
            except ValueError:
                continue
        raise _FormError("a time is expected")


def _by_format(text: str, written: str) -> datetime:
    if written == ISO:
        return datetime.fromisoformat(text)
    if written in {UNIX, UNIX_MS}:
        return datetime.fromtimestamp(number(text) / (1000 if written == UNIX_MS else 1), UTC)
    return datetime.strptime(text, written)  # noqa: DTZ007 - the zone is given where the text has none
