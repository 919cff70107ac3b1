"""How a handoff ended, from the lead's moves up to that moment."""

from datetime import datetime
from typing import Final

from services.alerts.playbook import RELAY, AlertsPlaybook
from services.alerts.staleness import owning_team
from services.alerts.state import Ending, LeadAlerts
from shared.events.derived import Stage
from shared.events.lifecycle import fold_moves

_ENDS: Final[dict[Stage, Ending]] = {
    "customer": "won",
    "disqualified": "disqualified",
    "lost": "lost",
    "churned": "churned",
}


def how_it_ended(state: LeadAlerts, team: str, cycle: int, at: datetime, playbook: AlertsPlaybook) -> Ending:
    """The ending of the team's handoff of that cycle at that time.

    The move that ended it comes on another topic and may not have been read yet: then it is just `ended`.
    """
    life = fold_moves((move for move in state.moves if move.at <= at), relay_has_is="is" in playbook.teams)
    if life.stage == "lead":
        return "recycled" if life.cycle > cycle else "ended"
    if life.stage in _ENDS and (life.stage, team) != ("customer", "cs"):
        return _ENDS[life.stage]
    return _compared(_place(owning_team(life.stage, playbook)), _place(team))


def _place(team: str | None) -> int:
    return RELAY.index(team) if team in RELAY else -1


def _compared(now: int, before: int) -> Ending:
    if now == before:
        return "ended"
    return "done" if now > before else "returned"
