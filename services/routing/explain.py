"""Why a decision gave a lead to its owner, told from the record and the rules that it was made by. Pure."""

from collections.abc import Iterator, Mapping
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

OWNERS = {
    "from_event": "whoever exchanged cards with it can take it",
    "account": "whoever holds another lead of the company can take it",
}
"""What a rule that names an owner asks for."""


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
        summary(record, rules),
        tuple(_tried(record, file)),
        tuple(_candidate(one, record, rules, desk) for one in record.candidates),
        again,
        again == record.chosen,
    )


def summary(record: Record, rules: RoutingRules) -> str:
    """The decision in a sentence."""
    chosen = named(record.chosen, rules)
    if record.asked_for is not None:
        return f"{chosen} was not picked but named: {record.reason or _named_because(record)}"
    if record.ahead:
        return f"it waits: {record.ahead} leads waited in the pool {record.pool} before it"
    if record.kind == "kept":
        return f"it stays with its owner: nobody else of the pool {record.pool} could take it ({record.reason})"
    if record.chosen is None:
        return f"it waits: nobody of the pool {record.pool} could take it"
    because = f", after {record.reason}" if record.reason else ""
    return f"{chosen} was picked from the pool {record.pool}{because}: {_pick_in_words(record)}"


def _named_because(record: Record) -> str:
    if record.rules_tried:
        return f"by the rule {record.rule}"
    return "a person named them, or they have an open opportunity at the company"


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
        parts.append(OWNERS[rule.owner])
    return " and ".join(parts) or "always"


def place_of(file: LoadedFile[RoutingFile], index: int) -> str:
    """The line of the rule with that index, as file:line."""
    line, _ = file.positions.locate(("rules", index))
    return f"{file.name}:{line}"


def values_read(condition: Condition, fields: Mapping[str, object]) -> str:
    """The fields that a condition reads, with the values that they have: `employees is 300`."""
    names = dict.fromkeys(leaf.field for _, leaf in comparisons(condition))
    return ", ".join(f"{name} is {_shown(fields.get(name))}" for name in names)


def _shown(value: object) -> str:
    if value is None:
        return "not known"
    return str(value).lower() if isinstance(value, bool) else str(value)


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
    return "had to wait behind others' leads" if record.ahead else not_their_turn(one, record)


def not_their_turn(one: Candidate, record: Record) -> str:
    """Why one who could take the lead was not the one to be picked, with the numbers that decided."""
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
