"""Events from a `.jsonl` file: one JSON object a line, each judged alone."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from shared.events import Event, InvalidEventError, decode

BOM = b"\xef\xbb\xbf"


@dataclass(frozen=True, slots=True)
class BadLine:
    """A line that is not counted; `line` counts from 1."""

    line: int
    message: str


def read_events(lines: Iterable[bytes]) -> Iterator[Event | BadLine]:
    """The events of the lines in their order, each identity once for its lead, and what is wrong with the others.

    The same event again is passed over; the same identity with another body is a bad line, and the first stays.
    """
    seen: dict[tuple[str, str, str], tuple[int, Event]] = {}
    for number, line in enumerate(lines, start=1):
        text = line.removeprefix(BOM).strip() if number == 1 else line.strip()
        if not text:
            continue
        try:
            event = decode(text)
        except InvalidEventError as error:
            yield BadLine(number, str(error))
            continue
        first_line, first = seen.setdefault((event.subject, event.source, event.id), (number, event))
        if first is event:
            yield event
        elif first != event:
            yield BadLine(
                number, f"the event {event.id} stands on line {first_line} with another body; the first counts"
            )
