"""What is said of a quarantined record, and what a mended one has to be."""

import base64
import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Self

from services.commands.operations import SERVICES
from services.commands.output import RefusalError
from shared.event_files import BOM, EventLine
from shared.events import InvalidEventError, decode
from shared.quarantine import Kept

REASONS = {
    "invalid": "It is not an event of the contract, so no service took it, and as it is it will be refused again.",
    "conflict": "An event with this source and id came before, with another body, and that one counts.",
    "handler": "The service failed on it; other services may have taken it.",
    "future": "Its time lies ahead; it is tried again by itself when that time comes.",
}

UNKNOWN = "is not in quarantine: see `baton quarantine list`"

NEEDS_NEW_ID = (
    "has the id of the record that it mends. Other services have taken that id with the old content: they would hold "
    "the mended event for a repeat, or for a conflict. Give it a new id; causationid will name the old one"
)


@dataclass(frozen=True, slots=True, order=True)
class Ref:
    """A quarantined record on the command line: `scoring/17`."""

    service: str
    id: int

    @classmethod
    def parse(cls, text: str) -> Self:
        """Raises RefusalError."""
        service, _, number = text.partition("/")
        if service not in SERVICES or not number.isascii() or not number.isdigit() or len(number) > 18:
            raise RefusalError(
                f"{text!r} names no record: one such as {SERVICES[0]}/17 is expected, as `list` shows them"
            )
        return cls(service, int(number))

    def __str__(self) -> str:
        return f"{self.service}/{self.id}"


def age_in_words(age: timedelta) -> str:
    """The largest whole unit."""
    seconds = max(0, int(age.total_seconds()))
    for unit, length in (("d", 86_400), ("h", 3_600), ("m", 60)):
        if seconds >= length:
            return f"{seconds // length}{unit}"
    return f"{seconds}s"


def described(ref: Ref, kept: Kept, *, whole: bool = False) -> dict[str, object]:
    """The record as plain values; with its key, headers and bytes when `whole`."""
    record = kept.record
    shown: dict[str, object] = {
        "id": str(ref),
        "reason": kept.reason,
        "error": kept.error,
        "status": kept.status,
        "topic": record.topic,
        "partition": record.partition,
        "offset": record.offset,
        "created_at": kept.created_at.isoformat(),
        "retry_at": kept.retry_at and kept.retry_at.isoformat(),
        "attempts": kept.attempts,
    }
    if whole:
        shown["appended_at"] = record.appended_at.isoformat()
        shown["key"] = _text(record.key)
        shown["headers"] = {name: _text(value) for name, value in record.headers}
        shown["value"] = _text(record.value)
    return shown


def _text(value: bytes | None) -> str | None:
    """UTF-8 text, or `base64:…` for other bytes."""
    if value is None:
        return None
    try:
        return value.decode()
    except UnicodeDecodeError:
        return f"base64:{base64.b64encode(value).decode()}"


def how_to_mend(ref: Ref, kept: Kept) -> str:
    """What can be done about the record, in words."""
    if kept.status == "done":
        return "It is done: nothing has to be mended."
    mend = f"To mend it, save the event to a file, correct it, then: baton quarantine retry {ref} --with FILE"
    new_id = "" if nobody_took(kept) else " Give the mended event an id of its own."
    again = "" if kept.reason == "invalid" else f"\nTo try it as it is: baton quarantine retry {ref}"
    return f"{REASONS.get(kept.reason, '')}\n{mend}{new_id}{again}".strip()


def nobody_took(kept: Kept) -> bool:
    """Whether no service at all has taken the record in its old form: all of them read it alike."""
    return kept.reason == "invalid" or kept.status == "future"


def mended_event(kept: Kept, content: bytes, name: str) -> EventLine:
    """The event to be published in place of the record, with `causationid`. Raises RefusalError."""
    try:
        event = decode(content.removeprefix(BOM).strip())
    except InvalidEventError as error:
        raise RefusalError(f"{name} is no event: {error}") from None
    fields: dict[str, object] = json.loads(content.removeprefix(BOM))
    was = _identity(kept)
    if was == (event.source, event.id):
        if not nobody_took(kept):
            raise RefusalError(f"{name} {NEEDS_NEW_ID}")
    elif event.causationid is None:
        fields["causationid"] = was[1] if was else place_of(kept)
    value = json.dumps(fields, ensure_ascii=False, separators=(",", ":")).encode()
    return EventLine(name, decode(value), value)


def _identity(kept: Kept) -> tuple[str, str] | None:
    """(source, id) of the record as it came, as far as it can be read."""
    try:
        event = decode(kept.record.value, kept.record.header_map)
    except InvalidEventError:
        return _written_identity(kept.record.value or b"")
    return event.source, event.id


def _written_identity(value: bytes) -> tuple[str, str] | None:
    try:
        fields = json.loads(value)
    except ValueError:
        return None
    match fields:
        case {"source": str(source), "id": str(event_id)} if 0 < len(event_id) <= 200:
            return source, event_id
        case _:
            return None


def place_of(kept: Kept) -> str:
    """topic/partition/offset."""
    return f"{kept.record.topic}/{kept.record.partition}/{kept.record.offset}"


def is_same_record(one: Kept, other: Kept) -> bool:
    """Whether two services refused the same record; a topic made anew has other records at the same offsets."""
    return (place_of(one), one.record.appended_at) == (place_of(other), other.record.appended_at)


def why_not_released(kept: Kept | None) -> str:
    """Why a record was not released."""
    if kept is None:
        return UNKNOWN
    return "is done already" if kept.status == "done" else "is released already and waits for its service"


def refs(texts: Sequence[str]) -> list[Ref]:
    """The records named, each once. Raises RefusalError."""
    return sorted({Ref.parse(text) for text in texts})
