"""What the handoff packet tells of a lead whose own events have not been read yet."""

from collections.abc import Iterator, Mapping
from dataclasses import replace
from datetime import UTC, datetime

from pydantic import JsonValue

from services.alerts.state import EarlierCycle, LeadAlerts, Note, Reason

SHOWN_PROFILE = ("name", "company", "title", "department", "phone", "email")
MOST_REASONS = 3
MOST_CYCLES = 3
MOST_NOTES = 3
MOST_FIELDS = 12
LONGEST_NOTE = 300
LONGEST_FIELD = 255
"""Longer than any e-mail address: one that is cut is none, and leads to no stranger."""
BEFORE_ANY_EVENT = datetime(1900, 1, 1, tzinfo=UTC)

Packet = Mapping[str, JsonValue]


def learn(state: LeadAlerts, packet: Packet) -> LeadAlerts:
    """Fill in from the packet what is not known; what is missing there or of another shape is passed over.

    How earlier cycles ended is as the latest packet tells.
    """
    if not packet:
        return state
    written = packet.get("profile")
    profile = written if isinstance(written, dict) else packet
    found = {name: value for name in SHOWN_PROFILE if isinstance(value := profile.get(name), str)}
    source, score = packet.get("lead_source"), packet.get("score")
    return replace(
        state,
        profile={name: (BEFORE_ANY_EVENT, value[:LONGEST_FIELD]) for name, value in found.items()} | state.profile,
        source=state.source or (_since_ever(source) if isinstance(source, str) else None),
        score=state.score if state.score is not None else _number(score),
        reasons=state.reasons or tuple(_reasons(packet.get("contributions")))[:MOST_REASONS],
        agreed={**state.agreed, **dict(_agreed(packet.get("handover")))},
        notes=state.notes or tuple(_notes(packet.get("notes")))[-MOST_NOTES:],
        earlier=tuple(_cycles(packet.get("earlier_cycles")))[-MOST_CYCLES:] or state.earlier,
    )


def _since_ever(text: str) -> tuple[datetime, str]:
    return (BEFORE_ANY_EVENT, text[:LONGEST_FIELD])


def _number(value: JsonValue) -> float | None:
    return float(value) if isinstance(value, int | float) and not isinstance(value, bool) else None


def _items(value: JsonValue) -> Iterator[dict[str, JsonValue]]:
    yield from (item for item in value if isinstance(item, dict)) if isinstance(value, list) else ()


def _reasons(value: JsonValue) -> Iterator[Reason]:
    for item in _items(value):
        rule, points = item.get("rule"), _number(item.get("value"))
        if isinstance(rule, str) and points is not None and points > 0:
            yield Reason(rule, points, _instant(item.get("time")))


def _agreed(value: JsonValue) -> Iterator[tuple[str, str]]:
    """Fields of the handover besides the profile, which cards show anyway."""
    for name, filled in list(value.items())[:MOST_FIELDS] if isinstance(value, dict) else ():
        if name not in SHOWN_PROFILE and (text := written(filled)):
            yield name, text


def written(value: object) -> str:
    """What was filled into a field, numbers in thousands; nothing for what a card cannot show."""
    if isinstance(value, str):
        return value.strip()[:LONGEST_NOTE]
    return f"{value:,}" if isinstance(value, int | float) and not isinstance(value, bool) else ""


def _cycles(value: JsonValue) -> Iterator[EarlierCycle]:
    for item in _items(value):
        cycle, ended, reason = item.get("cycle"), item.get("ended"), item.get("reason")
        if isinstance(cycle, int) and isinstance(ended, str):
            why = reason[:LONGEST_FIELD] if isinstance(reason, str) else ""
            yield EarlierCycle(cycle, ended[:LONGEST_FIELD], why, _instant(item.get("at")))


def _notes(value: JsonValue) -> Iterator[Note]:
    for item in _items(value):
        at, text, by = _instant(item.get("time")), item.get("text"), item.get("rep_id")
        if at is not None and isinstance(text, str):
            yield Note(at, str(item.get("type") or ""), text[:LONGEST_NOTE], by if isinstance(by, str) else None)


def _instant(value: JsonValue) -> datetime | None:
    try:
        at = datetime.fromisoformat(value) if isinstance(value, str) else None
    except ValueError:
        return None
    return at if at and at.tzinfo else None
