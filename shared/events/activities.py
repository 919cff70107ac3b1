"""The activities of `lead.activity.v1`: what happened to or around a lead.

Every field is optional, unknown ones are kept.
"""

from typing import ClassVar, Literal

from shared.events.event import EventData
from shared.events.fields import Count, Day, Flag, Instant, Key, Memo, Money, Number, Text
from shared.topics import CAMPAIGN, LEAD_ACTIVITY, REP_STATUS


class ActivityData(EventData):
    topic: ClassVar[str] = LEAD_ACTIVITY

    lead_source: Text | None = None
    account_id: Key | None = None
    campaign_id: Key | None = None
    batch_id: Key | None = None
    rep_id: Key | None = None


class RepAction(ActivityData):
    """Something that a rep did; `rep_id` may be absent, unknown to the playbook, or not the owner's."""

    reason: Text | None = None
    memo: Memo | None = None


class WebVisited(ActivityData):
    event_type: ClassVar[str] = "web.visited"
    url: Text | None = None
    page: Text | None = None
    seconds: Number | None = None
    user_agent: Text | None = None


class ContentDownloaded(ActivityData):
    event_type: ClassVar[str] = "content.downloaded"
    asset_id: Key | None = None
    kind: Text | None = None
    title: Text | None = None


class SeminarRegistered(ActivityData):
    event_type: ClassVar[str] = "seminar.registered"
    seminar_id: Key | None = None
    title: Text | None = None


class SeminarAttended(ActivityData):
    event_type: ClassVar[str] = "seminar.attended"
    seminar_id: Key | None = None
    title: Text | None = None
    minutes: Number | None = None


class FormSubmitted(ActivityData):
    event_type: ClassVar[str] = "form.submitted"
    form_id: Key | None = None
    kind: Text | None = None
    message: Memo | None = None


class DemoRequested(ActivityData):
    event_type: ClassVar[str] = "demo.requested"
    form_id: Key | None = None
    product: Text | None = None
    message: Memo | None = None


class EmailOpened(ActivityData):
    event_type: ClassVar[str] = "email.opened"
    email_id: Key | None = None
    user_agent: Text | None = None


class EmailClicked(ActivityData):
    event_type: ClassVar[str] = "email.clicked"
    email_id: Key | None = None
    link: Text | None = None
    user_agent: Text | None = None


class EmailUnsubscribed(ActivityData):
    event_type: ClassVar[str] = "email.unsubscribed"
    email_id: Key | None = None


class BusinessCardExchanged(ActivityData):
    event_type: ClassVar[str] = "business_card.exchanged"
    exhibition_id: Key | None = None
    exchanged_by: Key | None = None
    heat: Text | None = None
    memo: Memo | None = None


class AdClicked(ActivityData):
    event_type: ClassVar[str] = "ad.clicked"
    ad_id: Key | None = None


class ProfileUpdated(ActivityData):
    """Flat attributes of the person and the account; merged by event time, unknown ones kept."""

    event_type: ClassVar[str] = "profile.updated"
    name: Text | None = None
    email: Text | None = None
    phone: Text | None = None
    title: Text | None = None
    title_level: Text | None = None
    department: Text | None = None
    company: Text | None = None
    industry: Text | None = None
    employees: Count | None = None
    prefecture: Text | None = None
    country: Text | None = None
    language: Text | None = None
    segment: Text | None = None
    competitor: Flag | None = None
    is_customer: Flag | None = None


class ConsentChanged(ActivityData):
    event_type: ClassVar[str] = "consent.changed"
    consent: Text | None = None
    purpose: Text | None = None


class PersonLeft(ActivityData):
    event_type: ClassVar[str] = "person.left"


class CallAttempted(RepAction):
    event_type: ClassVar[str] = "call.attempted"
    outcome: (
        Literal["no_answer", "reception", "absent", "callback_at", "wrong_number", "left_company", "refused"] | None
    ) = None
    callback_at: Instant | None = None


class CallConnected(RepAction):
    """The person was reached."""

    event_type: ClassVar[str] = "call.connected"
    seconds: Number | None = None


class EmailSent(RepAction):
    event_type: ClassVar[str] = "email.sent"
    email_id: Key | None = None


class MeetingActivity(RepAction):
    meeting_id: Key | None = None
    starts_at: Instant | None = None


class MeetingBooked(MeetingActivity):
    event_type: ClassVar[str] = "meeting.booked"


class MeetingRescheduled(MeetingActivity):
    event_type: ClassVar[str] = "meeting.rescheduled"


class MeetingNoShow(MeetingActivity):
    event_type: ClassVar[str] = "meeting.no_show"


