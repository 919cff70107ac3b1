"""How a handoff ended and who has the lead then, from the lead's moves up to that moment."""

from datetime import datetime
from typing import Final

from services.alerts.parts import RELAY
from services.alerts.playbook import AlertsPlaybook
from services.alerts.staleness import owning_team
from services.alerts.state import OWNED, Ending, LeadAlerts, Outcome
from shared.events.derived import Stage
from shared.events.lifecycle import fold_moves

_ENDS: Final[dict[Stage, Ending]] = {
    "customer": "won",
    "disqualified": "disqualified",
    "lost": "lost",
    "churned": "churned",
}
GOES_ON: Final[frozenset[Ending]] = frozenset({"done", "returned", "won"})
"""Endings after which another team has the lead."""


def how_it_ended(
    state: LeadAlerts, team: str, cycle: int, at: datetime, who: str | None, playbook: AlertsPlaybook
) -> Outcome:
    """The ending of the team's handoff of that cycle at that time, and the team that the lead went to.

    The move that ended it comes on another topic and may not have been read yet: then it is just `ended`.
    """
    life = fold_moves((move for move in state.moves if move.at <= at), relay_has_is="is" in playbook.teams)
    onward = owning_team(life.stage, playbook) or ""
    how = _ending(life.stage, life.cycle > cycle, team, onward)
    if how not in GOES_ON or onward not in playbook.teams:
        return Outcome(how, at, who)
    return Outcome(how, at, who, onward, _owner(state, onward, cycle))


def _ending(stage: Stage, recycled: bool, team: str, onward: str) -> Ending:
    if stage == "lead":
        return "recycled" if recycled else "ended"
    if stage in _ENDS and (stage, team) != ("customer", "cs"):
        return _ENDS[stage]
    return _compared(_place(onward), _place(team))


def _owner(state: LeadAlerts, team: str, cycle: int) -> str | None:
    holding = state.handoffs.get(team)
    return holding.owner if holding and holding.cycle == cycle and holding.status in OWNED else None


def _place(team: str) -> int:
    return RELAY.index(team) if team in RELAY else -1


def _compared(now: int, before: int) -> Ending:
    if now == before:
        return "ended"
    return "done" if now > before else "returned"
