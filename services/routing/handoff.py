"""Who holds a lead, as its stage moves and as people accept, reject, return it or name an owner."""

from dataclasses import replace
from datetime import datetime

from services.routing.bypassing import may_follow, refuse
from services.routing.clocks import end_clocks, stays
from services.routing.giving import can_take, close, give_named, next_attempt, route, tell_status, withdraw
from services.routing.handover import is_refused, missing, tell_missing
from services.routing.pausing import acknowledge, pause
from services.routing.rules import RoutingRules
from services.routing.state import Handoff, Named, Standing
from services.routing.turn import Turn
from shared.events import Event
from shared.events.activities import (
    TOUCHES,
    LeadAccepted,
    LeadAcknowledged,
    LeadRecycled,
    LeadRejected,
    LeadSnoozed,
    OwnerChanged,
    RepAction,
)
from shared.events.derived import Stage
from shared.events.lifecycle import ENDS, Lifecycle

RESTING = frozenset({"lead", *ENDS}) - {"disqualified"}
"""Stages at which nobody works on the lead."""

PASSED_ON: dict[str, Stage] = {"lead.qualified": "mql", "lead.sales_qualified": "sql"}
"""Moves that hand the lead over although it stands there already: its team had rejected it before."""


def responsible(stage: Stage, rules: RoutingRules) -> str | None:
    """The team that owns leads at this stage; None where nobody does or the relay lacks the team."""
    team = {"mql": "is" if rules.relay_has_is else "fs", "sql": "fs", "opportunity": "fs", "customer": "cs"}.get(stage)
    return team if team in rules.teams else None


def standing_of(life: Lifecycle) -> Standing:
    mql = life.entries.get((life.cycle, "mql"))
    expansions = sum(entry.expansions for entry in life.entries.values())
    return Standing(life.stage, life.cycle, life.live, mql.returns if mql else 0, expansions)


def follow(turn: Turn, life: Lifecycle, event: Event) -> None:
    """Close and open handoffs as the stage asks: a stage that was entered live is given to its team."""
    before, now = turn.state.standing, standing_of(life)
    turn.state.standing = now
    team = responsible(now.stage, turn.rules)
    holding = turn.state.handoffs.get(team or "")
    is_held = holding is not None and holding.is_open and holding.cycle == now.cycle
    if now == before and (is_held or not _passes_on(event, now.stage, holding)):
        return
    if not may_follow(turn, event):
        return
    giver = turn.state.open_handoff
    if team is not None and now.live and not is_held and is_refused(turn, team, giver):
        return
    for handoff in list(turn.state.handoffs.values()):
        if handoff.is_open and (handoff.team != team or handoff.cycle != now.cycle):
            close(turn, handoff)
    if team is None or not now.live:
        return
    if not is_held:
        _open(turn, team, now.cycle, giver)
    elif holding is not None and holding.why == "revisit" and now.stage == "mql" and before.stage != "mql":
        _give_again(turn, holding, event.type, why=None)
    elif holding is not None and (now.expansions > before.expansions or not before.live):
        _give_again(turn, holding, "expansion", why="expansion")


def _passes_on(event: Event, stage: Stage, holding: Handoff | None) -> bool:
    """Whether the event hands the lead over anew; one that happened before the team rejected it does not."""
    if PASSED_ON.get(event.type) != stage or event.backfill:
        return False
    return holding is None or holding.ended_at is None or event.time >= holding.ended_at


def _open(turn: Turn, team: str, cycle: int, giver: Handoff | None) -> None:
    """Give the lead to the team: to an owner named by a person, to whoever had it in this cycle, or by the rules."""
    last = turn.state.handoffs.get(team)
    fresh = replace(next_attempt(turn, team, cycle), missing=missing(turn, team))
    tell_missing(turn, fresh, giver)
    named = turn.state.named.get(team)
    turn.state.named = {name: one for name, one in turn.state.named.items() if name != team}
    if named and named.cycle == cycle:
        give_named(turn, replace(fresh, named_at=named.at), named.owner, previous=None, reason=None)
    elif last and last.cycle == cycle and last.status == "done" and _is_there(turn, last):
        previous = giver.owner if giver else None
        why = "returned" if turn.cause_type == "lead.returned" else None
        again = replace(fresh, pool=last.pool, rule=last.rule, named_at=last.named_at, why=why)
        give_named(turn, again, last.owner or "", previous=previous, reason=turn.cause_type)
    else:
        route(turn, fresh)


def _is_there(turn: Turn, handoff: Handoff) -> bool:
    return handoff.owner is not None and can_take(turn, handoff.owner, handoff.team)


def _give_again(turn: Turn, handoff: Handoff, reason: str, *, why: str | None) -> None:
    """Hand the owner the lead once more; clocks that run for other reasons go on."""
    if handoff.owner is None:
        return
    turn.desk.release(handoff.owner)
    again = replace(handoff, attempt=handoff.attempt + 1, since=turn.at, why=why)
    give_named(turn, again, handoff.owner, previous=handoff.owner, reason=reason)


