"""The documents of the contract, made from the models: `python -m shared.events.catalogue` writes them anew."""

import json
from collections.abc import Iterator
from pathlib import Path

import yaml
from pydantic import JsonValue

from shared.events.activities import ActivityData
from shared.events.event import Event, EventData, type_registry
from shared.events.samples import sample
from shared.provisioning import TopicSpec, read_topics
from shared.settings import REPOSITORY
from shared.topics import CAMPAIGN, LEAD_ACTIVITY, LEAD_ALERTED, LEAD_HANDOFF, LEAD_QUALIFIED, LEAD_SCORED, REP_STATUS

DOCS = REPOSITORY / "docs"
SENDS = {LEAD_SCORED: ["scoring"], LEAD_QUALIFIED: ["scoring"], LEAD_HANDOFF: ["routing"], LEAD_ALERTED: ["alerts"]}
RECEIVES = {
    LEAD_ACTIVITY: ["scoring", "routing", "alerts", "kpi"],
    LEAD_QUALIFIED: ["routing", "alerts", "kpi"],
    LEAD_HANDOFF: ["alerts", "kpi"],
    LEAD_ALERTED: ["kpi"],
    REP_STATUS: ["routing"],
    CAMPAIGN: ["kpi"],
}
FROM_OUTSIDE = "upstream systems"
KEYS = {REP_STATUS: "the rep's id", CAMPAIGN: "the campaign's id"}
DISCRIMINATORS = {
    "lead.scored": "version",
    "lead.qualified": "cycle",
    "lead.cooled": "cycle",
    "lead.stale": "stage, cycle",
    "stage.changed": "cycle, to, revision",
    "stage.refused": "refused_source, refused_id, revision",
    "handoff.changed": "team, cycle, attempt, status",
    "lead.": "team, cycle, attempt",
    "clock.": "team, clock, cycle, attempt, step",
    "alert.": "alert_id",
}


def documents() -> dict[Path, str]:
    """Every generated file, by its path below `docs/`."""
    files = {Path("events.md"): _events_page(), Path("asyncapi.yaml"): _asyncapi()}
    for name in type_registry:
        files[Path("schemas") / f"{name}.schema.json"] = _json(envelope_schema(name))
    return files


def envelope_schema(event_type: str) -> dict[str, JsonValue]:
    """The JSON Schema of a whole event of that type: the CloudEvents envelope around its data."""
    model = type_registry[event_type]
    envelope, data = Event.model_json_schema(), model.model_json_schema()
    definitions = {**envelope.pop("$defs", {}), **data.pop("$defs", {})}
    data.pop("title", None)
    properties = envelope["properties"]
    properties["type"] = {"const": event_type}
    properties["data"] = data
    required = [name for name in envelope["required"] if name != "data"]
    schema = {**envelope, "$schema": "https://json-schema.org/draft/2020-12/schema", "title": event_type}
    return {**schema, "description": _meaning(model), "required": required, "$defs": definitions}


def _meaning(model: type[EventData]) -> str:
    return " ".join((model.__doc__ or "").split())


def _by_topic() -> dict[str, list[str]]:
    found: dict[str, list[str]] = {spec.name: [] for spec in read_topics().topics}
    for name, model in type_registry.items():
        found[model.topic].append(name)
    return found


def _events_page() -> str:
    lines = ["# Event catalogue", "", INTRODUCTION]
    for spec in read_topics().topics:
        lines += _topic_section(spec)
        for name in _by_topic()[spec.name]:
            lines += _event_section(name)
    return "\n".join(lines) + "\n"


INTRODUCTION = """Made from the models by `python -m shared.events.catalogue`; do not edit it by hand.

Every event is a CloudEvents 1.0 object in structured mode: one JSON object, the same bytes as a line of a `.jsonl`
file, as a Kafka value and in quarantine. Binary mode is accepted on input. Identity is (`source`, `id`); the key of
the record is the `subject`. Every data field of an activity is optional and unknown fields are kept; only a field of
the wrong type is refused. Types that are not listed here are kept and counted, and score nothing until a playbook
names them. The id of a derived event is `uuid5(BATON_NS, json([cause source, cause id, type, subject,
discriminator]))`.
"""


