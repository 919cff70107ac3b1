"""Opportunities, customers and contracts."""

from typing import ClassVar, Literal

from shared.events.activities.base import ActivityData, RepAction
from shared.events.fields import Day, Key, Money, Number, Text


class OpportunityActivity(RepAction):
    """Without `opportunity_id` it is the lead's only opportunity."""

    opportunity_id: Key | None = None
    kind: Text | None = None
    phase: Text | None = None
    amount: Money | None = None
    expected_close: Day | None = None
    yomi: Literal["A", "B", "C"] | None = None


class OpportunityOpened(OpportunityActivity):
    """A deal is being worked on."""

    event_type: ClassVar[str] = "opportunity.opened"


class OpportunityAdvanced(OpportunityActivity):
    """A deal came to another phase."""

    event_type: ClassVar[str] = "opportunity.advanced"


class OpportunityWon(OpportunityActivity):
    """A deal was won."""

    event_type: ClassVar[str] = "opportunity.won"


class OpportunityLost(OpportunityActivity):
    """A deal was lost."""

    event_type: ClassVar[str] = "opportunity.lost"
    competitor: Text | None = None
    revisit_on: Day | None = None


class OpportunityCancelled(OpportunityActivity):
    """A deal was called off."""

    event_type: ClassVar[str] = "opportunity.cancelled"


class OpportunityReopened(OpportunityActivity):
    """A deal that had ended is worked on again."""

    event_type: ClassVar[str] = "opportunity.reopened"


class CustomerOnboarded(RepAction):
    """A customer has been introduced to the product."""

    event_type: ClassVar[str] = "customer.onboarded"


class CustomerContacted(RepAction):
    """Customer Success was in touch with a customer."""

    event_type: ClassVar[str] = "customer.contacted"


class ProductUsed(ActivityData):
    """A customer used the product."""

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
    """A contract began."""

    event_type: ClassVar[str] = "contract.started"


class ContractRenewed(ContractActivity):
    """A contract was prolonged."""

    event_type: ClassVar[str] = "contract.renewed"


class ContractCancelled(ContractActivity):
    """A contract was ended; the last one ends the customer."""

    event_type: ClassVar[str] = "contract.cancelled"


class UpsellActivity(RepAction):
    opportunity_id: Key | None = None
    amount: Money | None = None


class UpsellProposed(UpsellActivity):
    """More was offered to a customer."""

    event_type: ClassVar[str] = "upsell.proposed"


class UpsellWon(UpsellActivity):
    """A customer bought more."""

    event_type: ClassVar[str] = "upsell.won"
