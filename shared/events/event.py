"""The CloudEvents 1.0 envelope, and the registry of event types."""

from collections.abc import Sequence
from datetime import datetime
from typing import ClassVar, Literal, Self

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
from pydantic_core import PydanticCustomError

from shared.events.causes import Cause, derived_id
from shared.events.fields import Flag, Instant, Key, PlainName, PlainValue, Text, in_range
from shared.events.wording import OF_THE_DATA, describe

type_registry: dict[str, type["EventData"]] = {}


class EventData(BaseModel):
    """The data of one event type; unknown fields are kept."""

    model_config = ConfigDict(frozen=True, extra="allow", populate_by_name=True, serialize_by_alias=True)
    __pydantic_extra__: dict[PlainName, PlainValue]
    event_type: ClassVar[str] = ""
    topic: ClassVar[str] = ""
    discriminated_by: ClassVar[tuple[str, ...]] = ()
    """The fields that tell two events of this type with one cause apart; part of the derived id."""

    backfill: Flag = False

    @classmethod
    def __pydantic_init_subclass__(cls, **_: object) -> None:
        name = cls.__dict__.get("event_type", "")
        if not name:
            return
        if name in type_registry:
            raise TypeError(f"two classes claim the event type {name}")
        type_registry[name] = cls

    def value(self, name: str) -> object:
        """The field of that name, declared or not; None when it is absent."""
        found = self.__dict__.get(name)
        return found if found is not None else self.__pydantic_extra__.get(name)

    def discriminator(self) -> Sequence[str | int]:
        """The values of what the type is discriminated by."""
        return [self.__dict__[name] for name in self.discriminated_by]


class UnknownActivity(EventData):
    """An activity of a type that no model declares: kept, counted, and scored only where a playbook names it."""


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
        if not isinstance(data, dict):
            if isinstance(data, EventData):
                return data
            raise PydanticCustomError("event_data", "a JSON object is expected")
        try:
            return type_registry.get(info.data.get("type", ""), UnknownActivity).model_validate(data)
        except ValidationError as error:
            raise PydanticCustomError(OF_THE_DATA, "{problem}", {"problem": describe(error, "data")}) from None

    @property
    def backfill(self) -> bool:
        return self.data.backfill

    @property
    def arrived_at(self) -> datetime:
        """The later of the event's own time and its arrival at Baton."""
        return max(self.time, self.receivedat) if self.receivedat else self.time

    @classmethod
    def caused_by(cls, cause: Cause, data: EventData, *, source: str, time: datetime, playbook: str = "") -> Self:
        """Derive an event: the same cause, type and discriminator always give the same id.

        What comes from a valid cause and valid data is not validated again; only the time is, which is computed.
        Raises ValueError for a time without zone or out of range.
        """
        cause_id = cause.id[:200]
        return cls._trusted(
            {
                "specversion": "1.0",
                "id": derived_id(cause, data.event_type, cause.subject, data.discriminator()),
                "source": source,
                "type": data.event_type,
                "subject": cause.subject,
                "time": in_range(time),
                "traceparent": cause.traceparent,
                "correlationid": cause.correlationid or cause_id,
                "causationid": cause_id,
                "schemaversion": None,
                "playbookversion": playbook or None,
                "receivedat": None,
                "data": data,
            }
        )

    @classmethod
    def _trusted(cls, fields: dict[str, object]) -> Self:
        """An event of all its fields, as they are: pydantic's `model_construct`, without its search for aliases."""
        event = cls.__new__(cls)
        object.__setattr__(event, "__dict__", fields)
        object.__setattr__(event, "__pydantic_fields_set__", set(fields))
        object.__setattr__(event, "__pydantic_extra__", None)
        object.__setattr__(event, "__pydantic_private__", None)
        return event

    def encode(self) -> bytes:
        """The event in CloudEvents structured mode: one JSON object in UTF-8."""
        return self.model_dump_json(exclude_none=True).encode()
