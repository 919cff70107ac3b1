"""Decisions by another than the owner: whoever decided hears that nothing was changed, or the owner that it was."""

from services.alerts.draft import Draft, Situation
from services.alerts.handoff import current
from services.alerts.state import Holding
from shared.events import Event
from shared.events.derived import OwnerBypassed


def on_bypassed(draft: Draft, event: Event, decided: OwnerBypassed) -> None:
    """One message in either case; somebody whom the playbook does not know cannot be told."""
    known = current(draft.state, decided)
    holding = known or Holding(decided.owner_id, decided.cycle, decided.attempt, "assigned", decided.decided_at)
    situation = Situation(
        kind="bypassed" if decided.applied else "not_applied",
        severity="info",
        role="owner" if decided.applied else decided.rep_id or "",
        team=decided.team,
        holding=holding,
        about=decided.rep_id if decided.applied else decided.owner_id,
        detail=decided.action,
        occasion=f"{decided.action}:{event.time.isoformat()}",
    )
    if decided.applied or decided.rep_id in draft.playbook.reps:
        draft.tell(situation, decided.owner_id)
