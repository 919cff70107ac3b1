"""What derived events are derived from, and the ids that follow."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol
from uuid import UUID, uuid5

BATON_NS = UUID("6f0c6a5e-1b1f-5d55-9a53-6a1f0b8f3c11")

_as_json = json.JSONEncoder(ensure_ascii=False, separators=(",", ":")).encode


class Cause(Protocol):
    """What an event is derived from: an event, or the meaning of a timer."""

    @property
    def source(self) -> str: ...
    @property
    def id(self) -> str: ...
    @property
    def subject(self) -> str: ...
    @property
    def traceparent(self) -> str | None: ...
    @property
    def correlationid(self) -> str | None: ...


@dataclass(frozen=True, slots=True)
class TimerCause:
    """The meaning of a timer (lead, cycle, clock, attempt, step), never its generation."""

    source: str
    subject: str
    meaning: tuple[str | int, ...]
    traceparent: str | None = None
    correlationid: str | None = None

    @property
    def id(self) -> str:
        return _as_json([self.subject, *self.meaning])


def derived_id(cause: Cause, event_type: str, subject: str, discriminator: Sequence[str | int]) -> str:
    """`uuid5(BATON_NS, json([cause source, cause id, type, subject, discriminator]))`."""
    return str(uuid5(BATON_NS, _as_json([cause.source, cause.id, event_type, subject, list(discriminator)])))
