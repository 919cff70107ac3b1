"""Why a lead has its owner and its clocks, why another rep did not get it, and who would get such a lead. Pure."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from pydantic import JsonValue

from services.routing.desk import Desk
from services.routing.giving import can_take, route
from services.routing.handoff import responsible
from services.routing.presence import HAD_IT, OFF_HOURS
from services.routing.records import LEAD, Candidate, Record, redecide
from services.routing.rules import Pool, Rep, RoutingRules
from services.routing.state import SOURCE, Handoff, LeadRouting, Qualification, Standing, Told
from services.routing.story import fields_of
from services.routing.turn import Turn
from services.routing.written import RoutingFile, SlaFile
from shared.conditions import Condition, comparisons, compile_condition
from shared.conditions import explain as in_words
from shared.events import TimerCause
from shared.events.derived import Stage
from shared.playbook import LoadedFile
from shared.worktime import NoOpeningError

STAGES: tuple[Stage, ...] = ("mql", "sql", "customer")
"""At which stage a team of the relay is first given a lead."""


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


def tell_decision(record: Record, rules: RoutingRules, file: LoadedFile[RoutingFile]) -> DecisionTold:
    """Why the decision came out as it did, under the rules that it was made by; `file` is what they are compiled of."""
    again = redecide(record)
    return DecisionTold(
        record,
        _summary(record, rules),
        tuple(_tried(record, file)),
        tuple(_candidate(one, record, rules) for one in record.candidates),
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


def _tried(record: Record, file: LoadedFile[RoutingFile]) -> list[RuleTold]:
    told = []
    for index, rule in enumerate(file.model.rules):
        if rule.team == record.team and rule.id in (*record.rules_tried, record.rule):
            holds = rule.id == record.rule
            condition = in_words(rule.when) if rule.when else _without_condition(rule.owner)
            told.append(RuleTold(rule.id, _place(file, index), condition, holds, "held" if holds else "did not hold"))
    return told


def _without_condition(owner: str | None) -> str:
    return "someone who exchanged cards can take it" if owner else "always"


def _place(file: LoadedFile[RoutingFile], index: int) -> str:
    line, _ = file.positions.locate(("rules", index))
    return f"{file.name}:{line}"


def _candidate(one: Candidate, record: Record, rules: RoutingRules) -> CandidateTold:
    rep = rules.reps.get(one.rep)
    return CandidateTold(
        one.rep,
        rep.name if rep else one.rep,
        float(one.weight),
        one.open,
        one.balance / LEAD,
        record.balances_after.get(one.rep, one.balance) / LEAD,
        one.passed_over,
        why_passed_over(one, record, rules) if one.passed_over else _outcome(one, record),
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
    """The balance by which the pick was made, in `records.LEAD`: with the gain of this pick, before the price."""
    gains = record.balances_after
    if one.rep != record.chosen:
        return gains.get(one.rep, one.balance)
    before = {other.rep: other.balance for other in record.candidates}
    others = sum(gains[rep] - before[rep] for rep in gains if rep != one.rep)
    return gains[one.rep] + others + _own_gain(one, record)


def _own_gain(one: Candidate, record: Record) -> int:
    total = sum(other.weight for other in record.candidates if other.passed_over is None)
    return int(one.weight * LEAD / total) if total else 0


def why_passed_over(one: Candidate, record: Record, rules: RoutingRules) -> str:
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
        case "inactive":
            return "not active in the playbook"
    return str(one.passed_over)


def _opening(rep: Rep, at: datetime) -> str:
    try:
        opening = rep.calendar.next_opening(at) if rep.calendar else at
    except NoOpeningError:
        return "never"
    return f"{opening.astimezone(rep.zone):%Y-%m-%d %H:%M %Z}"
