"""The mapping file: which columns of which CSV files make which events."""

import codecs
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Annotated, Literal, Self

from pydantic import AfterValidator, Field, Strict, model_validator

from services.commands.mapping.templates import RowTemplate, Template, columns_of
from shared.calendars import TimeZoneName
from shared.events import type_registry
from shared.playbook import Flag, Number, PlaybookModel, Text, Whole
from shared.playbook.positions import Path
from shared.topics import CAMPAIGN, LEAD_ACTIVITY, REP_STATUS

ColumnUse = tuple[Path, str]
"""Where in the mapping a column is named, and its name."""

ISO, UNIX, UNIX_MS = "iso", "unix", "unix_ms"
_EXAMPLE = datetime(2026, 4, 1, 9, 12, 33, tzinfo=UTC)
_CODECS = {"utf-8": "utf-8-sig", "shift_jis": "cp932"}


def _known_encoding(name: str) -> str:
    """The codec's name; UTF-8 takes a byte order mark too, Shift_JIS is what Windows means by it."""
    try:
        b"".decode(name)
        codec = codecs.lookup(name).name
    except (LookupError, ValueError):
        raise ValueError(f'unknown encoding "{name}"; utf-8 or cp932 (Japanese Excel) is expected') from None
    return _CODECS.get(codec, codec)


def _one_character(delimiter: str) -> str:
    if len(delimiter) != 1 or delimiter in '"\r\n\0':
        raise ValueError('one character is expected, such as "," or ";" or "\\t"')
    return delimiter


def _known_format(written: str) -> str:
    if written in {ISO, UNIX, UNIX_MS}:
        return written
    if "%" not in written:
        raise ValueError(f'"{written}" is no format: {ISO}, {UNIX}, {UNIX_MS} or one such as "%Y/%m/%d" is expected')
    try:
        datetime.strptime(_EXAMPLE.strftime(written), written)  # noqa: DTZ007 - only the format is tried
    except ValueError:
        raise ValueError(
            f'"{written}" is no format that can be read; one such as "%Y/%m/%d %H:%M" is expected'
        ) from None
    return written


def _made_outside(name: str) -> str:
    known = type_registry.get(name)
    if known is not None and known.topic not in {LEAD_ACTIVITY, REP_STATUS, CAMPAIGN}:
        raise ValueError(f"{name} is derived by Baton itself; an activity such as demo.requested is expected")
    return name


Encoding = Annotated[Text, AfterValidator(_known_encoding)]
Delimiter = Annotated[Text, AfterValidator(_one_character)]
TimeFormat = Annotated[Text, AfterValidator(_known_format)]
Constant = Flag | Whole | Number


class CsvForm(PlaybookModel):
    """A CSV file with a header row; the path is relative to the mapping's folder, or to `--data`."""

    path: Text
    encoding: Encoding = "utf-8-sig"
    delimiter: Delimiter = ","


class JoinEntry(CsvForm):
    """Another file, of which each row here brings in the columns of the row with the same key.

    `columns` is a list, or {name here: name there}. Without a partner the row is refused, or the columns are empty.
    """

    key: Text
    their_key: Text | None = None
    columns: tuple[Text, ...] | dict[Text, Text]
    missing: Literal["refuse", "empty"] = "refuse"

    @property
    def brought(self) -> dict[str, str]:
        """The name there by the name here."""
        return self.columns if isinstance(self.columns, dict) else {name: name for name in self.columns}

    def columns_read(self) -> Iterator[ColumnUse]:
        """The columns that the other file must have."""
        yield ("their_key",) if self.their_key else ("key",), self.their_key or self.key
        for place, (here, there) in enumerate(self.brought.items()):
            yield ("columns", here if isinstance(self.columns, dict) else place), there


class CellText(PlaybookModel):
    """What is read of a row: one column, or a text made of several."""

    column: Text | None = None
    text: Template | None = None

    @model_validator(mode="after")
    def _reads_one(self) -> Self:
        if (self.column is None) == (self.text is None):
            raise ValueError('one of column: NAME or text: "{NAME} {OTHER}" is expected')
        return self

    def columns_read(self) -> Iterator[ColumnUse]:
        if self.column is not None:
            yield ("column",), self.column
        for column in columns_of(self.text or ""):
            yield ("text",), column


