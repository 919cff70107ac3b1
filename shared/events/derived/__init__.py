"""The events that Baton derives: facts (scores, qualification, stages) and decisions (owners, clocks, alerts)."""

from shared.events.derived.alerts import AlertAcknowledged, AlertEvent, AlertFailed, AlertRaised, AlertSent, LeadStale
from shared.events.derived.clocks import (
    ClockBreached,
    ClockCancelled,
    ClockCorrected,
    ClockEvent,
    ClockMet,
    ClockPaused,
    ClockResumed,
    ClockStarted,
    ClockWarned,
)
from shared.events.derived.handoffs import (
    Decision,
    HandoffChanged,
    HandoffEvent,
    LeadAssigned,
    LeadReassigned,
    LeadWaiting,
    Stage,
    StageChanged,
    StageRefused,
)
from shared.events.derived.scores import Contribution, Cycle, LeadCooled, LeadQualified, LeadScored

__all__ = [
    "AlertAcknowledged",
    "AlertEvent",
    "AlertFailed",
    "AlertRaised",
    "AlertSent",
    "ClockBreached",
    "ClockCancelled",
    "ClockCorrected",
    "ClockEvent",
    "ClockMet",
    "ClockPaused",
    "ClockResumed",
    "ClockStarted",
    "ClockWarned",
    "Contribution",
    "Cycle",
    "Decision",
    "HandoffChanged",
    "HandoffEvent",
    "LeadAssigned",
    "LeadCooled",
    "LeadQualified",
    "LeadReassigned",
    "LeadScored",
    "LeadStale",
    "LeadWaiting",
    "Stage",
    "StageChanged",
    "StageRefused",
]
