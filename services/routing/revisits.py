"""A lead that was lost or given back to nurturing, and comes to its last owner again on the day that was agreed."""

from dataclasses import replace
from datetime import UTC, date, datetime, time

from services.routing.giving import can_take, give_named, next_attempt, route
from services.routing.handoff import RESTING
from services.routing.rules import RoutingRules
from services.routing.state import Handoff, LeadRouting, Revisit
from services.routing.turn import Turn
from shared.events import Event
from shared.worktime import NoOpeningError


def plan(turn: Turn, event: Event) -> None:
    """Remember the day that the event names; the latest event by its own time counts, and no day comes twice."""
    day, known = event.data.value("revisit_on"), turn.state.revisit
    if not isinstance(day, date) or (known is not None and known.told_at > event.time):
        return
    if known is not None and known.at is None and day <= known.day:
        return
    at = _opening(turn.rules, _last_handoff(turn.state, turn.rules), day)
    turn.state.revisit = Revisit(day, event.time, at) if at else None


def _first_team(rules: RoutingRules) -> str:
    """The team that takes new leads."""
    return next(iter(rules.teams), "")


def _last_handoff(state: LeadRouting, rules: RoutingRules) -> Handoff | None:
    return state.handoffs.get(_first_team(rules))


def _opening(rules: RoutingRules, last: Handoff | None, day: date) -> datetime | None:
    owner = last.owner if last else None
    calendar = rules.calendar_of(owner, _first_team(rules))
    zone = rules.zone_of(owner) if owner and owner in rules.reps else calendar.zone
    try:
        return calendar.next_opening(datetime.combine(day, time(), zone).astimezone(UTC))
    except NoOpeningError:
        return None


def revisit_at(state: LeadRouting, *, caught_up: bool = True) -> datetime | None:
    """When the lead is to be given again; only where our reading has caught up."""
    return state.revisit.at if state.revisit and caught_up else None


def fire_revisit(turn: Turn, at: datetime, *, caught_up: bool) -> None:
    """Give the lead to its last owner, else by the rules, where it still rests on its day."""
    due = revisit_at(turn.state, caught_up=caught_up)
    if due is None or due > at or turn.state.revisit is None:
        return
    day = turn.state.revisit.day
    turn.state.revisit = replace(turn.state.revisit, at=None)
    standing, last = turn.state.standing, _last_handoff(turn.state, turn.rules)
    if standing.stage not in RESTING or turn.state.open_handoff:
        return
    team = _first_team(turn.rules)
    turn = turn.timed(due, ("revisit", day.isoformat()), last or next_attempt(turn, team, standing.cycle))
    fresh = replace(next_attempt(turn, team, standing.cycle), why="revisit")
    if last is not None and last.owner is not None and can_take(turn, last.owner, last.team):
        again = replace(fresh, pool=last.pool, rule=last.rule)
        give_named(turn, again, last.owner, previous=None, reason=None)
    else:
        route(turn, fresh)