class TimeEntry(CellText):
    """A time; one without an offset of its own is a wall time of `timezone`, a date alone its midnight."""

    format: TimeFormat | Annotated[tuple[TimeFormat, ...], Field(min_length=1)] = ISO
    timezone: TimeZoneName | None = None

    @property
    def formats(self) -> tuple[str, ...]:
        return self.format if isinstance(self.format, tuple) else (self.format,)


class FieldEntry(TimeEntry):
    """A field of the event's data; left out where the cell is empty. A value of `map` is taken as it stands there."""

    type: Literal["text", "number", "integer", "date", "time", "money", "flag"] = "text"
    map: dict[str, Annotated[str, Strict()] | Constant | None] = Field(default_factory=dict)
    otherwise: Literal["keep", "refuse", "omit"] = "keep"
    required: Flag = False
    decimal: Literal[".", ","] = "."
    currency: Template | None = None

    @model_validator(mode="after")
    def _fits_its_type(self) -> Self:
        if (self.type == "money") != (self.currency is not None):
            raise ValueError('type: money and currency: JPY (or a column, "{currency}") belong together')
        if self.type not in {"date", "time"} and {"format", "timezone"} & self.model_fields_set:
            raise ValueError("format and timezone are for type: date and type: time")
        if self.otherwise != "keep" and not self.map:
            raise ValueError("otherwise says what happens to values that are not in map: give a map")
        return self

    def columns_read(self) -> Iterator[ColumnUse]:
        yield from super().columns_read()
        for column in columns_of(self.currency or ""):
            yield ("currency",), column


class WhenEntry(PlaybookModel):
    """A condition on a cell: not empty, `empty: true`, or equal to a value or to one of several."""

    column: Text
    equals: Annotated[str, Strict()] | tuple[Annotated[str, Strict()], ...] | None = None
    empty: Flag = False

    @model_validator(mode="after")
    def _asks_one_thing(self) -> Self:
        if self.empty and self.equals is not None:
            raise ValueError("one of equals and empty is expected")
        return self


class EventEntry(PlaybookModel):
    """An event that a row makes, if every condition of `when` holds. `id` has to tell apart all events of a source."""

    type: Annotated[Text, AfterValidator(_made_outside)]
    subject: RowTemplate
    id: RowTemplate
    source: Template | None = None
    time: TimeEntry
    when: WhenEntry | tuple[WhenEntry, ...] = ()
    data: dict[Text, Template | Constant | FieldEntry] = Field(default_factory=dict)
    backfill: Flag | None = None

    @property
    def conditions(self) -> tuple[WhenEntry, ...]:
        return self.when if isinstance(self.when, tuple) else (self.when,)

    def columns_read(self) -> Iterator[ColumnUse]:
        for name in ("subject", "id", "source"):
            yield from (((name,), column) for column in columns_of(getattr(self, name) or ""))
        yield from _under(("time",), self.time.columns_read())
        for place, condition in enumerate(self.conditions):
            yield ("when", place, "column") if isinstance(self.when, tuple) else ("when", "column"), condition.column
        for name, field in self.data.items():
            yield from _under(("data", name), _columns_of_field(field))


class FileEntry(CsvForm):
    """A file whose every row makes events."""

    joins: tuple[JoinEntry, ...] = ()
    events: Annotated[tuple[EventEntry, ...], Field(min_length=1)]

    def columns_read(self) -> Iterator[ColumnUse]:
        """The columns that the file, or a file joined to it, must have."""
        for place, join in enumerate(self.joins):
            yield ("joins", place, "key"), join.key
        for place, event in enumerate(self.events):
            yield from _under(("events", place), event.columns_read())


class MappingFile(PlaybookModel):
    """The whole mapping; `source`, `timezone` and `backfill` hold where an event says nothing else."""

    source: Template = "urn:csv"
    timezone: TimeZoneName | None = None
    backfill: Flag = False
    files: Annotated[tuple[FileEntry, ...], Field(min_length=1)]

    def columns_read(self) -> Iterator[ColumnUse]:
        """The columns that a file must have whose events name no source of their own."""
        yield from ((("source",), column) for column in columns_of(self.source))


def _columns_of_field(field: str | float | FieldEntry) -> Iterator[ColumnUse]:
    if isinstance(field, FieldEntry):
        yield from field.columns_read()
    elif isinstance(field, str):
        yield from (((), column) for column in columns_of(field))


def _under(path: Path, uses: Iterator[ColumnUse]) -> Iterator[ColumnUse]:
    return (((*path, *place), column) for place, column in uses)
