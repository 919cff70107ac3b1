"""What routing derives: stages, which are facts, and owners, which are recorded decisions."""

from typing import ClassVar, Literal

from pydantic import ConfigDict, Field, JsonValue

from shared.events.derived.scores import Cycle
from shared.events.event import EventData
from shared.events.fields import Count, Flag, Instant, Key, Text
from shared.topics import LEAD_HANDOFF

Stage = Literal["lead", "mql", "sql", "opportunity", "customer", "lost", "disqualified", "churned"]


class HandoffEvent(EventData):
    topic: ClassVar[str] = LEAD_HANDOFF


class StageChanged(HandoffEvent):
    """The entry into one stage of one cycle as now known; readers keep the highest `revision` of (subject, cycle, to).

    The event's time is the first entry. `returns` counts entries by a return, `expansions` those at a customer.
    With `retracted` the entry turned out not to have happened.
    """

    model_config = ConfigDict(frozen=True, extra="allow", populate_by_name=True, serialize_by_alias=True)
    event_type: ClassVar[str] = "stage.changed"
    discriminated_by: ClassVar[tuple[str, ...]] = ("cycle", "to", "revision")
    from_: Stage = Field(alias="from")
    to: Stage
    cycle: Cycle
    implied: Flag
    revision: Count
    by: Text
    rep_id: Key | None = None
    reason: Text | None = None
    returns: Count = 0
    expansions: Count = 0
    renewals: Count = 0
    retracted: Flag = False


class StageRefused(HandoffEvent):
    """A reported move that the stage table does not allow: it changed nothing. Readers keep the highest `revision`
    of (subject, refused_source, refused_id)."""

    event_type: ClassVar[str] = "stage.refused"
    discriminated_by: ClassVar[tuple[str, ...]] = ("refused_source", "refused_id", "revision")
    from_: Stage = Field(alias="from")
    by: Text
    cycle: Cycle
    reason: Text
    refused_source: Key
    refused_id: Key
    revision: Count
    retracted: Flag = False


class Decision(HandoffEvent):
    """A recorded decision of routing: `decided_at` is the domain time at which it was made."""

    discriminated_by: ClassVar[tuple[str, ...]] = ("team", "cycle", "attempt")
    team: Key
    cycle: Cycle
    attempt: Count = 1
    decided_at: Instant


class LeadAssigned(Decision):
    """The lead was given to an owner."""

    event_type: ClassVar[str] = "lead.assigned"
    owner_id: Key
    pool: Key | None = None
    rule: Key | None = None
    missing: tuple[Text, ...] = ()
    """Fields of the handover that nobody has filled."""
    why: Text | None = None
    """What for, where it is not the qualification: `returned`, `rejected`, `expansion`, `revisit`, `note`."""
    packet: dict[str, JsonValue] = Field(default_factory=dict)
    """The handoff packet: who and which account, why now, what was said before."""


class LeadReassigned(Decision):
    """The lead went from one owner to another."""

    event_type: ClassVar[str] = "lead.reassigned"
    owner_id: Key
    previous_owner_id: Key | None = None
    reason: Text
    pool: Key | None = None
    rule: Key | None = None
    packet: dict[str, JsonValue] = Field(default_factory=dict)


class LeadWaiting(Decision):
    """Nobody could take the lead: it waits in its pool, oldest first."""

    event_type: ClassVar[str] = "lead.waiting"
    pool: Key
    rule: Key | None = None


class HandoverIncomplete(Decision):
    """Fields that the playbook asks for were not filled when the lead was handed to `team`; `owner_id` is who gave it.

    Where `refused`, the lead stays with them until the fields are told.
    """

    event_type: ClassVar[str] = "handover.incomplete"
    owner_id: Key | None = None
    missing: tuple[Text, ...]
    refused: Flag = False


class OwnerBypassed(Decision):
    """Another than its owner decided on a lead; `applied` tells whether it counted all the same."""

    event_type: ClassVar[str] = "owner.bypassed"
    owner_id: Key
    rep_id: Key | None = None
    """Who did, where it was told."""
    action: Key
    """The type of the activity."""
    applied: Flag


class ActionRefused(Decision):
    """What somebody reported of a lead cannot be followed, and changed nothing.

    `unknown_owner`: `named_id` is no rep of the playbook; `unnamed_owner`: `owner.changed` names nobody; `unowned`:
    nobody has the lead that was to be accepted or rejected.
    """

    event_type: ClassVar[str] = "action.refused"
    owner_id: Key | None = None
    """Who has the lead, and keeps it."""
    rep_id: Key | None = None
    """Who did, where it was told."""
    named_id: Key | None = None
    action: Key
    """The type of the activity."""
    reason: Literal["unknown_owner", "unnamed_owner", "unowned"]


class HandoffChanged(Decision):
    """A handoff moved: waiting, assigned, accepted, worked, done, rejected or reassigned."""

    event_type: ClassVar[str] = "handoff.changed"
    discriminated_by: ClassVar[tuple[str, ...]] = ("team", "cycle", "attempt", "status")
    owner_id: Key | None = None
    status: Literal["waiting", "assigned", "accepted", "worked", "done", "rejected", "reassigned"]
    reason: Text | None = None
