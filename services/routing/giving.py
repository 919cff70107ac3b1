"""Gives a lead to an owner: through a rule and its pool, or to one who was named; and takes it from them."""

from dataclasses import replace
from datetime import datetime

from services.routing.clocks import end_clocks, start_clocks
from services.routing.picking import Ask, name, settle, weigh
from services.routing.presence import next_opening_for, obstacle
from services.routing.records import Kind, Record
from services.routing.rules import Pool, RoutingRules, Rule
from services.routing.state import Handoff
from services.routing.story import fields_of, packet
from services.routing.turn import Turn
from shared.events.derived import HandoffChanged, LeadAssigned, LeadReassigned, LeadWaiting


def route(turn: Turn, handoff: Handoff, *, previous: str | None = None, reason: str | None = None) -> None:
    """Find the rule, its pool and a member; nobody available means waiting. Without a rule the team gets no lead.

    With a reason it is a reassignment from the previous owner.
    """
    if note := _owner_of_opportunity(turn, handoff):
        give_named(turn, replace(handoff, why="note"), note, previous=previous, reason=reason)
        return
    tried, rule = _first_match(turn, handoff)
    pool = turn.rules.pools.get(rule.pool) if rule else None
    if rule is None or pool is None:
        turn.hold(replace(handoff, status="done", owner=None))
        tell_status(turn, handoff, "done", "the playbook has no rule for the team")
        return
    ask = replace(_ask(turn, handoff, reason), rules_tried=tried, rule=rule.id)
    handoff = replace(handoff, pool=pool.id, rule=rule.id)
    if rule.owner:
        named = _named_by(turn, handoff, rule) or ""
        give_named(turn, handoff, named, previous=previous, reason=reason, tried=tried)
        return
    behind = turn.desk.pool(pool.id).waiting
    record = settle(weigh(ask, pool, turn.desk, turn.rules, turn.decided_at, behind=behind), turn.desk, turn.rules)
    if record.chosen is None:
        _wait(turn, handoff, pool, record)
    else:
        take(turn, handoff, record, previous=previous, reason=reason)


def next_attempt(turn: Turn, team: str, cycle: int) -> Handoff:
    """A new handoff of the team, numbered on within the cycle; it keeps nothing but the number."""
    last = turn.state.handoffs.get(team)
    return Handoff(
        team=team,
        cycle=cycle,
        attempt=last.attempt + 1 if last and last.cycle == cycle else 1,
        status="waiting",
        since=turn.at,
        decided_at=turn.decided_at,
        traceparent=turn.cause.traceparent,
        correlationid=turn.cause.correlationid or turn.cause.id[:200],
    )


def _ask(turn: Turn, handoff: Handoff, reason: str | None) -> Ask:
    return Ask(turn.state.lead, handoff.team, handoff.cycle, handoff.attempt, handoff.had, reason, rule=handoff.rule)


def _first_match(turn: Turn, handoff: Handoff) -> tuple[tuple[str, ...], Rule | None]:
    """The first rule that holds; one that names an owner holds only where they can take the lead."""
    known = fields_of(turn.state, handoff)
    tried: tuple[str, ...] = ()
    for rule in turn.rules.rules.get(handoff.team, ()):
        tried = (*tried, rule.id)
        if rule.matches(known) and (rule.owner is None or _named_by(turn, handoff, rule)):
            return tried, rule
    return tried, None


def _named_by(turn: Turn, handoff: Handoff, rule: Rule) -> str | None:
    return _who_brought_it(turn, handoff) if rule.owner == "from_event" else _owner_of_account(turn, handoff)


def _owner_of_account(turn: Turn, handoff: Handoff) -> str | None:
    """Whom of the team a person has named last for another lead of the account, else who has held one for longest,
    where they can take this one too."""
    holders = turn.desk.accounts.others(turn.state, turn.rules.accounts)
    able = (h.owner for h in holders if h.team == handoff.team and h.owner not in handoff.had)
    return next((owner for owner in able if can_take(turn, owner, handoff.team)), None)


def _owner_of_opportunity(turn: Turn, handoff: Handoff) -> str | None:
    """Who has an open opportunity at the account of a new MQL: one approach per company."""
    rules = turn.rules.accounts
    if not rules.note or turn.state.standing.stage != "mql" or handoff.had or handoff.why:
        return None
    holders = [h.owner for h in turn.desk.accounts.others(turn.state, rules) if h.has_opportunity]
    return next((owner for owner in holders if owner in turn.rules.reps and turn.rules.reps[owner].active), None)


def _who_brought_it(turn: Turn, handoff: Handoff) -> str | None:
    """The rep who last exchanged cards with the lead, where they can take it."""
    if turn.state.brought_by is None:
        return None
    bringer = str(turn.state.brought_by.value)
    return bringer if bringer not in handoff.had and can_take(turn, bringer, handoff.team) else None


