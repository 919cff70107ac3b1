"""The events that Baton derives: facts (scores, qualification, stages) and decisions (owners, clocks, alerts)."""

from typing import ClassVar, Literal

from pydantic import BaseModel, ConfigDict, Field, JsonValue

from shared.events.event import EventData
from shared.events.fields import Count, Flag, Instant, Key, Number, Text
from shared.topics import LEAD_ALERTED, LEAD_HANDOFF, LEAD_QUALIFIED, LEAD_SCORED

Cycle = Count
Stage = Literal["lead", "mql", "sql", "opportunity", "customer", "lost", "disqualified", "churned"]


class Contribution(BaseModel):
    """The points one event or attribute gives as of a time: value = points x decay, in points, to six decimals."""

    model_config = ConfigDict(frozen=True)
    rule: Text
    event_id: Text | None = None
    time: Instant | None = None
    base: Number
    decay: Number
    value: Number


class LeadScored(EventData):
    """State, not a stream: only the newest of a lead counts."""

    event_type: ClassVar[str] = "lead.scored"
    topic: ClassVar[str] = LEAD_SCORED
    as_of: Instant
    score: Number
    fit: Number
    engagement: Number
    groups: dict[str, Number] = Field(default_factory=dict)
    contributions: tuple[Contribution, ...] = ()
    version: Count = 0

    def discriminator(self) -> tuple[str | int, ...]:
        return (self.version,)


class LeadQualified(EventData):
    event_type: ClassVar[str] = "lead.qualified"
    topic: ClassVar[str] = LEAD_QUALIFIED
    score: Number
    fit: Number
    engagement: Number
    cycle: Cycle
    reason: Literal["threshold", "instant"]
    cause_id: Text
    lead_source: Text | None = None
    contributions: tuple[Contribution, ...] = ()

    def discriminator(self) -> tuple[str | int, ...]:
        return (self.cycle,)


class LeadCooled(EventData):
    """Stamped with the computed moment at which the score fell below the threshold; moves no stage."""

    event_type: ClassVar[str] = "lead.cooled"
    topic: ClassVar[str] = LEAD_QUALIFIED
    score: Number
    cycle: Cycle

    def discriminator(self) -> tuple[str | int, ...]:
        return (self.cycle,)


class HandoffEvent(EventData):
    topic: ClassVar[str] = LEAD_HANDOFF


class StageChanged(HandoffEvent):
    """The entry into one stage of one cycle as now known; readers keep the highest `revision` of (subject, cycle, to).

    The event's time is the first entry. `returns` counts entries by a return, `expansions` those at a customer.
    With `retracted` the entry turned out not to have happened.
    """

    model_config = ConfigDict(frozen=True, extra="allow", populate_by_name=True, serialize_by_alias=True)
    event_type: ClassVar[str] = "stage.changed"
    from_: Stage = Field(alias="from")
    to: Stage
    cycle: Cycle
    implied: Flag
    revision: Count
    by: Text
    rep_id: Key | None = None
    reason: Text | None = None
    lead_source: Text | None = None
    returns: Count = 0
    expansions: Count = 0
    renewals: Count = 0
    retracted: Flag = False

    def discriminator(self) -> tuple[str | int, ...]:
        return (self.cycle, self.to, self.revision)


class StageRefused(HandoffEvent):
    """A reported move that the stage table does not allow: it changed nothing. Readers keep the highest `revision`
    of (subject, refused_source, refused_id)."""

    event_type: ClassVar[str] = "stage.refused"
    from_: Stage = Field(alias="from")
    by: Text
    cycle: Cycle
    reason: Text
    refused_source: Key
    refused_id: Key
    revision: Count
    retracted: Flag = False

    def discriminator(self) -> tuple[str | int, ...]:
        return (self.refused_source, self.refused_id, self.revision)


class Decision(HandoffEvent):
    """A recorded decision of routing: `decided_at` is the domain time at which it was made."""

    team: Key
    cycle: Cycle
    attempt: Count = 1
    decided_at: Instant

    def discriminator(self) -> tuple[str | int, ...]:
        return (self.team, self.cycle, self.attempt)


class LeadAssigned(Decision):
    event_type: ClassVar[str] = "lead.assigned"
    owner_id: Key
    pool: Key | None = None
    rule: Key | None = None
    packet: dict[str, JsonValue] = Field(default_factory=dict)
    """The handoff packet: who and which account, why now, what was said before."""


class LeadReassigned(Decision):
    event_type: ClassVar[str] = "lead.reassigned"
    owner_id: Key
    previous_owner_id: Key | None = None
    reason: Text
    pool: Key | None = None
    rule: Key | None = None
    packet: dict[str, JsonValue] = Field(default_factory=dict)


class LeadWaiting(Decision):
    event_type: ClassVar[str] = "lead.waiting"
    pool: Key
    rule: Key | None = None


class HandoffChanged(Decision):
    """A handoff moved: waiting, assigned, accepted, worked, done, rejected or reassigned."""

    event_type: ClassVar[str] = "handoff.changed"
    owner_id: Key | None = None
    status: Literal["waiting", "assigned", "accepted", "worked", "done", "rejected", "reassigned"]
    reason: Text | None = None

    def discriminator(self) -> tuple[str | int, ...]:
        return (self.team, self.cycle, self.attempt, self.status)


class ClockEvent(Decision):
    clock: Key
    owner_id: Key | None = None
    due_at: Instant
    step: Count = 0

    def discriminator(self) -> tuple[str | int, ...]:
        return (self.team, self.clock, self.cycle, self.attempt, self.step)


class ClockStarted(ClockEvent):
    event_type: ClassVar[str] = "clock.started"


class ClockPaused(ClockEvent):
    event_type: ClassVar[str] = "clock.paused"


class ClockResumed(ClockEvent):
    event_type: ClassVar[str] = "clock.resumed"


class ClockMet(ClockEvent):
    event_type: ClassVar[str] = "clock.met"
    met_at: Instant
    met_by: Text | None = None


class ClockWarned(ClockEvent):
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
    event_type: ClassVar[str] = "clock.cancelled"
    reason: Text


class AlertEvent(EventData):
    topic: ClassVar[str] = LEAD_ALERTED
    alert_id: Key
    kind: Text
    decided_at: Instant

    def discriminator(self) -> tuple[str | int, ...]:
        return (self.alert_id,)


class LeadStale(EventData):
    """No activity by the owner for longer than the stage allows, in working time; time is the deadline."""

    event_type: ClassVar[str] = "lead.stale"
    topic: ClassVar[str] = LEAD_ALERTED
    stage: Stage
    cycle: Cycle
    team: Key | None = None
    owner_id: Key | None = None
    last_touch_at: Instant | None = None
    decided_at: Instant

    def discriminator(self) -> tuple[str | int, ...]:
        return (self.stage, self.cycle)


class AlertRaised(AlertEvent):
    event_type: ClassVar[str] = "alert.raised"
    severity: Literal["info", "warning", "urgent"]
    target: Text


class AlertSent(AlertEvent):
    event_type: ClassVar[str] = "alert.sent"
    repeated: Flag = False


class AlertAcknowledged(AlertEvent):
    event_type: ClassVar[str] = "alert.acknowledged"


class AlertFailed(AlertEvent):
    event_type: ClassVar[str] = "alert.failed"
    reason: Text
