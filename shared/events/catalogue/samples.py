"""A sample of each event type, made from its model alone: the examples of the documents and the golden files."""

from datetime import UTC, datetime

from pydantic import JsonValue

from shared.events.catalogue.topics import SENDS, is_from_outside
from shared.events.event import Event, EventData, type_registry
from shared.topics import CAMPAIGN, REP_STATUS

AT = "2026-04-01T00:12:33Z"
WRITTEN: dict[str, JsonValue] = {
    "account_id": "acme",
    "action": "remind",
    "ad_id": "search-brand",
    "alert_id": "7d6f1c1e-2f7b-5a0e-9c52-4f3d8a1b6c90",
    "asset_id": "wp-7",
    "attempt": 1,
    "backfill": False,
    "base": 20,
    "batch_id": "upload-2026-04-01",
    "by": "lead.qualified",
    "campaign_id": "spring-fair",
    "cause_id": "8c1",
    "clock": "first_touch",
    "company": "アクメ株式会社",
    "competitor": "他社A",
    "consent": "withdrawn",
    "contract_id": "c-9",
    "country": "JP",
    "currency": "JPY",
    "cycle": 1,
    "decay": 0.5,
    "department": "情報システム部",
    "email": "hanako@example.jp",
    "email_id": "newsletter-12",
    "employees": 1200,
    "engagement": 50,
    "event_id": "8c1",
    "evidence_id": "call-17",
    "exchanged_by": "rep-2",
    "exhibition_id": "spring-fair",
    "feature": "report",
    "fit": 20,
    "form_id": "contact",
    "from": "lead",
    "groups": {"content": 30, "seminar": 20},
    "heat": "hot",
    "industry": "製造",
    "kind": "case_study",
    "language": "ja",
    "lead_source": "exhibition",
    "link": "https://example.jp/pricing",
    "meeting_id": "m-3",
    "memo": "来月に予算が決まる",
    "message": "導入費用を知りたい",
    "met_by": "call.connected",
    "minutes": 45,
    "name": "山田花子",
    "now": "met",
    "opportunity_id": "o-5",
    "owner_id": "rep-2",
    "packet": {"company": "アクメ株式会社", "why": ["content.downloaded"]},
    "page": "pricing",
    "phase": "proposal",
    "phone": "+81-3-0000-0000",
    "pool": "is-all",
    "prefecture": "東京都",
    "previous_owner_id": "rep-1",
    "product": "standard",
    "purpose": "email",
    "reason": "timing",
    "refused_id": "m-1",
    "refused_source": "urn:sfa:example",
    "rep_id": "rep-2",
    "reported_late_by": 1800,
    "rule": "case_study",
    "score": 70,
    "seconds": 95,
    "segment": "enterprise",
    "seminar_id": "s-4",
    "stage": "mql",
    "target": "rep-2",
    "team": "is",
    "title": "部長",
    "title_level": "director",
    "to": "mql",
    "url": "https://example.jp/pricing",
    "user_agent": "Mozilla/5.0",
    "value": 10,
    "was": "breached",
    "what": "見積書を送る",
}
"""Values that tell a reader more than those made from the type alone."""
OF_ITS_TYPE: dict[str, dict[str, JsonValue]] = {
    "alert.": {"kind": "breach"},
    "clock.cancelled": {"reason": "the stage has left the team"},
    "content.downloaded": {"title": "導入事例集"},
    "form.submitted": {"kind": "inquiry"},
    "lead.qualified": {"reason": "threshold"},
    "lead.re": {"rule": "enterprise", "pool": "is-all"},
    "lead.assigned": {"rule": "enterprise"},
    "lead.waiting": {"rule": "enterprise"},
    "opportunity.": {"kind": "new"},
    "profile.updated": {"competitor": False, "is_customer": False},
    "seminar.": {"title": "はじめての分析"},
    "lead.reassigned": {"reason": "breached"},
    "owner.bypassed": {"action": "lead.sales_qualified", "rep_id": "rep-3"},
    "action.refused": {
        "action": "owner.changed",
        "reason": "unknown_owner",
        "rep_id": "rep-3",
        "named_id": "rep-99",
    },
    "rep.away": {"reason": "vacation"},
    "stage.": {"implied": False, "retracted": False, "revision": 0, "returns": 0, "expansions": 0, "renewals": 0},
    "stage.changed": {"reason": "threshold", "rep_id": None},
    "stage.refused": {"by": "lead.returned", "reason": "not allowed from lead"},
}
"""Values for the types whose names begin so."""
Schema = dict[str, JsonValue]


def sample(event_type: str) -> Event:
    """The sample event of a type: every field filled, always the same."""
    model = type_registry[event_type]
    schema = model.model_json_schema()
    definitions = schema.get("$defs", {})
    own = _own_values(event_type)
    fields = {name: own.get(name, _value(name, shape, definitions)) for name, shape in schema["properties"].items()}
    return Event(
        id=f"sample-{event_type}",
        source=f"urn:baton:{SENDS[model.topic][0]}" if not is_from_outside(model.topic) else "urn:example:crm",
        type=event_type,
        subject=_subject(model),
        time=datetime(2026, 4, 1, 0, 12, 33, tzinfo=UTC),
        data=model.model_validate(fields),
    )


def _own_values(event_type: str) -> dict[str, JsonValue]:
    beginning = [values for prefix, values in OF_ITS_TYPE.items() if event_type.startswith(prefix)]
    return {name: value for values in beginning for name, value in values.items()}


def _subject(model: type[EventData]) -> str:
    return {REP_STATUS: "rep-2", CAMPAIGN: "spring-fair"}.get(model.topic, "lead-42")


def _value(name: str, shape: Schema, definitions: dict[str, Schema]) -> JsonValue:
    if name in WRITTEN:
        return WRITTEN[name]
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
            return 1000000
        case "boolean", _:
            return True
        case _:
            return None
