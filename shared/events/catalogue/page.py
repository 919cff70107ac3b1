"""The event catalogue as a page."""

from collections.abc import Iterator, Mapping
from datetime import timedelta

from pydantic import JsonValue

from shared.events.catalogue.schemas import meaning, schema_of
from shared.events.catalogue.topics import (
    FROM_OUTSIDE,
    MEANINGS,
    RECEIVES,
    SENDS,
    is_from_outside,
    key_of,
    specs,
    types_of,
)
from shared.events.event import type_registry
from shared.provisioning import TopicSpec

INTRODUCTION = """# Event catalogue

Made from the models by `python -m shared.events.catalogue`; do not edit it by hand.

Every event is a CloudEvents 1.0 object in structured mode: one JSON object, the same bytes as a line of a `.jsonl` \
file, as a Kafka value and in quarantine. Binary mode is accepted on input, also with an empty value, which is empty \
data; a record whose content type says `application/cloudevents` is structured, whatever other headers it has. \
Identity is (`source`, `id`); the key of the record is the `subject`. `time` is when it happened, with its zone, \
between the years 1900 and 2200; we write it in UTC.

Every data field of an activity is optional and unknown fields are kept; only a field of the wrong type is refused. \
Types that are not listed here are kept and counted, and score nothing until a playbook names them. `backfill: true` \
marks imported history, and stands in every event that is derived from it. Of a JSON key that stands twice in an \
object the last one counts. At most 256 KiB an event, numbers up to 10^15, texts up to 4,000 characters (memos and \
messages 20,000), 16 levels of nesting in fields that are not listed; no NUL characters anywhere.

The id of a derived event is `uuid5(BATON_NS, json([cause source, cause id, type, subject, discriminator]))`: the \
same cause gives the same event, however often it is read. The discriminator is what tells two events of one type \
with one cause apart. Fields marked with `*` are always there.

The same as JSON Schemas: [schemas](schemas). As AsyncAPI 3.0: [asyncapi.yaml](asyncapi.yaml)."""


def events_page(examples: Mapping[str, str]) -> str:
    """The page; `examples` are one line of JSON by type."""
    lines = [INTRODUCTION, ""]
    for spec in specs():
        lines += _topic_section(spec)
        for name in types_of(spec.name):
            lines += _event_section(name, examples[name])
    return "\n".join(lines)


def _topic_section(spec: TopicSpec) -> Iterator[str]:
    senders = FROM_OUTSIDE.get(spec.name) or ", ".join(SENDS[spec.name])
    readers = ", ".join(RECEIVES[spec.name]) or "whoever wants to; none of our services does"
    yield f"## {spec.name}"
    yield ""
    yield MEANINGS[spec.name]
    yield ""
    yield f"Key: {key_of(spec.name)}. Partitions: {spec.partitions}. Kept: {_kept(spec)}."
    yield f"Sent by: {senders}. Read by: {readers}."
    yield ""


def _kept(spec: TopicSpec) -> str:
    if spec.config.get("cleanup.policy") == "compact":
        return "the latest of each key"
    return f"{timedelta(milliseconds=int(spec.config['retention.ms'])).days} days"


def _event_section(name: str, example: str) -> Iterator[str]:
    model = type_registry[name]
    schema = schema_of(model)
    yield f"### {name}"
    yield ""
    yield meaning(model)
    yield ""
    if not is_from_outside(model.topic):
        yield f"Discriminator: {', '.join(f'`{field}`' for field in model.discriminated_by)}."
        yield ""
    yield "| field | type |"
    yield "| --- | --- |"
    yield from _rows(schema)
    yield ""
    yield "```json"
    yield example
    yield "```"
    yield ""


def _rows(schema: dict[str, JsonValue]) -> Iterator[str]:
    properties, required = schema["properties"], schema.get("required")
    if isinstance(properties, dict):
        for field, shape in properties.items():
            mark = "*" if isinstance(required, list) and field in required else ""
            yield f"| `{field}`{mark} | {_type_text(shape)} |"


def _type_text(shape: JsonValue) -> str:
    match shape:
        case {"anyOf": list(choices)}:
            return ", ".join(name for name in map(_type_text, choices) if name != "null")
        case {"enum": list(values)}:
            return " · ".join(f"`{value}`" for value in values)
        case {"$ref": str(reference)}:
            name = reference.rpartition("/")[2]
            return {"Money": "{amount, currency}", "Contribution": "{rule, event_id, time, base, decay, value}"}[name]
        case {"type": "array", "items": items}:
            return f"list of {_type_text(items)}"
        case {"type": "string", "format": str(form)}:
            return {"date-time": "time with its zone", "date": "date"}[form]
        case {"type": "object", "additionalProperties": {"type": str(kind)}}:
            return f"object of {kind}s"
        case {"type": str(kind)}:
            return {"string": "text", "boolean": "true or false", "integer": "whole number"}.get(kind, kind)
    raise ValueError(f"no words for {shape}")
