"""Owners, as routing decided on them: who holds the lead now, and who must hear of that."""

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta
from functools import partial
from typing import Final

from services.alerts.draft import Draft, Situation
from services.alerts.ending import how_it_ended
from services.alerts.kinds import Kind
from services.alerts.packet import learn
from services.alerts.parts import RELAY
from services.alerts.state import Holding, LeadAlerts, Outcome, Posted
from shared.durations import WorkDuration
from shared.events import Event
from shared.events.derived import (
    Decision,
    HandoffChanged,
    LeadAssigned,
    LeadReassigned,
    LeadWaiting,
)
from shared.worktime import ALWAYS_OPEN, NoOpeningError

GIVEN_UP = "not_mine"
"""The reason of those who gave the lead up themselves: they need not be told."""
KIND_OF: Final[dict[str, Kind]] = {"note": "note", "revisit": "revisit"}
"""What a lead is to its owner that is given for another reason than its qualification."""
GIVEN_FOR: Final = {"returned": "lead.returned", "rejected": "given_back", "expansion": "expansion"}


def hold(draft: Draft, team: str, holding: Holding) -> None:
    """Keep the team's holding in the state."""
    draft.state = replace(draft.state, handoffs={**draft.state.handoffs, team: holding})


def of_handoff(team: str, cycle: int, attempt: int) -> Callable[[Posted], bool]:
    """Whether a message is about that handoff."""
    return lambda posted: (posted.team, posted.cycle, posted.attempt) == (team, cycle, attempt)


def _of_handoff_or_breach_before(changed: HandoffChanged) -> Callable[[Posted], bool]:
    """Messages about the handoff; a breach of an owner before, told after they lost it, is about the lead too."""
    of_this = of_handoff(changed.team, changed.cycle, changed.attempt)
    whole = (changed.team, changed.cycle, "breach")
    return lambda posted: (
        of_this(posted) or ((posted.team, posted.cycle, posted.kind) == whole and posted.attempt < changed.attempt)
    )


def current(state: LeadAlerts, decision: Decision) -> Holding | None:
    """The holding that the decision is about; None for one that was overtaken."""
    holding = state.handoffs.get(decision.team)
    same = holding is not None and (holding.cycle, holding.attempt) == (decision.cycle, decision.attempt)
    return holding if same else None


def on_assigned(draft: Draft, _: Event, decided: LeadAssigned) -> None:
    """The new owner is told; who was told of the waiting sees that it is over."""
    why = decided.why or ""
    holding = Holding(decided.owner_id, decided.cycle, decided.attempt, "assigned", decided.decided_at, why)
    hold(draft, decided.team, holding)
    draft.state = learn(draft.state, decided.packet)
    draft.learn_lacking(decided.team, decided.missing)
    _name_next_owner(draft, decided)
    taken = Outcome("assigned", decided.decided_at, decided.owner_id)
    draft.close(lambda posted: posted.kind == "waiting" and posted.team == decided.team, taken)
    kind = KIND_OF.get(why, "assigned")
    severity = draft.playbook.rules.severity.of(kind)
    situation = Situation(kind, severity, "owner", decided.team, holding, detail=GIVEN_FOR.get(why, ""))
    draft.tell(situation, decided.owner_id)


def _name_next_owner(draft: Draft, decided: LeadAssigned | LeadReassigned) -> None:
    """The team that a lead went to has an owner: those who had it before see the name."""
    for posted in list(draft.state.open.values()):
        went, same_cycle = posted.outcome, posted.cycle == decided.cycle
        if went and went.awaits_owner and same_cycle and went.to_team == decided.team:
            draft.close(partial(_shows, went), replace(went, to_owner=decided.owner_id))


def _shows(outcome: Outcome, posted: Posted) -> bool:
    return posted.outcome == outcome


