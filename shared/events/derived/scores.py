"""What scoring derives: scores and qualification."""

from typing import ClassVar, Literal

from pydantic import BaseModel, ConfigDict, Field

from shared.events.event import EventData
from shared.events.fields import Count, Instant, Key, Number, Text
from shared.topics import LEAD_QUALIFIED, LEAD_SCORED

Cycle = Count


class Contribution(BaseModel):
    """The points one event or attribute gives as of a time: value = points x decay, in points, to six decimals."""

    model_config = ConfigDict(frozen=True)
    rule: Text
    event_id: Text | None = None
    time: Instant | None = None
    base: Number
    decay: Number
    value: Number
    reason: Text | None = None
    """Why it gives nothing, where a machine made the event."""


class LeadScored(EventData):
    """The lead's score as of a time: state, not a stream, so only the newest of a lead counts."""

    event_type: ClassVar[str] = "lead.scored"
    topic: ClassVar[str] = LEAD_SCORED
    discriminated_by: ClassVar[tuple[str, ...]] = ("version",)
    as_of: Instant
    score: Number
    fit: Number
    engagement: Number
    groups: dict[str, Number] = Field(default_factory=dict)
    contributions: tuple[Contribution, ...] = ()
    version: Count = 0


class LeadQualified(EventData):
    """The lead meets the written criteria: an MQL, with its cause, cycle and playbook version."""

    event_type: ClassVar[str] = "lead.qualified"
    topic: ClassVar[str] = LEAD_QUALIFIED
    discriminated_by: ClassVar[tuple[str, ...]] = ("cycle",)
    score: Number
    fit: Number
    engagement: Number
    cycle: Cycle
    reason: Literal["threshold", "instant"]
    cause_id: Text
    lead_source: Text | None = None
    account_id: Key | None = None
    contributions: tuple[Contribution, ...] = ()


class LeadCooled(EventData):
    """The score fell below the threshold by time alone, at the computed moment in `time`; moves no stage."""

    event_type: ClassVar[str] = "lead.cooled"
    topic: ClassVar[str] = LEAD_QUALIFIED
    discriminated_by: ClassVar[tuple[str, ...]] = ("cycle",)
    score: Number
    cycle: Cycle