class MeetingCancelled(MeetingActivity):
    event_type: ClassVar[str] = "meeting.cancelled"


class MeetingHeld(MeetingActivity):
    event_type: ClassVar[str] = "meeting.held"


class LeadAccepted(RepAction):
    event_type: ClassVar[str] = "lead.accepted"


class LeadRejected(RepAction):
    """Ends the handoff; reason `not_mine` routes again, any other returns the lead to the team that gave it."""

    event_type: ClassVar[str] = "lead.rejected"


class LeadSalesQualified(RepAction):
    event_type: ClassVar[str] = "lead.sales_qualified"


class LeadReturned(RepAction):
    event_type: ClassVar[str] = "lead.returned"


class LeadRecycled(RepAction):
    event_type: ClassVar[str] = "lead.recycled"
    competitor: Text | None = None
    revisit_on: Day | None = None


class LeadDisqualified(RepAction):
    event_type: ClassVar[str] = "lead.disqualified"


class LeadSnoozed(RepAction):
    event_type: ClassVar[str] = "lead.snoozed"
    until: Instant | None = None


class OwnerChanged(RepAction):
    """A human's decision on the owner: obeyed and not undone."""

    event_type: ClassVar[str] = "owner.changed"
    owner_id: Key | None = None
    team: Key | None = None


class PromiseMade(RepAction):
    event_type: ClassVar[str] = "promise.made"
    what: Memo | None = None
    due_at: Instant | None = None


class OpportunityActivity(RepAction):
    """Without `opportunity_id` it is the lead's only opportunity."""

    opportunity_id: Key | None = None
    kind: Text | None = None
    phase: Text | None = None
    amount: Money | None = None
    expected_close: Day | None = None
    yomi: Literal["A", "B", "C"] | None = None


class OpportunityOpened(OpportunityActivity):
    event_type: ClassVar[str] = "opportunity.opened"


class OpportunityAdvanced(OpportunityActivity):
    event_type: ClassVar[str] = "opportunity.advanced"


class OpportunityWon(OpportunityActivity):
    event_type: ClassVar[str] = "opportunity.won"


class OpportunityLost(OpportunityActivity):
    event_type: ClassVar[str] = "opportunity.lost"
    competitor: Text | None = None
    revisit_on: Day | None = None


class OpportunityCancelled(OpportunityActivity):
    event_type: ClassVar[str] = "opportunity.cancelled"


class OpportunityReopened(OpportunityActivity):
    event_type: ClassVar[str] = "opportunity.reopened"


class CustomerOnboarded(RepAction):
    event_type: ClassVar[str] = "customer.onboarded"


class CustomerContacted(RepAction):
    event_type: ClassVar[str] = "customer.contacted"


class ProductUsed(ActivityData):
    event_type: ClassVar[str] = "product.used"
    feature: Text | None = None
    minutes: Number | None = None


class ContractActivity(RepAction):
    contract_id: Key | None = None
    amount: Money | None = None
    starts_on: Day | None = None
    ends_on: Day | None = None
    notice_by: Day | None = None


class ContractStarted(ContractActivity):
    event_type: ClassVar[str] = "contract.started"


class ContractRenewed(ContractActivity):
    event_type: ClassVar[str] = "contract.renewed"


class ContractCancelled(ContractActivity):
    event_type: ClassVar[str] = "contract.cancelled"


class UpsellActivity(RepAction):
    opportunity_id: Key | None = None
    amount: Money | None = None


class UpsellProposed(UpsellActivity):
    event_type: ClassVar[str] = "upsell.proposed"


class UpsellWon(UpsellActivity):
    event_type: ClassVar[str] = "upsell.won"


class RepAway(EventData):
    """Absence is state: the rep (the subject) is away until `until`, or until `rep.back`."""

    event_type: ClassVar[str] = "rep.away"
    topic: ClassVar[str] = REP_STATUS
    until: Instant | None = None
    reason: Text | None = None


class RepBack(EventData):
    event_type: ClassVar[str] = "rep.back"
    topic: ClassVar[str] = REP_STATUS


class CampaignCost(EventData):
    event_type: ClassVar[str] = "campaign.cost"
    topic: ClassVar[str] = CAMPAIGN
    amount: Money | None = None
    lead_source: Text | None = None
    on: Day | None = None


TOUCHES = frozenset(
    {
        "call.attempted",
        "call.connected",
        "email.sent",
        "meeting.booked",
        "meeting.rescheduled",
        "meeting.no_show",
        "meeting.cancelled",
        "meeting.held",
    }
)
"""Activities by which a rep touches a lead; any one by the owner accepts the handoff."""
