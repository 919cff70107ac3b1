"""What routing derives of SLA clocks."""

from typing import ClassVar, Literal

from shared.events.derived.handoffs import Decision
from shared.events.fields import Count, Instant, Key, Number, Text


class ClockEvent(Decision):
    discriminated_by: ClassVar[tuple[str, ...]] = ("team", "clock", "cycle", "attempt", "run", "step")
    clock: Key
    owner_id: Key | None = None
    due_at: Instant
    run: Count = 1
    """How often the clock has been started in this attempt."""
    step: Count = 0


class ClockStarted(ClockEvent):
    """An SLA clock began to run."""

    event_type: ClassVar[str] = "clock.started"


class ClockPaused(ClockEvent):
    """A clock rests: working time is not used."""

    event_type: ClassVar[str] = "clock.paused"


class ClockResumed(ClockEvent):
    """A clock runs again."""

    event_type: ClassVar[str] = "clock.resumed"


class ClockMoved(ClockEvent):
    """A running clock goes on under another version of the playbook; `due_at` is its new deadline."""

    event_type: ClassVar[str] = "clock.moved"
    was_due_at: Instant
    was_playbook: Key


class ClockMet(ClockEvent):
    """The owner acted in time."""

    event_type: ClassVar[str] = "clock.met"
    met_at: Instant
    met_by: Text | None = None


class ClockClosed(ClockEvent):
    """The owner did after the deadline what the clock waited for: the breach stands, and nothing is pending."""

    event_type: ClassVar[str] = "clock.closed"
    closed_at: Instant
    closed_by: Text | None = None


class ClockWarned(ClockEvent):
    """A clock will run out soon."""

    event_type: ClassVar[str] = "clock.warned"


class ClockBreached(ClockEvent):
    """One step of the ladder after a breach; step 0 is the breach itself and its time is the deadline."""

    event_type: ClassVar[str] = "clock.breached"
    action: Literal["none", "remind", "reassign", "notify"] = "none"
    target: Text | None = None


class ClockCorrected(ClockEvent):
    """An action in time that was read after the breach: the breach is mended in the numbers, nothing is undone."""

    event_type: ClassVar[str] = "clock.corrected"
    was: Text
    now: Text
    evidence_id: Text
    reported_late_by: Number


class ClockCancelled(ClockEvent):
    """A clock ended without being met or breached."""

    event_type: ClassVar[str] = "clock.cancelled"
    reason: Text
