"""Text for Slack: escaped, in one line, cut to a length, and times as people write them."""

import re
from datetime import datetime
from zoneinfo import ZoneInfo

from services.alerts.words import Words

_CODE = re.compile(r"[a-z][a-z0-9]*(_[a-z0-9]+)+")
_ENTITIES = {"&": "&amp;", "<": "&lt;", ">": "&gt;"}


def escaped(text: str, longest: int) -> str:
    """Text from outside that cannot mention, link or break a line; at most `longest` characters, escapes included.

    Without `<` there is no `<!channel>`, `<@user>` or link: https://docs.slack.dev/messaging/formatting-message-text
    """
    pieces: list[str] = []
    left = longest
    line = " ".join("".join(c if c.isprintable() else " " for c in text).split())
    for position, character in enumerate(line):
        piece = _ENTITIES.get(character, character)
        room_for_more = 1 if position + 1 < len(line) else 0
        if len(piece) + room_for_more > left:
            return "".join(pieces) + "…"
        pieces.append(piece)
        left -= len(piece)
    return "".join(pieces)


def plain_words(text: str) -> str:
    """A code such as `budget_frozen` as words; anything else as it is."""
    return text.replace("_", " ") if _CODE.fullmatch(text) else text


def moment(at: datetime, zone: str, words: Words) -> str:
    """An instant with its weekday, such as `Wed 1 Apr, 10:15`."""
    local = at.astimezone(ZoneInfo(zone))
    return words.moment.format(
        weekday=words.weekdays[local.weekday()],
        day=local.day,
        month=words.months[local.month - 1],
        time=f"{local:%H:%M}",
    )


def zone_name(at: datetime, zone: str) -> str:
    """The zone's short name at that instant, such as `JST`."""
    return at.astimezone(ZoneInfo(zone)).tzname() or zone


def day(at: datetime, zone: str, words: Words) -> str:
    """The date of an instant in the zone, without its year."""
    local = at.astimezone(ZoneInfo(zone))
    return words.day.format(day=local.day, month=words.months[local.month - 1])


def date(at: datetime, zone: str, words: Words) -> str:
    """The date of an instant in the zone, with its year."""
    local = at.astimezone(ZoneInfo(zone))
    return words.date.format(day=local.day, month=words.months[local.month - 1], year=local.year)


def number(value: float) -> str:
    """Points as people read them: at most one decimal, no `.0`."""
    return f"{value:.1f}".removesuffix(".0")
