"""Makes events of rows, each read back through the contract; what cannot be made is listed by file and line."""

import json
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field

from pydantic import JsonValue

from services.commands.mapping.cells import CellError
from services.commands.mapping.fields import (
    Cells,
    Places,
    ReadText,
    ReadValue,
    field_value,
    holds,
    instant_text,
    template_text,
)
from services.commands.mapping.model import EventEntry, MappingFile
from shared.event_files import BadLine, EventLine
from shared.events import InvalidEventError, decode

_SAME_ID = (
    "an earlier row made another event with this id, and that one counts; an id that differs is expected: "
    "name more columns in id"
)


@dataclass(frozen=True, slots=True)
class BadRow(BadLine):
    """A row, or an event of one, that is left out; `reason` is a short class for counting."""

    reason: str


@dataclass(slots=True)
class Tally:
    """What an import came to; `repeated` events were made twice alike and are sent once."""

    rows: int = 0
    events: int = 0
    repeated: int = 0
    refused_rows: int = 0
    reasons: Counter[str] = field(default_factory=Counter)
    _last_place: str = ""

    def count(self, made: EventLine | BadRow) -> None:
        if isinstance(made, EventLine):
            self.events += 1
            return
        self.reasons[made.reason] += 1
        self.refused_rows += made.place != self._last_place
        self._last_place = made.place


class EventMaker:
    """One event entry of the mapping, compiled for the columns of its file."""

    def __init__(self, entry: EventEntry, mapping: MappingFile, places: Places) -> None:
        self.type = entry.type
        self._applies: Sequence[Callable[[Cells], bool]] = [holds(places, one) for one in entry.conditions]
        self._subject = template_text(places, entry.subject, whole=True)
        self._id = template_text(places, entry.id, whole=True)
        self._source = template_text(places, entry.source or mapping.source, whole=True)
        self._time: ReadText = instant_text(places, entry.time, mapping.timezone)
        self._fields: Sequence[tuple[str, ReadValue]] = [
            (name, field_value(places, one, mapping.timezone)) for name, one in entry.data.items()
        ]
        backfill = mapping.backfill if entry.backfill is None else entry.backfill
        self._always: dict[str, JsonValue] = {"backfill": True} if backfill else {}

    def make(self, place: str, cells: Cells) -> EventLine | None:
        """The row's event; None where `when` does not hold. Raises CellError and InvalidEventError."""
        if not all(applies(cells) for applies in self._applies):
            return None
        values = ((name, read(cells)) for name, read in self._fields)
        event = {
            "specversion": "1.0",
            "id": self._id(cells),
            "source": self._source(cells),
            "type": self.type,
            "subject": self._subject(cells),
            "time": self._time(cells),
            "data": {**{name: value for name, value in values if value is not None}, **self._always},
        }
        value = json.dumps(event, ensure_ascii=False, separators=(",", ":")).encode()
        return EventLine(place, decode(value), value)


def once_each(made: Iterable[EventLine | BadRow], tally: Tally) -> Iterator[EventLine | BadRow]:
    """Pass over events made before; the same identity with another body is refused, and the first stays.

    Keeps two hashes an event, no bodies.
    """
    bodies: dict[int, int] = {}
    for one in made:
        if isinstance(one, BadRow):
            yield one
            continue
        event, body, known = one.event, hash(one.value), len(bodies)
        if bodies.setdefault(hash((event.subject, event.source, event.id)), body) != body:
            yield bad_row(one.place, "identity", f"{event.type}: {_SAME_ID}")
        elif len(bodies) > known:
            yield one
        else:
            tally.repeated += 1


def make_events(makers: Sequence[EventMaker], place: str, cells: Cells) -> Iterator[EventLine | BadRow]:
    """The events of one row; one that cannot be made does not keep back the others."""
    for maker in makers:
        try:
            made = maker.make(place, cells)
        except CellError as error:
            yield bad_row(place, error.reason, str(error))
        except InvalidEventError as error:
            yield bad_row(place, "event", f"{maker.type}: {error}")
        else:
            if made is not None:
                yield made


def bad_row(place: str, reason: str, message: str) -> BadRow:
    return BadRow(place, message, reason)
