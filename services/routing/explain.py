"""Why a decision gave a lead to its owner, told from the record alone, and why another rep did not get it. Pure."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from fractions import Fraction

from services.routing.desk import Desk
from services.routing.records import LEAD, Candidate, Record, redecide
from services.routing.rules import Rep, RoutingRules
from services.routing.written import RoutingFile, RuleEntry
from shared.conditions import Condition, comparisons
from shared.conditions import explain as in_words
from shared.playbook import LoadedFile
from shared.worktime import NoOpeningError


@dataclass(frozen=True, slots=True)
class RuleTold:
    """A rule that was tried, its line in the playbook, and its condition in words."""

    id: str
    place: str
    condition: str
    holds: bool
    why: str


@dataclass(frozen=True, slots=True)
class CandidateTold:
    """A member of the pool as they stood at the decision; balances in leads, before it and after it."""

    rep: str
    name: str
    weight: float
    open: int
    balance_before: float
    balance_after: float
    passed_over: str | None
    why: str


@dataclass(frozen=True, slots=True)
class DecisionTold:
    """A recorded decision in words; `agrees` where its inputs alone give the same choice again."""

    record: Record
    summary: str
    rules: tuple[RuleTold, ...]
    candidates: tuple[CandidateTold, ...]
    redecided: str | None
    agrees: bool


def tell_decision(
    record: Record, rules: RoutingRules, file: LoadedFile[RoutingFile], desk: Desk | None = None
) -> DecisionTold:
    """Why the decision came out as it did, under the rules that it was made by, which are compiled of `file`.

    The desk as it stands now tells until when somebody is away.
    """
    again = redecide(record)
    return DecisionTold(
        record,
        _summary(record, rules),
        tuple(_tried(record, file)),
        tuple(_candidate(one, record, rules, desk) for one in record.candidates),
        again,
        again == record.chosen,
    )


def _summary(record: Record, rules: RoutingRules) -> str:
    chosen = named(record.chosen, rules)
    if record.asked_for is not None:
        return f"{chosen} was not picked but named: {record.reason or _named_because(record)}"
    if record.ahead:
        return f"it waits: {record.ahead} leads waited in the pool {record.pool} before it"
    if record.kind == "kept":
        return f"it stays with its owner: nobody else of the pool {record.pool} could take it ({record.reason})"
    if record.chosen is None:
        return f"it waits: nobody of the pool {record.pool} could take it"
    return f"{chosen} was picked from the pool {record.pool}: {_pick_in_words(record)}"


def _named_because(record: Record) -> str:
    return f"rule {record.rule} gives it to whoever brought it" if record.rules_tried else "a person named the owner"


def _pick_in_words(record: Record) -> str:
    if record.pick == "least_open":
        return "the least open work of those who could take it"
    return "the largest balance of those who could take it"


def named(rep_id: str | None, rules: RoutingRules) -> str:
    """The rep's id, and their name where the playbook has one."""
    rep = rules.reps.get(rep_id or "")
    return f"{rep_id} ({rep.name})" if rep and rep.name != rep_id else str(rep_id or "nobody")


def _tried(record: Record, file: LoadedFile[RoutingFile]) -> Iterator[RuleTold]:
    for index, rule in enumerate(file.model.rules):
        if rule.team == record.team and rule.id in (*record.rules_tried, record.rule):
            holds = rule.id == record.rule
            yield RuleTold(rule.id, place_of(file, index), condition_of(rule), holds, "" if holds else "did not hold")


def condition_of(rule: RuleEntry) -> str:
    """What the rule asks for, in words."""
    parts = [in_words(rule.when)] if rule.when else []
    if rule.owner:
        parts.append("whoever exchanged cards can take it")
    return " and ".join(parts) or "always"


def place_of(file: LoadedFile[RoutingFile], index: int) -> str:
    """The line of the rule with that index, as file:line."""
    line, _ = file.positions.locate(("rules", index))
    return f"{file.name}:{line}"


