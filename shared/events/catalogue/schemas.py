"""JSON Schemas of the events, for who writes or reads them in another language."""

from typing import TypeAlias

from pydantic import BaseModel, JsonValue
from pydantic.json_schema import GenerateJsonSchema, JsonSchemaValue
from pydantic_core import core_schema

from shared.events.event import Event, EventData, type_registry

Schema: TypeAlias = dict[str, JsonValue]
DIALECT = "http://json-schema.org/draft-07/schema#"
"""The one that AsyncAPI and editors read."""


class _Portable(GenerateJsonSchema):
    """Writes the anchors of regular expressions as all dialects read them."""

    def str_schema(self, schema: core_schema.StringSchema) -> JsonSchemaValue:
        found = super().str_schema(schema)
        if "pattern" in found:
            found["pattern"] = found["pattern"].replace(r"\A", "^").replace(r"\z", "$")
        return found


def schema_of(model: type[BaseModel]) -> Schema:
    return model.model_json_schema(schema_generator=_Portable)


def envelope_schema(event_type: str) -> Schema:
    """The JSON Schema of a whole event of that type: the CloudEvents envelope around its data."""
    model = type_registry[event_type]
    envelope, data = (
        Event.model_json_schema(schema_generator=_Portable),
        model.model_json_schema(schema_generator=_Portable),
    )
    definitions = {**envelope.pop("$defs", {}), **data.pop("$defs", {})}
    data.pop("title", None)
    envelope["properties"] |= {"type": {"const": event_type}, "data": data}
    required = ["specversion", *(name for name in envelope["required"] if name != "data")]
    needed = ["data"] if data.get("required") else []
    described = {"title": event_type, "description": meaning(model), "required": [*required, *needed]}
    return {**envelope, "$schema": DIALECT, **described, **({"$defs": definitions} if definitions else {})}


def meaning(model: type[EventData]) -> str:
    """What the type means, in one line."""
    return " ".join((model.__doc__ or "").split())