def can_take(turn: Turn, rep_id: str, team: str) -> bool:
    """Whether the rep works for the team and is not on leave or away; hours and caps do not count."""
    rep = turn.rules.reps.get(rep_id)
    if rep is None or team not in rep.teams:
        return False
    return obstacle(rep, turn.desk.rep(rep_id), turn.decided_at) in (None, "daily cap", "open cap", "weight 0")


def _wait(turn: Turn, handoff: Handoff, pool: Pool, record: Record) -> None:
    turn.records.append(record)
    waits = replace(handoff, status="waiting", owner=None, decided_at=turn.decided_at, place=record.seq)
    turn.hold(replace(waits, priority=_priority(turn, handoff)))
    turn.desk.enqueue(pool.id)
    turn.desk.wake(
        pool.id, next_opening_for(pool, turn.desk, turn.rules, turn.decided_at, [unable(turn.rules, handoff)])
    )
    waiting = LeadWaiting(
        team=handoff.team,
        pool=pool.id,
        rule=handoff.rule,
        cycle=handoff.cycle,
        attempt=handoff.attempt,
        decided_at=turn.decided_at,
    )
    turn.emit(waiting, turn.decided_at)


def _priority(turn: Turn, handoff: Handoff) -> int:
    return next((rule.priority for rule in turn.rules.rules.get(handoff.team, ()) if rule.id == handoff.rule), 0)


def unable(rules: RoutingRules, handoff: Handoff) -> frozenset[str]:
    """The reps who have had the lead, or lack a skill that its rule asks for."""
    needs = rules.needs_of(handoff.team, handoff.rule)
    return handoff.had | {rep.id for rep in rules.reps.values() if needs - rep.skills}


def give_named(
    turn: Turn,
    handoff: Handoff,
    owner: str,
    *,
    previous: str | None,
    reason: str | None,
    tried: tuple[str, ...] = (),
) -> None:
    """Give the lead to this owner, whom nobody picked."""
    kind: Kind = "reassigned" if reason else "assigned"
    ask = replace(_ask(turn, handoff, reason), rules_tried=tried)
    record = name(ask, owner, turn.desk, turn.rules, turn.decided_at, kind)
    take(turn, handoff, record, previous=previous, reason=reason)


def take(
    turn: Turn, handoff: Handoff, record: Record, *, previous: str | None = None, reason: str | None = None
) -> None:
    """The recorded choice becomes the owner: `lead.reassigned` where there is a reason, else `lead.assigned`."""
    owner = record.chosen or ""
    turn.records.append(replace(record, kind="reassigned") if reason else record)
    held = replace(handoff, status="assigned", owner=owner, had=handoff.had | {owner}, decided_at=turn.decided_at)
    turn.hold(held)
    turn.emit(_given(turn, held, previous, reason), turn.decided_at)
    start_clocks(turn, held)


def _given(turn: Turn, held: Handoff, previous: str | None, reason: str | None) -> LeadAssigned | LeadReassigned:
    if reason is None:
        return LeadAssigned(
            owner_id=held.owner or "",
            team=held.team,
            pool=held.pool,
            rule=held.rule,
            cycle=held.cycle,
            attempt=held.attempt,
            decided_at=turn.decided_at,
            missing=held.missing,
            why=held.why,
            packet=packet(turn.state),
        )
    return LeadReassigned(
        owner_id=held.owner or "",
        previous_owner_id=previous,
        reason=reason,
        team=held.team,
        pool=held.pool,
        rule=held.rule,
        cycle=held.cycle,
        attempt=held.attempt,
        decided_at=turn.decided_at,
        packet=packet(turn.state),
    )


def withdraw(turn: Turn, handoff: Handoff) -> None:
    """Take the lead out of the owner's open work, or out of the queue; whoever waits may now have a chance."""
    if handoff.status == "waiting":
        turn.desk.dequeue(handoff.pool or "")
    elif handoff.owner is not None:
        turn.desk.release(handoff.owner)
        wake_pools_of(turn, handoff.owner, turn.decided_at)


def wake_pools_of(turn: Turn, rep_id: str, at: datetime) -> None:
    for pool in turn.rules.pools.values():
        if rep_id in pool.members and turn.desk.pool(pool.id).waiting:
            turn.desk.wake(pool.id, at)


def close(turn: Turn, handoff: Handoff) -> None:
    """The stage has left the team: its open work ends."""
    withdraw(turn, handoff)
    turn.hold(replace(handoff, status="done"))
    tell_status(turn, handoff, "done")
    end_clocks(turn, handoff.team, "the stage has left the team")


def tell_status(turn: Turn, handoff: Handoff, status: str, reason: str | None = None) -> None:
    """Emit `handoff.changed` with the time of what caused it."""
    changed = HandoffChanged.model_validate(
        {
            "team": handoff.team,
            "cycle": handoff.cycle,
            "attempt": handoff.attempt,
            "decided_at": turn.decided_at,
            "owner_id": handoff.owner,
            "status": status,
            "reason": reason,
        }
    )
    turn.emit(changed, turn.at)