def _topic_section(spec: TopicSpec) -> Iterator[str]:
    yield f"## `{spec.name}`"
    yield ""
    yield f"Key: {KEYS.get(spec.name, 'the lead id')}. Partitions: {spec.partitions}."
    yield f"Sent by {', '.join(SENDS.get(spec.name, [FROM_OUTSIDE]))};"
    yield f"read by {', '.join(RECEIVES.get(spec.name, ['nobody here: for others to read']))}."
    yield ""


def _event_section(name: str) -> Iterator[str]:
    model = type_registry[name]
    yield f"### `{name}`"
    yield ""
    yield _meaning(model)
    yield ""
    if not issubclass(model, ActivityData) and model.topic not in (REP_STATUS, CAMPAIGN):
        yield f"Discriminator: {_discriminator(name)}."
        yield ""
    yield "| field | type |"
    yield "| --- | --- |"
    for field, shape in model.model_json_schema()["properties"].items():
        yield f"| `{field}` | {_type_text(shape)} |"
    yield ""
    yield "```json"
    yield sample(name).encode().decode()
    yield "```"
    yield ""


def _discriminator(name: str) -> str:
    return DISCRIMINATORS.get(name) or DISCRIMINATORS[name.partition(".")[0] + "."]


def _type_text(shape: dict[str, JsonValue]) -> str:
    match shape:
        case {"anyOf": list(choices)}:
            named = [_type_text(choice) for choice in choices if isinstance(choice, dict)]
            return ", ".join(name for name in named if name != "null")
        case {"enum": list(values)}:
            return " · ".join(f"`{value}`" for value in values)
        case {"$ref": str(reference)}:
            return {"Money": "{amount, currency}"}.get(reference.rpartition("/")[2], reference.rpartition("/")[2])
        case {"type": "array", "items": dict(items)}:
            return f"list of {_type_text(items)}"
        case {"type": "string", "format": str(form)}:
            return {"date-time": "time with its zone", "date": "date"}.get(form, form)
        case {"type": str(kind)}:
            return {"string": "text", "boolean": "true or false"}.get(kind, kind)
        case _:
            return "anything"


def _asyncapi() -> str:
    by_topic = _by_topic()
    channels: dict[str, JsonValue] = {}
    for spec in read_topics().topics:
        channels[spec.name] = {
            "address": spec.name,
            "description": f"Key: {KEYS.get(spec.name, 'the lead id')}.",
            "messages": {name: {"$ref": f"#/components/messages/{name}"} for name in by_topic[spec.name]},
            "bindings": {"kafka": {"topic": spec.name, "partitions": spec.partitions}},
        }
    document: dict[str, JsonValue] = {
        "asyncapi": "3.0.0",
        "info": {"title": "Baton", "version": "1", "description": "Hands B2B leads on without dropping one."},
        "defaultContentType": "application/cloudevents+json",
        "channels": channels,
        "operations": _operations(),
        "components": {"messages": {name: _message(name) for name in type_registry}},
    }
    return str(yaml.safe_dump(document, sort_keys=False, allow_unicode=True, width=120))


def _operations() -> dict[str, JsonValue]:
    found: dict[str, JsonValue] = {}
    for action, services_of in (("send", SENDS), ("receive", RECEIVES)):
        for topic, services in services_of.items():
            for service in services:
                found[f"{service}.{action}.{topic}"] = {
                    "action": action,
                    "channel": {"$ref": f"#/channels/{topic}"},
                    "tags": [{"name": service}],
                }
    return found


def _message(name: str) -> JsonValue:
    return {
        "name": name,
        "title": name,
        "summary": _meaning(type_registry[name]),
        "payload": {"$ref": f"schemas/{name}.schema.json"},
    }


def _json(value: JsonValue) -> str:
    return json.dumps(value, ensure_ascii=False, indent=2, sort_keys=True) + "\n"


def write() -> None:
    """Write every document; those of types that are no more are removed."""
    files = documents()
    for path in (DOCS / "schemas").glob("*.schema.json"):
        if path.relative_to(DOCS) not in files:
            path.unlink()
    for name, text in files.items():
        (DOCS / name).parent.mkdir(parents=True, exist_ok=True)
        (DOCS / name).write_text(text)


if __name__ == "__main__":
    write()