def values_read(condition: Condition, fields: Mapping[str, object]) -> str:
    """The fields that a condition reads, with the values that they have: `employees is 300`."""
    names = dict.fromkeys(leaf.field for _, leaf in comparisons(condition))
    known = [f"{name} is {'not known' if fields.get(name) is None else fields.get(name)}" for name in names]
    return ", ".join(known)


def _candidate(one: Candidate, record: Record, rules: RoutingRules, desk: Desk | None) -> CandidateTold:
    rep = rules.reps.get(one.rep)
    return CandidateTold(
        one.rep,
        rep.name if rep else one.rep,
        float(one.weight),
        one.open,
        one.balance / LEAD,
        record.balances_after.get(one.rep, one.balance) / LEAD,
        one.passed_over,
        why_passed_over(one, record, rules, desk) if one.passed_over else _outcome(one, record),
    )


def _outcome(one: Candidate, record: Record) -> str:
    if one.rep == record.chosen:
        return "chosen"
    return "had to wait behind others' leads" if record.ahead else _not_their_turn(one, record)


def _not_their_turn(one: Candidate, record: Record) -> str:
    chosen = next((other for other in record.candidates if other.rep == record.chosen), None)
    if chosen is None:
        return "could take it"
    if record.pick == "least_open":
        ours, theirs = str(one.open), str(chosen.open)
        what = "open leads"
    else:
        ours, theirs = (f"{gained(other, record) / LEAD:+.3f}" for other in (one, chosen))
        what = "balance"
    tie = f"; at a tie {chosen.rep} had waited longer or stands before" if ours == theirs else ""
    return f"not their turn: {what} {ours} against {theirs} of {chosen.rep}{tie}"


def gained(one: Candidate, record: Record) -> int:
    """The balance by which the pick was made, in `records.LEAD`: with the gain of this pick, before its price."""
    total = sum((other.weight for other in record.candidates if other.passed_over is None), Fraction(0))
    return one.balance + (int(one.weight * LEAD / total) if total else 0)


def why_passed_over(one: Candidate, record: Record, rules: RoutingRules, desk: Desk | None = None) -> str:
    """The reason with its numbers and its end, as far as the playbook tells it."""
    rep = rules.reps.get(one.rep)
    if rep is None:
        return str(one.passed_over)
    day = record.decided_at.astimezone(rep.zone).date()
    match one.passed_over:
        case "on leave" if leave := rep.on_leave(day):
            return f"on leave until {leave.last}"
        case "daily cap":
            return f"daily cap: {rep.daily_cap} leads had been given on {day}"
        case "open cap":
            return f"open cap: {one.open} open leads of {rep.open_cap}"
        case "off hours":
            return f"off hours; at work again {_opening(rep, record.decided_at)}"
        case "had this lead":
            return "had this lead already in this handoff"
        case "away" if desk and (until := desk.rep(one.rep).away_until):
            return f"away until {until.astimezone(rep.zone):%Y-%m-%d %H:%M %Z}"
        case "inactive":
            return "not active in the playbook"
    return str(one.passed_over)


def _opening(rep: Rep, at: datetime) -> str:
    try:
        opening = rep.calendar.next_opening(at) if rep.calendar else at
    except NoOpeningError:
        return "never"
    return f"{opening.astimezone(rep.zone):%Y-%m-%d %H:%M %Z}"


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
        return "named", f"nobody was picked: {_summary(record, rules)}"
    if one is None:
        return "not_in_pool", _not_in_pool(record, rep_id, rules, pools)
    if one.passed_over is not None:
        return "passed_over", why_passed_over(one, record, rules, desk)
    if record.chosen is None:
        return "nobody_got_it", f"nobody got it: {_summary(record, rules)}"
    return "not_their_turn", _not_their_turn(one, record)


def _not_in_pool(record: Record, rep_id: str, rules: RoutingRules, pools: Sequence[str]) -> str:
    rep = rules.reps[rep_id]
    because = f"not in the pool {record.pool}, to which the rule {record.rule} led"
    if record.team not in rep.teams:
        return f"{because}; {rep_id} is of the team {' and '.join(rep.teams)}, the lead was given to {record.team}"
    return f"{because}; {rep_id} is in {', '.join(pools) or 'no pool'}"
