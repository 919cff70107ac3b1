"""Decisions on a lead by one who is not its owner: recorded always, followed as the playbook says.

What a tool reports stays a fact: the stage moves whoever says so. Accepting and rejecting ask for the owner. What
cannot be followed at all is recorded too, with the reason.
"""

from typing import Literal

from services.routing.state import Handoff
from services.routing.turn import Turn
from shared.events import Event
from shared.events.activities import OwnerChanged, RepAction
from shared.events.derived import ActionRefused, OwnerBypassed

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
    """Whether the handoff follows what the event decides; tells of an owner who was bypassed, or that there is none."""
    if event.type in OWNERS_ALONE and _is_unowned(turn, event):
        refuse(turn, event, "unowned")
        return False
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


def _is_unowned(turn: Turn, event: Event) -> bool:
    handoff = turn.state.open_handoff
    return handoff is None or (handoff.owner is None and event.time >= handoff.since)


def refuse(
    turn: Turn, event: Event, reason: Literal["unknown_owner", "unnamed_owner", "unowned"], team: str | None = None
) -> None:
    """Tell that what the event asks for cannot be done; without a team it concerns the one that holds the lead, else
    the relay's first."""
    handoff, data = turn.state.open_handoff, event.data
    concerns = team or (handoff.team if handoff else next(iter(turn.rules.teams)))
    last = turn.state.handoffs.get(concerns)
    refused = ActionRefused(
        team=concerns,
        cycle=last.cycle if last else turn.state.standing.cycle,
        attempt=last.attempt if last else 1,
        decided_at=turn.decided_at,
        owner_id=handoff.owner if handoff else None,
        rep_id=data.rep_id if isinstance(data, RepAction) else None,
        named_id=data.owner_id if isinstance(data, OwnerChanged) else None,
        action=event.type,
        reason=reason,
    )
    turn.emit(refused, turn.at)
