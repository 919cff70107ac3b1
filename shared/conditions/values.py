"""How the values of fields compare: text by NFKC and case folding, numbers with numbers, dates as instants."""

import re
import unicodedata
from datetime import UTC, date, datetime, time

NOTHING = object()

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_DAY = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")


def fold(text: str) -> str:
    """The text as it is compared: NFKC, case folded, NFKC again because folding can undo it."""
    if text.isascii():
        return text.casefold()
    return unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", text).casefold())


def comparable(value: object) -> object:
    """A hashable that equals another's exactly when the values are equal; NOTHING for what is absent or compound."""
    if isinstance(value, str):
        return fold(value)
    if isinstance(value, bool):
        return ("flag", value)
    if isinstance(value, int | float):
        return value
    return fold(value.isoformat()) if isinstance(value, date) else NOTHING


def number_of(value: object) -> float | None:
    """The number itself; None for anything else, true and false included."""
    return value if isinstance(value, int | float) and not isinstance(value, bool) else None


def seconds_of(value: object) -> float | None:
    """Seconds since 1970 of an ISO 8601 date (its midnight) or time, in UTC unless it has a zone; None for the rest."""
    instant = _instant_of(value)
    return None if instant is None else (instant - _EPOCH).total_seconds()


def _instant_of(value: object) -> datetime | None:
    if isinstance(value, str) and _DAY.match(value):
        try:
            value = datetime.fromisoformat(value)
        except ValueError:
            return None
    if isinstance(value, datetime):
        return value if value.tzinfo else value.replace(tzinfo=UTC)
    return datetime.combine(value, time(), UTC) if isinstance(value, date) else None