def act(turn: Turn, event: Event, data: RepAction) -> None:
    """Apply what a rep did to the handoff."""
    match data:
        case LeadSnoozed() if may_follow(turn, event):
            pause(turn, event, data)
        case LeadRecycled():
            _rest_again(turn, event)
        case LeadAcknowledged():
            acknowledge(turn, event)
        case OwnerChanged():
            _obey(turn, event, data)
        case LeadRejected() if may_follow(turn, event):
            _reject(turn, event, data)
        case LeadAccepted() if may_follow(turn, event):
            _accept(turn, event, data)
        case _ if event.type in TOUCHES:
            _accept(turn, event, data)
            _work(turn, event, data)


def _rest_again(turn: Turn, event: Event) -> None:
    """A lead that was given to be revisited, and still rests, is nobody's again: its stage does not move by that."""
    handoff = turn.state.open_handoff
    if handoff and handoff.why == "revisit" and turn.state.standing.stage in RESTING and event.time >= handoff.since:
        close(turn, handoff)


def _of_owner(turn: Turn, event: Event, data: RepAction) -> Handoff | None:
    """The open handoff if its owner did this, and during this attempt."""
    handoff = turn.state.open_handoff
    if handoff is None or data.rep_id is None or handoff.owner != data.rep_id or event.time < handoff.since:
        return None
    return handoff


def _accept(turn: Turn, event: Event, data: RepAction) -> None:
    handoff = _of_owner(turn, event, data)
    if handoff and handoff.status == "assigned":
        turn.hold(replace(handoff, status="accepted"))
        tell_status(turn, handoff, "accepted", None if isinstance(data, LeadAccepted) else event.type)


def _work(turn: Turn, event: Event, data: RepAction) -> None:
    handoff = _of_owner(turn, event, data)
    if handoff and handoff.status == "accepted":
        turn.hold(replace(handoff, status="worked"))
        tell_status(turn, handoff, "worked", event.type)


def _reject(turn: Turn, event: Event, data: LeadRejected) -> None:
    """`not_mine` routes again to one who has not had it; any other reason gives it back to the team that gave it."""
    handoff = _of_owner(turn, event, data)
    if handoff is None:
        return
    withdraw(turn, handoff)
    turn.hold(replace(handoff, status="rejected", ended_at=turn.at))
    tell_status(turn, handoff, "rejected", data.reason)
    end_clocks(turn, handoff.team, "rejected")
    if data.reason == "not_mine":
        again = replace(next_attempt(turn, handoff.team, handoff.cycle), had=handoff.had, why=_kept_why(handoff))
        route(turn, again, previous=handoff.owner, reason="not_mine")
    else:
        _give_back(turn, handoff, data.reason or "rejected")


def _kept_why(handoff: Handoff) -> str | None:
    """What the next attempt is for; a note that somebody else is given is a lead to be worked on."""
    return None if handoff.why == "note" else handoff.why


def _give_back(turn: Turn, rejected: Handoff, reason: str) -> None:
    relay = list(turn.rules.teams)
    place = relay.index(rejected.team) if rejected.team in relay else 0
    giver = turn.state.handoffs.get(relay[place - 1]) if place else None
    if giver is None or giver.cycle != rejected.cycle:
        return
    again = replace(next_attempt(turn, giver.team, giver.cycle), why="rejected")
    if giver.owner is not None and _is_there(turn, giver):
        again = replace(again, pool=giver.pool, rule=giver.rule, named_at=giver.named_at)
        give_named(turn, again, giver.owner, previous=rejected.owner, reason=reason)
    else:
        route(turn, again, previous=rejected.owner, reason=reason)


def _obey(turn: Turn, event: Event, data: OwnerChanged) -> None:
    """A person's decision on the owner stands, unless the playbook does not know whom they named; for a team that does
    not hold the lead yet it is kept until it does."""
    held, standing = turn.state.open_handoff, turn.state.standing
    asked = held.team if held else responsible(standing.stage, turn.rules)
    team = data.team or asked
    if team is None or team not in turn.rules.teams:
        return
    if data.owner_id is None or data.owner_id not in turn.rules.reps:
        refuse(turn, event, "unknown_owner" if data.owner_id else "unnamed_owner", team)
    elif team != asked:
        _name(turn, team, Named(data.owner_id, standing.cycle, event.time))
    elif event.time < _decided_since(turn.state.handoffs.get(team), event.time):
        return
    elif held is None:
        fresh = next_attempt(turn, team, standing.cycle)
        give_named(turn, replace(fresh, named_at=turn.at), data.owner_id, previous=None, reason="owner.changed")
    else:
        _change_owner(turn, held, data.owner_id)


def _name(turn: Turn, team: str, named: Named) -> None:
    known = turn.state.named.get(team)
    if known is None or known.at <= named.at:
        turn.state.named = {**turn.state.named, team: named}


def _decided_since(last: Handoff | None, at: datetime) -> datetime:
    """The time of what was last decided about the owner of a team, which an older decision does not undo."""
    if last is None:
        return at
    return max(last.since if last.is_open else last.ended_at or at, last.named_at or at)


def _change_owner(turn: Turn, held: Handoff, owner: str) -> None:
    if held.owner == owner:
        turn.hold(replace(held, named_at=turn.at))
        turn.change_clocks(lambda clock: stays(clock) if clock.team == held.team else clock)
        return
    withdraw(turn, held)
    end_clocks(turn, held.team, "owner changed")
    fresh = replace(next_attempt(turn, held.team, held.cycle), had=held.had, named_at=turn.at, why=_kept_why(held))
    give_named(turn, fresh, owner, previous=held.owner, reason="owner.changed")
