"""Picks the owner of a lead from a pool, and records why."""

from collections.abc import Set as AbstractSet
from dataclasses import dataclass, replace
from datetime import datetime

from services.routing.desk import Desk
from services.routing.presence import HAD_IT, OFF_HOURS, is_off_hours, obstacle
from services.routing.records import Candidate, Kind, Record, choose
from services.routing.rules import Pool, RoutingRules


@dataclass(frozen=True, slots=True)
class Ask:
    """What a decision is asked for: an attempt of a handoff, and the reps who have had the lead in it."""

    lead: str
    team: str
    cycle: int
    attempt: int
    had: AbstractSet[str] = frozenset()
    reason: str | None = None
    rules_tried: tuple[str, ...] = ()
    rule: str | None = None


def weigh(ask: Ask, pool: Pool, desk: Desk, rules: RoutingRules, at: datetime, *, behind: int = 0) -> Record:
    """Who of the pool would get the lead, nothing counted yet; `chosen` is None where nobody can be given it.

    `behind` is how many leads wait in the pool that must not be overtaken.
    """
    candidates, overlooked = _candidates(ask, pool, desk, rules, at)
    choice = choose(pool.pick, () if behind else candidates)
    return replace(
        _record(ask, "waiting" if choice.rep is None else "assigned", rules, at),
        pool=pool.id,
        seq=desk.pool(pool.id).seq + 1,
        pick=pool.pick,
        ahead=behind,
        candidates=candidates,
        hours_overlooked=overlooked,
        chosen=choice.rep,
        balances_after=dict(choice.balances),
    )


def settle(record: Record, desk: Desk, rules: RoutingRules) -> Record:
    """Count the decision: the pool's number, and the turn of the one who was chosen."""
    turns = desk.change_pool(record.pool or "")
    turns.seq = record.seq
    turns.balances.update(record.balances_after)
    if record.chosen is not None:
        turns.last_given[record.chosen] = record.seq
        desk.give(record.chosen, record.decided_at.astimezone(rules.zone_of(record.chosen)).date())
    return record


def name(ask: Ask, owner: str, desk: Desk, rules: RoutingRules, at: datetime, kind: Kind) -> Record:
    """Give the lead to an owner who was not picked but named: by a person, or because they had it before."""
    desk.give(owner, at.astimezone(rules.zone_of(owner)).date())
    return replace(_record(ask, kind, rules, at), asked_for=owner, chosen=owner)


def _record(ask: Ask, kind: Kind, rules: RoutingRules, at: datetime) -> Record:
    return Record(
        kind=kind,
        lead=ask.lead,
        team=ask.team,
        cycle=ask.cycle,
        attempt=ask.attempt,
        decided_at=at,
        playbook=rules.version,
        reason=ask.reason,
        rules_tried=ask.rules_tried,
        rule=ask.rule,
    )


def _candidates(
    ask: Ask, pool: Pool, desk: Desk, rules: RoutingRules, at: datetime
) -> tuple[tuple[Candidate, ...], bool]:
    """The members in list order, and whether their hours were overlooked because nobody is at work."""
    members = tuple(_candidate(rep, ask, pool, desk, rules, at) for rep in pool.members)
    if not pool.assigns_when_all_away or any(member.passed_over is None for member in members):
        return members, False
    overlooked = tuple(replace(m, passed_over=None) if m.passed_over == OFF_HOURS else m for m in members)
    return overlooked, overlooked != members


def _candidate(rep_id: str, ask: Ask, pool: Pool, desk: Desk, rules: RoutingRules, at: datetime) -> Candidate:
    turns, rep, load = desk.pool(pool.id), rules.reps[rep_id], desk.rep(rep_id)
    lacking = sorted(rules.needs_of(ask.team, ask.rule) - rep.skills)
    reason = HAD_IT if rep_id in ask.had else f"lacks {', '.join(lacking)}" if lacking else obstacle(rep, load, at)
    if reason is None and pool.hours_count and is_off_hours(rep, at):
        reason = OFF_HOURS
    return Candidate(
        rep=rep_id,
        weight=rep.weight,
        balance=turns.balances.get(rep_id, 0),
        last_given=turns.last_given.get(rep_id, 0),
        open=load.open,
        passed_over=reason,
    )
