"""Moves of one lead, an hour apart."""

from datetime import UTC, datetime, timedelta

from shared.events.lifecycle import Lifecycle, Move, fold_moves

START = datetime(2026, 4, 1, tzinfo=UTC)


def move(event_type: str, hour: float = 0, **more: str | bool | None) -> Move:
    return Move(START + timedelta(hours=hour), event_type, "urn:test", f"{event_type}-{hour}", **more)


def about(event_type: str, hour: float, name: str | None = None, **more: str | bool | None) -> Move:
    """A move that is about the opportunity or contract of that name."""
    return move(event_type, hour, object_id=name, **more)


def journey(*kinds: str, relay_has_is: bool = True) -> Lifecycle:
    return fold_moves([move(kind, hour) for hour, kind in enumerate(kinds)], relay_has_is=relay_has_is)


def implied(life: Lifecycle) -> list[str]:
    return [entry.to for entry in life.entries.values() if entry.implied]


def reasons(life: Lifecycle) -> list[str]:
    return [refusal.reason for refusal in life.refusals]
