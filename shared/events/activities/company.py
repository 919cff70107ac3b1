"""About our own reps and campaigns."""

from typing import ClassVar

from shared.events.event import EventData
from shared.events.fields import Day, Instant, Money, Text
from shared.topics import CAMPAIGN, REP_STATUS


class RepAway(EventData):
    """The rep (the subject) is away, and gets no leads, until `until`, or until `rep.back`."""

    event_type: ClassVar[str] = "rep.away"
    topic: ClassVar[str] = REP_STATUS
    until: Instant | None = None
    reason: Text | None = None


class RepBack(EventData):
    """The rep is back."""

    event_type: ClassVar[str] = "rep.back"
    topic: ClassVar[str] = REP_STATUS


class CampaignCost(EventData):
    """What a campaign cost on a day (the subject is the campaign)."""

    event_type: ClassVar[str] = "campaign.cost"
    topic: ClassVar[str] = CAMPAIGN
    amount: Money | None = None
    lead_source: Text | None = None
    on: Day | None = None
