"""What is legal in `routing.yaml` and `sla.yaml` and probably not meant: `baton check` warns of it, nothing stops."""

from collections.abc import Iterator, Sequence
from itertools import pairwise
from typing import Protocol, TypeVar

from pydantic import BaseModel

from services.routing.story import NOT_OF_THE_PROFILE
from services.routing.written import ClockEntry, RoutingFile, RuleEntry, SlaFile, StepEntry
from shared.conditions import Condition, check_fields, implies, never_holds
from shared.durations import WorkDuration
from shared.events.activities import ProfileUpdated
from shared.playbook import LoadedFile, Path, Problem

M = TypeVar("M", bound=BaseModel)
Doubt = tuple[Path, str]

PROFILE = frozenset(ProfileUpdated.model_fields) - NOT_OF_THE_PROFILE
KNOWN_FIELDS = PROFILE | {"consent", "left", "lead_source", "reason", "score", "stage", "cycle"}
"""What `fields_of` tells conditions of a lead; a company's profile may have fields of its own."""


class _Conditional(Protocol):
    @property
    def when(self) -> Condition | None: ...


def warnings(routing: LoadedFile[RoutingFile], sla: LoadedFile[SlaFile]) -> list[Problem]:
    """Each doubt at its place, in no order."""
    of_routing = [
        *_of_fields("rules", routing.model.rules),
        *_of_rules(routing.model.rules),
        *_of_pools(routing.model),
        *_of_handovers(routing.model),
    ]
    of_sla = [*_of_fields("clocks", sla.model.clocks), *_of_clocks(sla.model, routing.model)]
    return [file.problem(*doubt) for file, doubts in ((routing, of_routing), (sla, of_sla)) for doubt in doubts]


def _of_fields(name: str, entries: Sequence[_Conditional]) -> Iterator[Doubt]:
    for index, entry in enumerate(entries):
        if entry.when:
            yield from check_fields(entry.when, KNOWN_FIELDS, (name, index, "when"))


def _of_rules(rules: Sequence[RuleEntry]) -> Iterator[Doubt]:
    """The rules that no lead reaches, as far as the conditions tell."""
    for index, rule in enumerate(rules):
        if rule.when and never_holds(rule.when):
            yield ("rules", index, "when"), f"the rule {rule.id} chooses among nothing: it holds of no lead"
            continue
        taker = next((earlier for earlier in rules[:index] if _takes_all_of(earlier, rule)), None)
        if taker and taker.when:
            message = f"no lead reaches the rule {rule.id}: {taker.id} above holds of every lead of which it holds"
            yield ("rules", index), message
        elif taker:
            yield ("rules", index), f"no lead reaches the rule {rule.id}: {taker.id} above takes every lead"


def _takes_all_of(earlier: RuleEntry, rule: RuleEntry) -> bool:
    """A rule with `owner` takes only leads whose owner can take them, which no condition tells."""
    if earlier.team != rule.team or earlier.owner is not None:
        return False
    return earlier.when is None or (rule.when is not None and implies(rule.when, earlier.when))


def _of_pools(file: RoutingFile) -> Iterator[Doubt]:
    able = {rep.id for rep in file.reps if rep.active and rep.weight}
    for index, pool in enumerate(file.pools):
        if not pool.members:
            yield ("pools", index), f"the pool {pool.id} has no members: its leads wait for ever"
        elif not able.intersection(pool.members):
            message = f"every member of the pool {pool.id} has a weight of 0 or is not active: its leads wait for ever"
            yield ("pools", index, "members"), message


def _of_handovers(file: RoutingFile) -> Iterator[Doubt]:
    relay = ("marketing", *(team.id for team in file.relay))
    deciders = {*relay, "manager", *(rep.id for rep in file.reps)}
    for index, handover in enumerate(file.handovers):
        path = ("handovers", index)
        if (handover.giver, handover.to) not in pairwise(relay):
            yield path, f"no lead is handed from {handover.giver} to {handover.to}: the relay is {' → '.join(relay)}"
        if any(earlier.to == handover.to for earlier in file.handovers[:index]):
            yield path, f"a handover to {handover.to} is agreed above; only the fields of the last one are asked for"
        if handover.giver == "marketing" and handover.when_missing == "refuse":
            message = "marketing has no owner with whom a lead could stay: what is missing is marked, never refused"
            yield (*path, "when_missing"), message
        for place, who in enumerate(handover.decides):
            if who not in deciders:
                known = f"name a rep by id, manager, or a department ({', '.join(relay)})"
                yield (*path, "decides", place), f"unknown decider {who}; {known}"


def _of_clocks(sla: SlaFile, routing: RoutingFile) -> Iterator[Doubt]:
    for index, clock in enumerate(sla.clocks):
        for place, warn in enumerate(clock.warn):
            if _is_not_before(warn, clock.within):
                due = f"the clock {clock.id} is due after {clock.within}"
                yield ("clocks", index, "warn", place), f"the warning after {warn} warns nobody: {due}"
        yield from _of_ladder(clock, ("clocks", index, "on_breach"), routing)


def _is_not_before(warn: WorkDuration, within: WorkDuration) -> bool:
    """Working time and business days are not compared: which is longer is the calendar's."""
    if warn.business_days is not None and within.business_days is not None:
        return warn.business_days >= within.business_days
    both_of_time = warn.business_days is None and within.business_days is None
    return both_of_time and warn.working_time >= within.working_time


def _of_ladder(clock: ClockEntry, path: Path, routing: RoutingFile) -> Iterator[Doubt]:
    for place, step in enumerate(clock.on_breach):
        if step in clock.on_breach[:place]:
            yield (*path, place), f"the step to {_in_words(step)} is there twice at the same time"
        if step.reassign:
            yield from _of_reassignment(clock, (*path, place), step, routing)


def _of_reassignment(clock: ClockEntry, path: Path, step: StepEntry, routing: RoutingFile) -> Iterator[Doubt]:
    if any(other.remind and other.after == step.after for other in clock.on_breach):
        yield path, "the owner is reminded and loses the lead at the same time; reassign later"
    used = {rule.pool for rule in routing.rules if rule.team == clock.team}
    for pool in routing.pools:
        if pool.id in used and len(set(pool.members)) == 1:
            message = f"in the pool {pool.id} nobody but {pool.members[0]} could get the lead: it stays with its owner"
            yield path, message


def _in_words(step: StepEntry) -> str:
    if step.remind:
        return "remind the owner"
    return "reassign the lead" if step.reassign else f"notify {step.notify}"
