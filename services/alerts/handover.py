"""Handovers without all their fields, as they concern the one who gave the lead."""

from services.alerts.draft import Draft, Situation
from services.alerts.handoff import of_handoff
from services.alerts.kinds import OWN_CARDS, Kind
from services.alerts.parts import RELAY
from services.alerts.state import Holding, LeadAlerts, Outcome, Posted
from shared.events import Event
from shared.events.derived import HandoverIncomplete


def on_incomplete(draft: Draft, event: Event, decided: HandoverIncomplete) -> None:
    """A refused handover is told; one that went on shows in the giver's message, and is told where there is none."""
    draft.learn_lacking(decided.team, decided.missing)
    if decided.owner_id is None:
        return
    team, holding = _given_by(draft.state, decided, decided.owner_id)
    kind: Kind = "refused" if decided.refused else "incomplete"
    occasion = event.time.isoformat()
    severity = draft.playbook.rules.severity.of(kind)
    situation = Situation(kind, severity, "owner", team, holding, detail=decided.team, occasion=occasion)
    concerns = of_handoff(team, holding.cycle, holding.attempt)
    if decided.refused:
        draft.close(lambda posted: posted.kind == "refused" and concerns(posted), Outcome("repeated", event.time))
        draft.tell(situation, decided.owner_id)
        return
    told = [posted for posted in draft.state.open.values() if concerns(posted) and _says_where_it_went(posted, decided)]
    if told:
        draft.refresh(lambda posted: posted in told)
    else:
        draft.tell(situation, decided.owner_id)


def _says_where_it_went(posted: Posted, decided: HandoverIncomplete) -> bool:
    return posted.kind in OWN_CARDS and posted.outcome is not None and posted.outcome.to_team == decided.team


def _given_by(state: LeadAlerts, decided: HandoverIncomplete, owner: str) -> tuple[str, Holding]:
    """The giver's team and handoff: of the teams before, the last where they have the lead."""
    before = RELAY[: RELAY.index(decided.team)] if decided.team in RELAY else RELAY
    for team in reversed(before):
        holding = state.handoffs.get(team)
        if holding and (holding.owner, holding.cycle) == (owner, decided.cycle):
            return team, holding
    unknown = Holding(owner, decided.cycle, decided.attempt, "assigned", decided.decided_at)
    return next(reversed(before), decided.team), unknown
