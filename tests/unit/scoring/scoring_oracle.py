"""The score once more, slowly and from the words of the rule: plain values of scoring.yaml, decimals, no state."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from decimal import ROUND_HALF_EVEN, Decimal, getcontext

from shared.durations import parse_duration
from shared.events import Event
from shared.events.lifecycle import order_key

getcontext().prec = 50
SIX = Decimal("0.000001")


def slow_score(file: dict, events: Sequence[Event], as_of: datetime) -> tuple[Decimal, Decimal]:
    """(fit, engagement) as of a time; `when` may be `{field, op: eq, value}` only."""
    unique = {(e.source, e.id): e for e in reversed(events) if e.time <= as_of}
    history = sorted(unique.values(), key=order_key)
    return _fit(file["fit"], history), _engagement(file["engagement"], history, as_of)


def _fit(section: dict, history: Sequence[Event]) -> Decimal:
    profile: dict[str, object] = {}
    for event in history:
        if event.type == "profile.updated":
            profile |= event.data.model_dump(exclude_none=True)
    points = [Decimal(str(r["points"])) for r in section["rules"] if _holds(r.get("when"), profile)]
    return _clamp(section, sum(points, Decimal(0)))


def _engagement(section: dict, history: Sequence[Event], as_of: datetime) -> Decimal:
    groups = []
    for group in section["groups"]:
        values = [v for rule in group["rules"] for v in _values(section, rule, history, as_of)]
        groups.append(_clamp(group, sum(values, Decimal(0))))
    return _clamp(section, sum(groups, Decimal(0)))


def _values(section: dict, rule: dict, history: Sequence[Event], as_of: datetime) -> list[Decimal]:
    types = [rule["on"]] if isinstance(rule["on"], str) else rule["on"]
    meant = [e for e in history if e.type in types and _holds(rule.get("when"), e.data.model_dump())]
    counted = _after_repeats(rule.get("repeat", "always"), meant)
    latest = counted[-rule.get("keep", section.get("keep", 200)) :]
    return [_value(section, rule, as_of - e.time) for e in latest]


def _after_repeats(repeat: object, meant: Sequence[Event]) -> list[Event]:
    counted: list[Event] = []
    for event in meant:
        match repeat:
            case "once":
                refused = bool(counted)
            case {"once_per": field}:
                about = event.data.model_dump().get(field)
                refused = any(past.data.model_dump().get(field) == about for past in counted)
            case {"at_most": times, "per": per}:
                since = event.time - parse_duration(per)
                refused = sum(since < past.time <= event.time for past in counted) >= times
            case _:
                refused = False
        if not refused:
            counted.append(event)
    return counted


def _value(section: dict, rule: dict, age: timedelta) -> Decimal:
    points = Decimal(str(rule["points"]))
    if rule.get("window"):
        return points if age < parse_duration(rule["window"]) else Decimal(0)
    half_life = rule["half_life"] if "half_life" in rule else section.get("half_life")
    if half_life is None:
        return points
    halvings = Decimal(age // timedelta(microseconds=1)) / (parse_duration(half_life) // timedelta(microseconds=1))
    return (points * Decimal("0.5") ** halvings).quantize(SIX, ROUND_HALF_EVEN)


def _holds(condition: dict | None, fields: dict) -> bool:
    return condition is None or fields.get(condition["field"]) == condition["value"]


def _clamp(section: dict, total: Decimal) -> Decimal:
    if section.get("cap") is not None:
        total = min(total, Decimal(str(section["cap"])))
    if section.get("floor") is not None:
        total = max(total, Decimal(str(section["floor"])))
    return total
