"""The contract: what passes between Baton's services, and between them and the world."""

from shared.events import activities, derived
from shared.events.causes import BATON_NS, Cause, TimerCause, derived_id
from shared.events.decoding import LARGEST_EVENT_BYTES, InvalidEventError, decode
from shared.events.event import Event, EventData, UnknownActivity, type_registry

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
