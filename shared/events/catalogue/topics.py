"""Who writes and reads each topic, and what stands in it."""

from shared.events.event import type_registry
from shared.provisioning import TopicSpec, read_topics
from shared.topics import CAMPAIGN, LEAD_ACTIVITY, LEAD_ALERTED, LEAD_HANDOFF, LEAD_QUALIFIED, LEAD_SCORED, REP_STATUS

SENDS = {
    LEAD_ACTIVITY: ("alerts",),
    LEAD_SCORED: ("scoring",),
    LEAD_QUALIFIED: ("scoring",),
    LEAD_HANDOFF: ("routing",),
    LEAD_ALERTED: ("alerts",),
}
RECEIVES = {
    LEAD_ACTIVITY: ("scoring", "routing", "alerts", "kpi"),
    LEAD_SCORED: (),
    LEAD_QUALIFIED: ("routing", "alerts", "kpi"),
    LEAD_HANDOFF: ("alerts", "kpi"),
    LEAD_ALERTED: ("kpi",),
    REP_STATUS: ("routing",),
    CAMPAIGN: ("kpi",),
}
FROM_OUTSIDE = {
    LEAD_ACTIVITY: "upstream systems, and alerts for every button that a rep presses",
    REP_STATUS: "upstream systems",
    CAMPAIGN: "upstream systems",
}
MEANINGS = {
    LEAD_ACTIVITY: "What happened to or around leads.",
    LEAD_SCORED: "The latest score of each lead.",
    LEAD_QUALIFIED: "Leads that meet the criteria, and those that cooled down.",
    LEAD_HANDOFF: "Stages, owners, handoffs and SLA clocks of leads.",
    LEAD_ALERTED: "Stale leads, and what was told to whom.",
    REP_STATUS: "Reps who are away or back.",
    CAMPAIGN: "What campaigns cost.",
}
KEYS = {REP_STATUS: "rep id", CAMPAIGN: "campaign id"}


def key_of(topic: str) -> str:
    """What the key of the topic's records is; it is the events' subject too."""
    return KEYS.get(topic, "lead id")


def is_from_outside(topic: str) -> bool:
    """Whether upstream systems write to the topic: its events are reported, not derived."""
    return topic in FROM_OUTSIDE


def specs() -> tuple[TopicSpec, ...]:
    return read_topics().topics


def types_of(topic: str) -> list[str]:
    """The event types of a topic, in the order in which they are declared."""
    return [name for name, model in type_registry.items() if model.topic == topic]