def on_reassigned(draft: Draft, event: Event, decided: LeadReassigned) -> None:
    """Both the new and the previous owner are told; older messages of the team show who has the lead now."""
    before = draft.state.handoffs.get(decided.team)
    previous = decided.previous_owner_id
    taken_away = before is not None and before.owner == previous != decided.owner_id
    kind = _kind_of(draft.state, decided)
    holding = Holding(decided.owner_id, decided.cycle, decided.attempt, "assigned", decided.decided_at)
    hold(draft, decided.team, holding)
    draft.state = learn(draft.state, decided.packet)
    _name_next_owner(draft, decided)
    taken = Outcome("assigned" if kind == "again" else "moved", decided.decided_at, decided.owner_id)
    draft.close(lambda posted: posted.team == decided.team, taken)
    severities = draft.playbook.rules.severity
    told = Situation(
        kind=kind,
        severity=severities.of(kind),
        role="owner",
        team=decided.team,
        holding=holding,
        about=previous,
        detail=_why(draft.state, decided, event.time),
    )
    draft.tell(told, decided.owner_id)
    if previous and taken_away and decided.reason != GIVEN_UP:
        draft.tell(replace(told, kind="moved", severity=severities.moved, about=decided.owner_id), previous)


def _why(state: LeadAlerts, decided: LeadReassigned, at: datetime) -> str:
    """The reason of a reassignment; of a return the one that was given for it, where it is known already."""
    if decided.reason != "lead.returned":
        return decided.reason
    given = [move.reason for move in state.moves if move.type == decided.reason and move.at <= at and move.reason]
    return given[-1] if given else decided.reason


def _kind_of(state: LeadAlerts, decided: LeadReassigned) -> Kind:
    """What a reassignment is to the new owner; 差し戻し is from a team further on in the relay only."""
    before, previous = state.handoffs.get(decided.team), decided.previous_owner_id
    if previous == decided.owner_id:
        return "again"
    if previous is None:
        return "assigned"
    if before is not None and before.owner == previous:
        return "reassigned"
    later = RELAY[RELAY.index(decided.team) + 1 :] if decided.team in RELAY else ()
    held = (state.handoffs.get(team) for team in later)
    held_later = any(one and (one.owner, one.cycle) == (previous, decided.cycle) for one in held)
    return "returned" if held_later else "assigned"


def on_waiting(draft: Draft, _: Event, decided: LeadWaiting) -> None:
    """Nobody can take the lead: somebody is told when that has lasted too long."""
    team = draft.playbook.teams.get(decided.team)
    rule = draft.playbook.rules.waiting
    due = None
    if rule and not draft.backfill:
        due = _due(team.calendar.due if team else ALWAYS_OPEN.due, decided.decided_at, rule.after)
    holding = Holding(None, decided.cycle, decided.attempt, "waiting", decided.decided_at, waiting_due=due)
    hold(draft, decided.team, holding)


def _due(
    by: Callable[[datetime, WorkDuration | timedelta], datetime], start: datetime, after: WorkDuration
) -> datetime | None:
    try:
        return by(start, after)
    except NoOpeningError:
        return None


def on_changed(draft: Draft, event: Event, decided: HandoffChanged) -> None:
    """Accepting, rejecting or finishing a handoff shows in the messages about it."""
    holding = current(draft.state, decided)
    if holding is None or decided.status == "waiting":
        return
    hold(draft, decided.team, replace(holding, status=decided.status, waiting_due=None))
    concerns = _of_handoff_or_breach_before(decided)
    who = decided.owner_id or holding.owner
    match decided.status:
        case "accepted":
            draft.refresh(
                lambda posted: concerns(posted) and posted.kind != "moved", Outcome("accepted", event.time, who)
            )
        case "done":
            went = how_it_ended(draft.state, decided.team, decided.cycle, event.time, who, draft.playbook)
            draft.hand_on(concerns, went)
        case "rejected":
            draft.close(concerns, Outcome("rejected", event.time, who), acknowledges=True)
        case _:
            pass
