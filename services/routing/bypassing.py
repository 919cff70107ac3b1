"""Decisions on a lead by one who is not its owner: recorded always, followed as the playbook says.

What a tool reports stays a fact: the stage moves whoever says so. Accepting and rejecting ask for the owner.
"""

from services.routing.state import Handoff
from services.routing.turn import Turn
from shared.events import Event
from shared.events.activities import RepAction
from shared.events.derived import OwnerBypassed

OWNERS_ALONE = frozenset({"lead.accepted", "lead.rejected"})
REFUSABLE = frozenset({"lead.sales_qualified", "lead.snoozed"})
DECISIONS = OWNERS_ALONE | REFUSABLE | {"lead.returned", "lead.recycled", "lead.disqualified"}


def bypassed(turn: Turn, event: Event) -> Handoff | None:
    """The handoff whose owner had no part in this decision. Where nobody is named, what does not ask for the owner is
    taken for theirs."""
    handoff, data = turn.state.open_handoff, event.data
    if event.type not in DECISIONS or not isinstance(data, RepAction) or event.backfill:
        return None
    if handoff is None or handoff.owner is None or event.time < handoff.since:
        return None
    by_owner = data.rep_id == handoff.owner or (data.rep_id is None and event.type not in OWNERS_ALONE)
    return None if by_owner else handoff


def counts(turn: Turn, event: Event) -> bool:
    """Whether what the event decides is followed, whoever reports it."""
    return bypassed(turn, event) is None or event.type not in _refused(turn)


def _refused(turn: Turn) -> frozenset[str]:
    return OWNERS_ALONE if turn.rules.others_may_decide else OWNERS_ALONE | REFUSABLE


def may_follow(turn: Turn, event: Event) -> bool:
    """Whether the handoff follows what the event decides; tells of an owner who was bypassed."""
    handoff = bypassed(turn, event)
    if handoff is None:
        return True
    told = OwnerBypassed(
        team=handoff.team,
        cycle=handoff.cycle,
        attempt=handoff.attempt,
        decided_at=turn.decided_at,
        owner_id=handoff.owner or "",
        rep_id=event.data.rep_id if isinstance(event.data, RepAction) else None,
        action=event.type,
        applied=event.type not in _refused(turn),
    )
    turn.emit(told, turn.at)
    return told.applied
