"""The topics of Baton. Lead topics have 12 partitions for ever; the key is the lead id."""

LEAD_ACTIVITY = "lead.activity.v1"
LEAD_SCORED = "lead.scored.v1"
LEAD_QUALIFIED = "lead.qualified.v1"
LEAD_HANDOFF = "lead.handoff.v1"
LEAD_ALERTED = "lead.alerted.v1"
REP_STATUS = "rep.status.v1"
CAMPAIGN = "campaign.v1"

LEAD_PARTITIONS = 12
LEAD_TOPICS = (LEAD_ACTIVITY, LEAD_SCORED, LEAD_QUALIFIED, LEAD_HANDOFF, LEAD_ALERTED)
