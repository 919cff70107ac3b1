"""The contract as one AsyncAPI 3.0 document; payloads are the JSON Schemas beside it."""

import yaml
from pydantic import JsonValue

from shared.events.catalogue.schemas import meaning
from shared.events.catalogue.topics import MEANINGS, RECEIVES, SENDS, key_of, specs, types_of
from shared.events.event import type_registry
from shared.provisioning import TopicSpec

BINDING = "0.5.0"
NUMERIC = ("retention.ms", "max.message.bytes")
"""The settings of a topic that the Kafka binding knows as numbers."""


def asyncapi() -> str:
    """The document as YAML."""
    document: dict[str, JsonValue] = {
        "asyncapi": "3.0.0",
        "info": {
            "title": "Baton",
            "version": "1.0.0",
            "description": "Hands B2B leads on from team to team without dropping one.",
            "license": {"name": "Apache-2.0"},
        },
        "defaultContentType": "application/cloudevents+json",
        "channels": {spec.name: _channel(spec) for spec in specs()},
        "operations": _operations(),
        "components": {"messages": {name: _message(name) for name in type_registry}},
    }
    return str(yaml.safe_dump(document, sort_keys=False, allow_unicode=True, width=120))


def _channel(spec: TopicSpec) -> JsonValue:
    settings: dict[str, JsonValue] = {"cleanup.policy": [spec.config["cleanup.policy"]]}
    settings |= {name: int(spec.config[name]) for name in NUMERIC if name in spec.config}
    binding: JsonValue = {
        "topic": spec.name,
        "partitions": spec.partitions,
        "topicConfiguration": settings,
        "bindingVersion": BINDING,
    }
    return {
        "address": spec.name,
        "title": spec.name,
        "description": f"{MEANINGS[spec.name]} Key: {key_of(spec.name)}.",
        "messages": {name: {"$ref": f"#/components/messages/{name}"} for name in types_of(spec.name)},
        "bindings": {"kafka": binding},
    }


def _operations() -> dict[str, JsonValue]:
    found: dict[str, JsonValue] = {}
    for action, services_of in (("send", SENDS), ("receive", RECEIVES)):
        for topic, services in services_of.items():
            for service in services:
                found[f"{service}.{action}.{topic}"] = {
                    "action": action,
                    "channel": {"$ref": f"#/channels/{topic}"},
                    "title": f"{service} {action}s {topic}",
                    "tags": [{"name": service}],
                }
    return found


def _message(name: str) -> JsonValue:
    model = type_registry[name]
    key: JsonValue = {"type": "string", "description": f"The {key_of(model.topic)}, as in `subject`."}
    return {
        "name": name,
        "title": name,
        "summary": meaning(model),
        "contentType": "application/cloudevents+json",
        "payload": {"$ref": f"schemas/{name}.schema.json"},
        "bindings": {"kafka": {"key": key, "bindingVersion": BINDING}},
    }
