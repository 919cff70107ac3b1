"""Decisions by another than the owner: whoever decided hears that it does not count, or the owner that it does. What
cannot be followed at all is told to whoever reported it."""

from services.alerts.draft import Draft, Situation
from services.alerts.handoff import current
from services.alerts.state import Holding
from shared.events import Event
from shared.events.derived import ActionRefused, Decision, OwnerBypassed


def on_bypassed(draft: Draft, event: Event, decided: OwnerBypassed) -> None:
    """One message in either case; where whoever decided in vain cannot be told, the owner is."""
    decider = None if decided.applied else _decider(draft, decided.rep_id)
    situation = Situation(
        kind="bypassed" if decided.applied else "not_applied",
        severity="info",
        role=decider or "owner",
        team=decided.team,
        holding=_holding(draft, decided, decided.owner_id),
        about=decided.owner_id if decider else decided.rep_id,
        detail=decided.action,
        occasion=f"{decided.action}:{event.time.isoformat()}",
    )
    draft.tell(situation, decided.owner_id)


def on_refused(draft: Draft, event: Event, refused: ActionRefused) -> None:
    """Whoever reported it is told; where they cannot be, the owner, else the team's channel."""
    situation = Situation(
        kind=refused.reason,
        severity="info",
        role=_decider(draft, refused.rep_id) or ("owner" if refused.owner_id else "channel"),
        team=refused.team,
        holding=_holding(draft, refused, refused.owner_id),
        about=refused.named_id,
        detail=refused.action,
        occasion=f"{refused.action}:{event.time.isoformat()}",
    )
    draft.tell(situation, refused.owner_id)


def _decider(draft: Draft, rep_id: str | None) -> str | None:
    rep = draft.playbook.reps.get(rep_id or "")
    return rep.id if rep and rep.slack else None


def _holding(draft: Draft, decided: Decision, owner: str | None) -> Holding:
    status = "assigned" if owner else "waiting"
    unknown = Holding(owner, decided.cycle, decided.attempt, status, decided.decided_at)
    return current(draft.state, decided) or unknown
