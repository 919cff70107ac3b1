"""What routing decides about a lead. Pure: state, event or due timer, desk and rules in; state, events, records out.

Facts (`stage.*`) are a function of the set of moves; decisions (owners, clocks) are made once, at `decided_at`.
"""

from collections.abc import Iterable, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import lru_cache

from services.routing.clocks import observe, start_on
from services.routing.desk import Desk
from services.routing.giving import route, take, unable
from services.routing.handoff import act, follow
from services.routing.handover import note_filled
from services.routing.ladder import fire, may_reassign, next_at
from services.routing.moving import move_clocks
from services.routing.pausing import rest_on
from services.routing.picking import Ask, settle, weigh
from services.routing.presence import next_opening_for, present
from services.routing.revisits import fire_revisit, plan, revisit_at
from services.routing.rules import RoutingRules
from services.routing.stages import tell_stages
from services.routing.state import SOURCE, LeadRouting
from services.routing.story import learn
from services.routing.turn import Routed, Turn
from shared.events import Event, TimerCause
from shared.events.activities import REP_ACTIONS, ClocksMoveRequested, RepAction, RepAway, RepBack
from shared.events.lifecycle import MOVES, Move

__all__ = [
    "DESK_TYPES",
    "SOURCE",
    "Drained",
    "LeadRouting",
    "Routed",
    "apply",
    "apply_rep",
    "drain",
    "may_reassign",
    "needs_desk",
    "next_chance_in",
    "next_due",
    "on_due",
    "present_in",
    "types_read",
]

REP_TYPES = frozenset({RepAway.event_type, RepBack.event_type})
_ALWAYS_READ = (
    REP_ACTIONS
    | REP_TYPES
    | {
        "lead.qualified",
        "profile.updated",
        "consent.changed",
        "person.left",
        "business_card.exchanged",
        "clocks.move_requested",
    }
)


def types_read(rules: RoutingRules) -> frozenset[str]:
    """What routing reads; behaviour reaches it through `lead.qualified`, and where a clock asks for it."""
    return _read_with(rules.clock_types)


@lru_cache(maxsize=8)
def _read_with(clock_types: frozenset[str]) -> frozenset[str]:
    return _ALWAYS_READ | clock_types


DESK_TYPES = frozenset(MOVES) | REP_TYPES | {"lead.rejected", "owner.changed"}


def needs_desk(event: Event) -> bool:
    """Whether the event could change pools or reps; for others `apply` may be given an empty desk."""
    return event.type in DESK_TYPES


def apply(state: LeadRouting, event: Event, decided_at: datetime, desk: Desk, rules: RoutingRules) -> Routed:
    """Apply one event of the lead that was not applied before. Backfill builds state, and decides nothing."""
    if event.type not in types_read(rules):
        return Routed(state)
    turn = Turn(state.copied(), event, event.time, decided_at, desk, rules)
    learn(turn.state, event)
    note_filled(turn, event)
    if not event.backfill:
        observe(turn, event)
        rest_on(turn, event)
    if isinstance(event.data, RepAction) and not event.backfill:
        act(turn, event, event.data)
        plan(turn, event)
    if move := Move.of(event):
        follow(turn, tell_stages(turn, move), event)
    if not event.backfill:
        start_on(turn, event)
    if isinstance(event.data, ClocksMoveRequested) and not event.backfill:
        move_clocks(turn)
    desk.accounts.note(turn.state, rules.accounts)
    return turn.result()


def next_due(state: LeadRouting) -> datetime | None:
    """When one of the lead's clocks next has a step, or the lead is to be revisited."""
    times = [next_at(clock) for clock in state.clocks] + [revisit_at(state)]
    return min((at for at in times if at is not None), default=None)


def on_due(
    state: LeadRouting, at: datetime, decided_at: datetime, *, caught_up: bool, desk: Desk, rules: RoutingRules
) -> Routed:
    """Fire every step due at or before `at`, in due order; breaches and ladders only where reading has caught up.

    The desk is read only where `may_reassign(state, at)`.
    """
    turn = Turn(state.copied(), TimerCause(SOURCE, state.lead, ()), at, decided_at, desk, rules)
    fire(turn, at, caught_up=caught_up)
    fire_revisit(turn, at, caught_up=caught_up)
    desk.accounts.note(turn.state, rules.accounts)
    return turn.result()


