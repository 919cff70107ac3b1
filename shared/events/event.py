"""The CloudEvents 1.0 envelope, the registry of event types, and the ids of derived events."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import ClassVar, Literal, Protocol, Self
from uuid import UUID, uuid5

from pydantic import (
    BaseModel,
    ConfigDict,
    JsonValue,
    SerializeAsAny,
    ValidationError,
    ValidationInfo,
    field_validator,
    model_validator,
)
from pydantic_core import PydanticCustomError, from_json

from shared.events.fields import Flag, Instant, Key, Text, check_plain

BATON_NS = UUID("6f0c6a5e-1b1f-5d55-9a53-6a1f0b8f3c11")
LARGEST_EVENT_BYTES = 256 * 1024

type_registry: dict[str, type["EventData"]] = {}


class InvalidEventError(ValueError):
    """A record that is not an event of the contract; names the field and what was expected, never the value."""


class EventData(BaseModel):
    """The data of one event type; unknown fields are kept."""

    model_config = ConfigDict(frozen=True, extra="allow", populate_by_name=True, serialize_by_alias=True)
    __pydantic_extra__: dict[str, JsonValue]
    event_type: ClassVar[str] = ""
    topic: ClassVar[str] = ""

    backfill: Flag = False

    @classmethod
    def __pydantic_init_subclass__(cls, **_: object) -> None:
        name = cls.__dict__.get("event_type", "")
        if not name:
            return
        if name in type_registry:
            raise TypeError(f"two classes claim the event type {name}")
        type_registry[name] = cls

    @model_validator(mode="after")
    def _undeclared_fields_are_plain(self) -> Self:
        for name, value in (self.__pydantic_extra__ or {}).items():
            check_plain(name, "a field's name")
            check_plain(value, name)
        return self

    def value(self, name: str) -> object:
        """The field of that name, declared or not; None when it is absent."""
        found = self.__dict__.get(name)
        return found if found is not None else self.__pydantic_extra__.get(name)

    def discriminator(self) -> tuple[str | int, ...]:
        """What tells two events of this type with one cause apart; part of the derived id."""
        return ()


class UnknownActivity(EventData):
    """An activity of a type that no model declares: kept, counted, and scored only where a playbook names it."""


class Cause(Protocol):
    """What an event is derived from: an event, or the meaning of a timer."""

    @property
    def source(self) -> str: ...
    @property
    def id(self) -> str: ...
    @property
    def subject(self) -> str: ...
    @property
    def traceparent(self) -> str | None: ...
    @property
    def correlationid(self) -> str | None: ...


@dataclass(frozen=True, slots=True)
class TimerCause:
    """The meaning of a timer (lead, cycle, clock, attempt, step), never its generation."""

    source: str
    subject: str
    meaning: tuple[str | int, ...]
    traceparent: str | None = None
    correlationid: str | None = None

    @property
    def id(self) -> str:
        return json.dumps([self.subject, *self.meaning], ensure_ascii=False, separators=(",", ":"))


class Event(BaseModel):
    """A CloudEvents 1.0 event about one lead, rep or campaign (`subject`); identity is (`source`, `id`)."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    specversion: Literal["1.0"] = "1.0"
    id: Key
    source: Key
    type: Key
    subject: Key
    time: Instant
    traceparent: Text | None = None
    correlationid: Text | None = None
    causationid: Text | None = None
    schemaversion: Text | None = None
    playbookversion: Text | None = None
    receivedat: Instant | None = None
    data: SerializeAsAny[EventData]

    @model_validator(mode="before")
    @classmethod
    def _absent_data_is_empty(cls, fields: object) -> object:
        return {**fields, "data": {}} if isinstance(fields, dict) and fields.get("data") is None else fields

    @field_validator("data", mode="plain", json_schema_input_type=dict[str, JsonValue])
    @classmethod
    def _of_its_type(cls, data: object, info: ValidationInfo) -> EventData:
        if isinstance(data, EventData):
            return data
        try:
            return type_registry.get(info.data.get("type", ""), UnknownActivity).model_validate(data)
        except ValidationError as error:
            raise PydanticCustomError("event_data", "{problem}", {"problem": describe(error)}) from None

    @property
    def backfill(self) -> bool:
        return self.data.backfill

    @property
    def arrived_at(self) -> datetime:
        """The later of the event's own time and its arrival at Baton."""
        return max(self.time, self.receivedat) if self.receivedat else self.time

    @classmethod
    def caused_by(cls, cause: Cause, data: EventData, *, source: str, time: datetime, playbook: str = "") -> Self:
        """Derive an event: the same cause, type and discriminator always give the same id."""
        return cls(
            id=derived_id(cause, data.event_type, cause.subject, data.discriminator()),
            source=source,
            type=data.event_type,
            subject=cause.subject,
            time=time,
            traceparent=cause.traceparent,
            correlationid=cause.correlationid or cause.id[:200],
            causationid=cause.id[:200],
            playbookversion=playbook or None,
            data=data,
        )

    def encode(self) -> bytes:
        """The event in CloudEvents structured mode: one JSON object in UTF-8."""
        return self.model_dump_json(exclude_none=True).encode()


def derived_id(cause: Cause, event_type: str, subject: str, discriminator: tuple[str | int, ...]) -> str:
    """`uuid5(BATON_NS, json([cause source, cause id, type, subject, discriminator]))`."""
    name = [cause.source, cause.id, event_type, subject, list(discriminator)]
    return str(uuid5(BATON_NS, json.dumps(name, ensure_ascii=False, separators=(",", ":"))))


def decode(value: bytes | None, headers: Mapping[str, bytes | None] | None = None) -> Event:
    """Read an event in structured mode, or in binary mode where `ce_` headers are present.

    Raises InvalidEventError naming the field and what was expected; the text never holds the value.
    """
    if value is None:
        raise InvalidEventError("the record is a tombstone; a CloudEvents JSON object is expected")
    if len(value) > LARGEST_EVENT_BYTES:
        raise InvalidEventError(f"the record has {len(value)} bytes; at most {LARGEST_EVENT_BYTES} are expected")
    binary = bool(headers) and any(name.startswith("ce_") for name in headers or ())
    fields = _binary_fields(value, headers or {}) if binary else _json_object(value, "the record")
    try:
        return Event.model_validate(fields)
    except ValidationError as error:
        raise InvalidEventError(describe(error)) from None


def _json_object(value: bytes, what: str) -> dict[str, object]:
    try:
        parsed = from_json(value, allow_inf_nan=False)
    except ValueError as error:
        raise InvalidEventError(f"{what} is not valid JSON: {error}") from None
    if not isinstance(parsed, dict):
        raise InvalidEventError(f"{what} is a JSON {type(parsed).__name__}; a CloudEvents JSON object is expected")
    return parsed


def _binary_fields(value: bytes, headers: Mapping[str, bytes | None]) -> dict[str, object]:
    fields: dict[str, object] = {"data": _json_object(value or b"{}", "the data of the binary-mode record")}
    for name, header in headers.items():
        if not name.startswith("ce_"):
            continue
        if header is None:
            raise InvalidEventError(f"header {name} is null; UTF-8 text is expected")
        try:
            fields[name[3:]] = header.decode()
        except UnicodeDecodeError:
            raise InvalidEventError(f"header {name} is not UTF-8 text") from None
    return fields


def describe(error: ValidationError) -> str:
    """A validation error in one line, without the values that were refused."""
    problems = error.errors(include_url=False, include_context=False, include_input=False)
    return "; ".join(f"{'.'.join(map(str, p['loc'])) or 'the event'}: {p['msg']}" for p in problems[:5])
