"""What reps do to reach a lead, and how they hand it on."""

from typing import ClassVar, Literal

from shared.events.activities.base import RepAction
from shared.events.fields import Day, Instant, Key, Memo, Number, Text


class CallAttempted(RepAction):
    """A call that did not reach the person."""

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
    """A rep wrote to the person."""

    event_type: ClassVar[str] = "email.sent"
    email_id: Key | None = None


class MeetingActivity(RepAction):
    meeting_id: Key | None = None
    starts_at: Instant | None = None


class MeetingBooked(MeetingActivity):
    """A meeting was agreed."""

    event_type: ClassVar[str] = "meeting.booked"


class MeetingRescheduled(MeetingActivity):
    """A meeting was moved."""

    event_type: ClassVar[str] = "meeting.rescheduled"


class MeetingNoShow(MeetingActivity):
    """The person did not come to a meeting."""

    event_type: ClassVar[str] = "meeting.no_show"


class MeetingCancelled(MeetingActivity):
    """A meeting was called off."""

    event_type: ClassVar[str] = "meeting.cancelled"


class MeetingHeld(MeetingActivity):
    """A meeting took place."""

    event_type: ClassVar[str] = "meeting.held"


class LeadAccepted(RepAction):
    """The owner takes the lead on."""

    event_type: ClassVar[str] = "lead.accepted"


class LeadRejected(RepAction):
    """Ends the handoff; reason `not_mine` routes again, any other returns the lead to the team that gave it."""

    event_type: ClassVar[str] = "lead.rejected"


class LeadSalesQualified(RepAction):
    """Inside Sales passes the lead on to Field Sales: an SQL."""

    event_type: ClassVar[str] = "lead.sales_qualified"


class LeadReturned(RepAction):
    """Field Sales gives an SQL back to the Inside Sales owner who passed it."""

    event_type: ClassVar[str] = "lead.returned"


class LeadRecycled(RepAction):
    """The lead goes back to nurturing; its next cycle begins."""

    event_type: ClassVar[str] = "lead.recycled"
    competitor: Text | None = None
    revisit_on: Day | None = None


class LeadDisqualified(RepAction):
    """The lead is none for us."""

    event_type: ClassVar[str] = "lead.disqualified"


class LeadAcknowledged(RepAction):
    """Somebody has seen that a deadline was missed and sees to it: the steps still to come rest for a while."""

    event_type: ClassVar[str] = "lead.acknowledged"


class LeadSnoozed(RepAction):
    """The owner waits on purpose: the clocks of the team rest until `until`."""

    event_type: ClassVar[str] = "lead.snoozed"
    until: Instant | None = None


class OwnerChanged(RepAction):
    """A human's decision on the owner: obeyed and not undone."""

    event_type: ClassVar[str] = "owner.changed"
    owner_id: Key | None = None
    team: Key | None = None


class PromiseMade(RepAction):
    """Something was promised to the lead."""

    event_type: ClassVar[str] = "promise.made"
    what: Memo | None = None
    due_at: Instant | None = None


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
