"""Why a decision did not choose a certain rep. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass

from services.routing.desk import Desk
from services.routing.explain import named, not_their_turn, summary, why_passed_over
from services.routing.records import Record
from services.routing.rules import RoutingRules


@dataclass(frozen=True, slots=True)
class NotThem:
    """Why a rep did not get a lead; `verdict` is one of got_it, nobody_got_it, named, not_in_pool, passed_over,
    not_their_turn."""

    rep: str
    verdict: str
    why: str
    chosen: str | None
    pool: str | None
    rule: str | None
    pools_of_rep: tuple[str, ...]


def why_not(record: Record, rep_id: str, rules: RoutingRules, desk: Desk | None = None) -> NotThem:
    """Why the decision did not choose this rep, who is in the playbook that it was made by."""
    pools = tuple(pool.id for pool in rules.pools.values() if rep_id in pool.members)
    verdict, why = _verdict(record, rep_id, rules, desk, pools)
    return NotThem(rep_id, verdict, why, record.chosen, record.pool, record.rule, pools)


def _verdict(
    record: Record, rep_id: str, rules: RoutingRules, desk: Desk | None, pools: Sequence[str]
) -> tuple[str, str]:
    one = next((one for one in record.candidates if one.rep == rep_id), None)
    if record.chosen == rep_id:
        return "got_it", f"{named(rep_id, rules)} did get it"
    if record.asked_for is not None:
        return "named", f"nobody was picked: {summary(record, rules)}"
    if one is None:
        return "not_in_pool", _not_in_pool(record, rep_id, rules, pools)
    if one.passed_over is not None:
        return "passed_over", why_passed_over(one, record, rules, desk)
    if record.chosen is None:
        return "nobody_got_it", f"nobody got it: {summary(record, rules)}"
    return "not_their_turn", not_their_turn(one, record)


def _not_in_pool(record: Record, rep_id: str, rules: RoutingRules, pools: Sequence[str]) -> str:
    rep = rules.reps[rep_id]
    because = f"not in the pool {record.pool}, to which the rule {record.rule} led"
    if record.team not in rep.teams:
        return f"{because}; {rep_id} is of the team {' and '.join(rep.teams)}, the lead was given to {record.team}"
    return f"{because}; {rep_id} is in {', '.join(pools) or 'no pool'}"
