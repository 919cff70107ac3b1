"""The contract: what passes between Baton's services, and between them and the world."""

from shared.events import activities, derived
from shared.events.event import (
    BATON_NS,
    LARGEST_EVENT_BYTES,
    Cause,
    Event,
    EventData,
    InvalidEventError,
    TimerCause,
    UnknownActivity,
    decode,
    derived_id,
    type_registry,
)

__all__ = [
    "BATON_NS",
    "LARGEST_EVENT_BYTES",
    "Cause",
    "Event",
    "EventData",
    "InvalidEventError",
    "TimerCause",
    "UnknownActivity",
    "activities",
    "decode",
    "derived",
    "derived_id",
    "type_registry",
]
