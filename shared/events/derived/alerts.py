"""What alerts derives: who has to see what, and whether they were told."""

from typing import ClassVar, Literal

from shared.events.derived.handoffs import Stage
from shared.events.derived.scores import Cycle
from shared.events.event import EventData
from shared.events.fields import Flag, Instant, Key, Text
from shared.topics import LEAD_ALERTED


class AlertEvent(EventData):
    topic: ClassVar[str] = LEAD_ALERTED
    discriminated_by: ClassVar[tuple[str, ...]] = ("alert_id",)
    alert_id: Key
    kind: Text
    decided_at: Instant


class LeadStale(EventData):
    """No activity by the owner for longer than the stage allows, in working time; time is the deadline."""

    event_type: ClassVar[str] = "lead.stale"
    topic: ClassVar[str] = LEAD_ALERTED
    discriminated_by: ClassVar[tuple[str, ...]] = ("stage", "cycle")
    stage: Stage
    cycle: Cycle
    team: Key | None = None
    owner_id: Key | None = None
    last_touch_at: Instant | None = None
    decided_at: Instant


class AlertRaised(AlertEvent):
    """Somebody has to see something."""

    event_type: ClassVar[str] = "alert.raised"
    severity: Literal["info", "warning", "urgent"]
    target: Text


class AlertSent(AlertEvent):
    """The message of an alert has been sent; `repeated` marks a possible repeat."""

    event_type: ClassVar[str] = "alert.sent"
    repeated: Flag = False


class AlertAcknowledged(AlertEvent):
    """The situation of an alert has been taken up."""

    event_type: ClassVar[str] = "alert.acknowledged"


class AlertFailed(AlertEvent):
    """The message of an alert could not be sent."""

    event_type: ClassVar[str] = "alert.failed"
    reason: Text
