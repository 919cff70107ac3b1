"""A sample of each event type, made from its model alone: the examples of the documents and the golden files."""

from datetime import UTC, datetime

from pydantic import JsonValue

from shared.events.event import Event, EventData, type_registry

AT = "2026-04-01T00:12:33Z"
WRITTEN: dict[str, JsonValue] = {
    "from": "lead",
    "to": "mql",
    "stage": "mql",
    "currency": "JPY",
    "lead_source": "exhibition",
    "owner_id": "rep-2",
    "rep_id": "rep-2",
    "team": "is",
    "cycle": 1,
    "attempt": 1,
}
"""Values that tell a reader more than one made from the type."""
Schema = dict[str, JsonValue]


def sample(event_type: str) -> Event:
    """The sample event of a type: every field filled, always the same."""
    model = type_registry[event_type]
    schema = model.model_json_schema()
    definitions = schema.get("$defs", {})
    fields = {name: _value(name, shape, definitions) for name, shape in schema["properties"].items()}
    derived = model.topic not in ("lead.activity.v1", "rep.status.v1", "campaign.v1")
    return Event(
        id=f"sample-{event_type}",
        source="urn:baton:sample" if derived else "urn:example:crm",
        type=event_type,
        subject=_subject(model),
        time=datetime(2026, 4, 1, 0, 12, 33, tzinfo=UTC),
        data=model.model_validate(fields),
    )


def _subject(model: type[EventData]) -> str:
    return {"rep.status.v1": "rep-2", "campaign.v1": "spring-fair"}.get(model.topic, "lead-42")


def _value(name: str, shape: Schema, definitions: dict[str, Schema]) -> JsonValue:
    if name in WRITTEN:
        return WRITTEN[name]
    if name == "backfill":
        return False
    match shape:
        case {"$ref": str(reference)}:
            return _object(definitions[reference.rpartition("/")[2]], definitions)
        case {"anyOf": [dict(first), *_]}:
            return _value(name, first, definitions)
        case {"enum": [first, *_]} | {"const": first}:
            return first
        case {"type": "object"}:
            return {}
        case {"type": "array", "items": dict(items)}:
            return [_value(name, items, definitions)]
        case _:
            return _scalar(name, shape)


def _object(shape: Schema, definitions: dict[str, Schema]) -> JsonValue:
    properties = shape["properties"]
    if not isinstance(properties, dict):
        return {}
    return {name: _value(name, inner, definitions) for name, inner in properties.items() if isinstance(inner, dict)}


def _scalar(name: str, shape: Schema) -> JsonValue:
    match shape.get("type"), shape.get("format"):
        case "string", "date-time":
            return AT
        case "string", "date":
            return "2026-04-01"
        case "string", _:
            return f"{name}-1"
        case "integer", _:
            return 1
        case "number", _:
            return 1.5
        case "boolean", _:
            return True
        case _:
            return None
