"""Decisions by another than the owner: whoever decided hears that it does not count, or the owner that it does."""

from services.alerts.draft import Draft, Situation
from services.alerts.handoff import current
from services.alerts.state import Holding
from shared.events import Event
from shared.events.derived import OwnerBypassed


def on_bypassed(draft: Draft, event: Event, decided: OwnerBypassed) -> None:
    """One message in either case; where whoever decided in vain cannot be told, the owner is."""
    known = current(draft.state, decided)
    holding = known or Holding(decided.owner_id, decided.cycle, decided.attempt, "assigned", decided.decided_at)
    rep = draft.playbook.reps.get(decided.rep_id or "")
    decider = rep.id if rep and rep.slack and not decided.applied else None
    situation = Situation(
        kind="bypassed" if decided.applied else "not_applied",
        severity="info",
        role=decider or "owner",
        team=decided.team,
        holding=holding,
        about=decided.owner_id if decider else decided.rep_id,
        detail=decided.action,
        occasion=f"{decided.action}:{event.time.isoformat()}",
    )
    draft.tell(situation, decided.owner_id)