@dataclass(frozen=True, slots=True)
class Drained:
    """The leads that got an owner, and when the pool may next give out one of those that still wait."""

    routed: tuple[Routed, ...]
    next_at: datetime | None


def drain(
    waiting: Sequence[LeadRouting], pool_id: str, decided_at: datetime, desk: Desk, rules: RoutingRules
) -> Drained:
    """Give out the leads that wait in the pool, of the highest priority the oldest first; one that nobody may have
    holds up nobody else."""
    routed, left = list[Routed](), list[frozenset[str]]()
    for state in sorted(waiting, key=_place_in_queue):
        handoff = state.waiting
        if handoff is None or handoff.pool != pool_id:
            continue
        result = _drained(state, decided_at, desk, rules)
        if result is None:
            left.append(unable(rules, handoff))
        else:
            routed.append(result)
    return Drained(tuple(routed), next_chance_in(pool_id, left, decided_at, desk, rules))


def present_in(pool_id: str, at: datetime, desk: Desk, rules: RoutingRules) -> list[str] | None:
    """The members of the pool who may take a lead now; None where the rules have no such pool any more."""
    pool = rules.pools.get(pool_id)
    return present(pool, desk, rules, at) if pool else None


def next_chance_in(
    pool_id: str, unable: Iterable[AbstractSet[str]], at: datetime, desk: Desk, rules: RoutingRules
) -> datetime | None:
    """When the pool may next give out a lead that those in one of the sets may not have."""
    pool = rules.pools.get(pool_id)
    return next_opening_for(pool, desk, rules, at, unable) if pool else None


def _place_in_queue(state: LeadRouting) -> tuple[int, datetime, int]:
    handoff = state.waiting
    return (
        (-handoff.priority, handoff.decided_at, handoff.place) if handoff else (0, datetime.max.replace(tzinfo=UTC), 0)
    )


def _drained(state: LeadRouting, decided_at: datetime, desk: Desk, rules: RoutingRules) -> Routed | None:
    """The lead with its owner; None where nobody can be given it now. A pool that is gone is routed anew."""
    handoff = state.waiting
    if handoff is None:
        return None
    cause = TimerCause(
        SOURCE,
        state.lead,
        ("drain", handoff.team, handoff.cycle, handoff.attempt, handoff.decided_at.isoformat()),
        handoff.traceparent,
        handoff.correlationid,
    )
    turn = Turn(state.copied(), cause, decided_at, decided_at, desk, rules)
    pool = rules.pools.get(handoff.pool or "")
    if pool is None:
        desk.dequeue(handoff.pool or "")
        route(turn, handoff)
        desk.accounts.note(turn.state, rules.accounts)
        return turn.result()
    ask = Ask(state.lead, handoff.team, handoff.cycle, handoff.attempt, handoff.had, rule=handoff.rule)
    record = weigh(ask, pool, desk, rules, decided_at)
    if record.chosen is None:
        return None
    desk.dequeue(pool.id)
    take(turn, handoff, settle(record, desk, rules))
    desk.accounts.note(turn.state, rules.accounts)
    return turn.result()


def apply_rep(desk: Desk, event: Event, decided_at: datetime, rules: RoutingRules) -> None:
    """`rep.away` and `rep.back`: the latest by event time holds; pools with waiting leads are woken when it ends."""
    data, rep_id = event.data, event.subject
    known = desk.rep(rep_id)
    if not isinstance(data, RepAway | RepBack) or (known.status_at is not None and event.time < known.status_at):
        return
    rep = desk.change_rep(rep_id)
    rep.status_at, rep.away = event.time, isinstance(data, RepAway)
    rep.away_until = data.until if isinstance(data, RepAway) else None
    wakes_at = rep.away_until if rep.away else decided_at
    for pool in rules.pools.values():
        if rep_id in pool.members and desk.pool(pool.id).waiting:
            desk.wake(pool.id, wakes_at)
