"""A missed deadline that somebody sees to: said with a button or in another tool, read by all who were told of it."""

from dataclasses import replace
from datetime import datetime
from functools import partial

from services.alerts.draft import Draft
from services.alerts.handoff import hold
from services.alerts.state import Holding, Outcome, Posted
from shared.events import Event


def acknowledge(draft: Draft, event: Event, rep_id: str | None) -> None:
    """The messages that stand by then show who sees to it; one that comes later tells of another step."""
    stands = [posted for posted in draft.state.open.values() if _is_unseen_breach(posted) and posted.at <= event.time]
    for breach in stands:
        seen_to = Outcome("acknowledged", event.time, rep_id, until=_steps_rest_until(draft, breach, event.time))
        draft.refresh(partial(_is, breach), seen_to)
    for breach in stands:
        _remember(draft, breach)


def _is_unseen_breach(posted: Posted) -> bool:
    return posted.kind == "breach" and posted.outcome is None


def _is(breach: Posted, posted: Posted) -> bool:
    return posted == breach


def _holding_of(draft: Draft, breach: Posted) -> Holding | None:
    holding = draft.state.handoffs.get(breach.team)
    same = holding is not None and (holding.cycle, holding.attempt) == (breach.cycle, breach.attempt)
    return holding if same else None


def _steps_rest_until(draft: Draft, breach: Posted, at: datetime) -> datetime | None:
    """None where nothing rests: for an owner before, and when the breach has been acknowledged before."""
    holding = _holding_of(draft, breach)
    if holding is None or breach.clock is None or holding.seen_to.get(breach.clock) == breach.run:
        return None
    return draft.playbook.acknowledged_until(breach.clock, breach.about, at)


def _remember(draft: Draft, breach: Posted) -> None:
    holding = _holding_of(draft, breach)
    if holding and breach.clock:
        hold(draft, breach.team, replace(holding, seen_to={**holding.seen_to, breach.clock: breach.run}))
