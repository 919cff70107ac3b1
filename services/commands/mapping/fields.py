"""Compiles the entries of a mapping into functions from a row's cells to values."""

from collections.abc import Callable, Mapping, Sequence
from zoneinfo import ZoneInfo

from pydantic import JsonValue

from services.commands.mapping.cells import FLAGS, CellError, TimeReader, checked, flag, integer, number, outline
from services.commands.mapping.csv_files import UNREADABLE
from services.commands.mapping.model import CellText, FieldEntry, TimeEntry, WhenEntry
from services.commands.mapping.templates import pieces

Cells = Sequence[str]
Places = Mapping[str, int]
"""Where each column stands in the cells of a row."""
ReadText = Callable[[Cells], str]
ReadValue = Callable[[Cells], JsonValue]


def column_text(places: Places, name: str) -> ReadText:
    """The text of a cell without surrounding space; raises CellError for bytes that are no text."""
    place = places[name]

    def read(cells: Cells) -> str:
        text = cells[place].strip()
        if UNREADABLE in text or "\0" in text:
            found = "a NUL character" if "\0" in text else "bytes that are not text in the file's encoding"
            raise CellError(name, "encoding", f"found {found}; text is expected")
        return text

    return read


def template_text(places: Places, template: str, *, whole: bool = False) -> ReadText:
    """The template filled in; empty where all its columns are. With `whole`, raises CellError for any empty one."""
    parts = list(pieces(template))
    readers = [column_text(places, column) if column else _always(literal) for literal, column in parts]
    columns = [(place, column) for place, (_, column) in enumerate(parts) if column]

    def read(cells: Cells) -> str:
        texts = [read_part(cells) for read_part in readers]
        empty = [column for place, column in columns if not texts[place]]
        if whole and empty:
            raise CellError(empty[0], "empty", "found nothing; text is expected")
        return "" if columns and len(empty) == len(columns) else "".join(texts)

    return read


def _always(text: str) -> ReadText:
    return lambda _: text


def holds(places: Places, condition: WhenEntry) -> Callable[[Cells], bool]:
    """Whether a row meets the condition."""
    read = column_text(places, condition.column)
    if condition.equals is not None:
        wanted = {condition.equals} if isinstance(condition.equals, str) else set(condition.equals)
        return lambda cells: read(cells) in wanted
    return lambda cells: (read(cells) == "") is condition.empty


def instant_text(places: Places, entry: TimeEntry, zone: str | None) -> ReadText:
    """The time of a row in ISO 8601, UTC; raises CellError where there is none."""
    label, read = _label(entry), _cell_text(places, entry)
    times = _times(entry, zone)

    def read_time(cells: Cells) -> str:
        text = read(cells)
        if not text:
            raise CellError(label, "empty", f"found nothing; {times.expected} is expected")
        return str(checked(label, "time", times.expected, lambda found: _iso(times, found), text))

    return read_time


def field_value(places: Places, entry: str | float | FieldEntry, zone: str | None) -> ReadValue:
    """The value of a field of data, None where it is left out; raises CellError."""
    if isinstance(entry, str):
        fill = template_text(places, entry)
        return lambda cells: fill(cells) or None
    return _entry_value(places, entry, zone) if isinstance(entry, FieldEntry) else lambda _: entry


def _entry_value(places: Places, entry: FieldEntry, zone: str | None) -> ReadValue:
    label, read = _label(entry), _cell_text(places, entry)
    convert = _conversion(places, entry, label, zone)

    def read_value(cells: Cells) -> JsonValue:
        text = read(cells)
        if text in entry.map:
            return entry.map[text]
        if text and entry.otherwise == "refuse":
            raise CellError(
                label, "unmapped", f"found {outline(text)}; one of {len(entry.map)} mapped values is expected"
            )
        if text and entry.otherwise == "keep":
            return convert(text, cells)
        if not text and entry.required:
            raise CellError(label, "empty", f"found nothing; {entry.type} is expected")
        return None

    return read_value


def _conversion(places: Places, entry: FieldEntry, label: str, zone: str | None) -> Callable[[str, Cells], JsonValue]:
    match entry.type:
        case "number":
            return lambda text, _: checked(label, "number", "a number", lambda t: number(t, entry.decimal), text)
        case "integer":
            return lambda text, _: checked(label, "number", "a whole number", lambda t: integer(t, entry.decimal), text)
        case "flag":
            return lambda text, _: checked(label, "flag", f"one of {', '.join(FLAGS)}", flag, text)
        case "date" | "time":
            return _moment(entry, label, zone)
        case "money":
            return _money(places, entry, label)
        case "text":
            return lambda text, _: text


def _moment(entry: FieldEntry, label: str, zone: str | None) -> Callable[[str, Cells], JsonValue]:
    times = _times(entry, zone)

    def read(text: str) -> str:
        return times.day(text).isoformat() if entry.type == "date" else _iso(times, text)

    return lambda text, _: checked(label, "time", times.expected, read, text)


def _money(places: Places, entry: FieldEntry, label: str) -> Callable[[str, Cells], JsonValue]:
    currency = template_text(places, entry.currency or "", whole=True)

    def read(text: str, cells: Cells) -> JsonValue:
        amount = checked(label, "number", "an amount", lambda t: number(t, entry.decimal), text)
        return {"amount": amount, "currency": currency(cells)}

    return read


def _times(entry: TimeEntry, zone: str | None) -> TimeReader:
    name = entry.timezone or zone
    return TimeReader(entry.formats, ZoneInfo(name) if name else None)


def _iso(times: TimeReader, text: str) -> str:
    return times.instant(text).isoformat().replace("+00:00", "Z")


def _label(entry: CellText) -> str:
    return entry.column or ", ".join(dict.fromkeys(name for _, name in entry.columns_read()))


def _cell_text(places: Places, entry: CellText) -> ReadText:
    return column_text(places, entry.column) if entry.column else template_text(places, entry.text or "")
