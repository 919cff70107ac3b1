"""Event files: one CloudEvents JSON object a line, exactly the bytes that stand in Kafka."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from shared.events import Event, InvalidEventError, UnknownActivity, decode
from shared.topics import LEAD_ACTIVITY

BOM = b"\xef\xbb\xbf"


@dataclass(frozen=True, slots=True)
class EventLine:
    """An event and its own bytes, ready to be sent; `place` is file:line."""

    place: str
    event: Event
    value: bytes

    @property
    def topic(self) -> str:
        return LEAD_ACTIVITY if isinstance(self.event.data, UnknownActivity) else self.event.data.topic

    @property
    def key(self) -> str:
        return self.event.subject


@dataclass(frozen=True, slots=True)
class BadLine:
    """A line that is no event: `file:line: message`."""

    place: str
    message: str

    def __str__(self) -> str:
        return f"{self.place}: {self.message}"


def read_lines(lines: Iterable[bytes], name: str) -> Iterator[EventLine | BadLine]:
    """The events of a file, good and bad ones in their order; blank lines are passed over."""
    for number, line in enumerate(lines, start=1):
        value = (line.removeprefix(BOM) if number == 1 else line).strip()
        if not value:
            continue
        try:
            yield EventLine(f"{name}:{number}", decode(value), value)
        except InvalidEventError as error:
            yield BadLine(f"{name}:{number}", str(error))


def once_each(lines: Iterable[EventLine | BadLine]) -> Iterator[EventLine | BadLine]:
    """Pass over repeats of a lead's event; the same identity with another body is a bad line, and the first stays."""
    seen: dict[tuple[str, str, str], EventLine] = {}
    for line in lines:
        if isinstance(line, BadLine):
            yield line
            continue
        event = line.event
        first = seen.setdefault((event.subject, event.source, event.id), line)
        if first is line:
            yield line
        elif first.event != event:
            yield BadLine(
                line.place, f"the event {event.id} stands at {first.place} with another body; the first counts"
            )
