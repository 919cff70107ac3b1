"""Event files: one CloudEvents JSON object a line, exactly the bytes that stand in Kafka."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from shared.events import Event, InvalidEventError, UnknownActivity, decode
from shared.topics import LEAD_ACTIVITY


@dataclass(frozen=True, slots=True)
class Line:
    """An event and its own bytes, ready to be sent."""

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


def read_lines(lines: Iterable[bytes], name: str) -> Iterator[Line | BadLine]:
    """The events of a file, good and bad ones in their order; blank lines are passed over."""
    for number, line in enumerate(lines, start=1):
        value = line.strip()
        if not value:
            continue
        try:
            yield Line(decode(value), value)
        except InvalidEventError as error:
            yield BadLine(f"{name}:{number}", str(error))


def once_each(lines: Iterable[Line | BadLine], name: str) -> Iterator[Line | BadLine]:
    """Pass over repeats of an event; the same identity with another body is a bad line, and the first stays."""
    seen: dict[tuple[str, str, str], bytes] = {}
    for line in lines:
        if isinstance(line, BadLine):
            yield line
            continue
        event = line.event
        first = seen.setdefault((event.subject, event.source, event.id), line.value)
        if first is line.value:
            yield line
        elif first != line.value:
            yield BadLine(
                name, f"event {event.id} of {event.source} stands there twice with different bodies; the first counts"
            )
