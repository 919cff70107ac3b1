"""What is legal in `routing.yaml` and `sla.yaml` and probably not meant: `baton check` warns of it, nothing stops."""

from collections.abc import Iterator, Sequence
from datetime import timedelta
from itertools import pairwise
from typing import Protocol, TypeVar

from pydantic import BaseModel

from services.routing.story import NOT_OF_THE_PROFILE
from services.routing.unreached import unreached
from services.routing.written import ClockEntry, RoutingFile, RuleEntry, SlaFile, StepEntry
from shared.conditions import Condition, check_fields, never_holds
from shared.durations import WorkDuration
from shared.events import type_registry
from shared.events.activities import ProfileUpdated
from shared.playbook import LoadedFile, Path, Problem
from shared.topics import LEAD_ACTIVITY, LEAD_QUALIFIED

M = TypeVar("M", bound=BaseModel)
Doubt = tuple[Path, str]

PROFILE = frozenset(ProfileUpdated.model_fields) - NOT_OF_THE_PROFILE
NEVER_READ = frozenset(
    name for name, data in type_registry.items() if data.topic not in (LEAD_ACTIVITY, LEAD_QUALIFIED)
)
"""Types of events of which clocks do not hear."""
YEAR_OF_WORK, YEAR_OF_DAYS = timedelta(hours=52 * 40), 52 * 5
MOST_TOLD = 20
"""So many rules are told one by one of those that take others whole."""
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
        *_of_needs(routing.model),
        *_of_handovers(routing.model),
    ]
    of_sla = [*_of_fields("clocks", sla.model.clocks), *_of_clocks(sla.model, routing.model)]
    return [file.problem(*doubt) for file, doubts in ((routing, of_routing), (sla, of_sla)) for doubt in doubts]


def _of_fields(name: str, entries: Sequence[_Conditional]) -> Iterator[Doubt]:
    for index, entry in enumerate(entries):
        if entry.when:
            yield from check_fields(entry.when, KNOWN_FIELDS, (name, index, "when"))


def _of_rules(rules: Sequence[RuleEntry]) -> Iterator[Doubt]:
    """The rules that no lead reaches, as far as the conditions tell; those that one rule takes are told together."""
    for index, rule in enumerate(rules):
        if rule.when and never_holds(rule.when):
            yield ("rules", index, "when"), f"the rule {rule.id} chooses among nothing: it holds of no lead"
    taken = list(unreached(rules).items())
    for taker, indices in taken[:MOST_TOLD]:
        whole = "holds of every lead of which" if rules[taker].when else "takes every lead"
        ends = f" {'it holds' if len(indices) == 1 else 'they hold'}" if rules[taker].when else ""
        yield ("rules", indices[0]), f"no lead reaches {_named(rules, indices)}: {rules[taker].id} above {whole}{ends}"
    left = sorted(index for _, indices in taken[MOST_TOLD:] for index in indices)
    if left:
        message = f"no lead reaches {_named(rules, left)} either: each is taken whole by a rule above"
        yield ("rules", left[0]), message


def _named(rules: Sequence[RuleEntry], indices: Sequence[int]) -> str:
    first, last = rules[indices[0]].id, rules[indices[-1]].id
    return f"the rule {first}" if len(indices) == 1 else f"{len(indices):,} rules, from {first} to {last}"


def _of_needs(file: RoutingFile) -> Iterator[Doubt]:
    """Rules that ask for skills which nobody of their pool has."""
    able = [rep for rep in file.reps if rep.active and rep.weight]
    for index, rule in enumerate(file.rules):
        members = {member for pool in file.pools if pool.id == rule.pool for member in pool.members}
        there = [rep for rep in able if rep.id in members]
        if rule.needs and there and not any(set(rule.needs) <= set(rep.skills) for rep in there):
            skills = " and ".join(rule.needs)
            message = f"nobody of the pool {rule.pool} has {skills}, which the rule {rule.id} needs"
            yield ("rules", index, "needs"), f"{message}: its leads wait for ever"


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
        path: Path = ("clocks", index)
        for place, warn in enumerate(clock.warn):
            if _is_not_before(warn, clock.within):
                due = f"the clock {clock.id} is due after {clock.within}"
                yield (*path, "warn", place), f"the warning after {warn} warns nobody: {due}"
        yield from _of_length(clock, (*path, "within"))
        yield from _of_activities(clock, path)
        yield from _of_ladder(clock, (*path, "on_breach"), routing)


def _of_length(clock: ClockEntry, path: Path) -> Iterator[Doubt]:
    if clock.within == WorkDuration():
        yield path, f"the clock {clock.id} is due the moment it starts: every lead breaches it"
    elif clock.within.working_time > YEAR_OF_WORK or (clock.within.business_days or 0) > YEAR_OF_DAYS:
        yield path, f"the clock {clock.id} is due after {clock.within} of work, which is more than a year"


def _of_activities(clock: ClockEntry, path: Path) -> Iterator[Doubt]:
    """What the clock names that never comes, and whether anything ends it."""
    for key in ("starts", "stops", "pauses", "resumes"):
        names = getattr(clock, key)
        for place, name in enumerate(names if isinstance(names, tuple) else ()):
            if name in NEVER_READ:
                message = f"{name} is no activity, but told by Baton itself: no clock hears of it"
                yield (*path, key, place), message
    stops = [name for name in clock.stops if name not in NEVER_READ]
    if not stops:
        yield (*path, "stops"), f"nothing stops the clock {clock.id}: every lead breaches it"
    elif isinstance(clock.starts, tuple) and set(stops) <= set(clock.starts):
        yield (*path, "stops"), f"whatever stops the clock {clock.id} starts it again: it ends only with the handoff"
    for name in sorted(set(clock.pauses).intersection(clock.resumes)):
        yield (*path, "resumes"), f"{name} both pauses the clock {clock.id} and lets it go on"


def _is_not_before(warn: WorkDuration, within: WorkDuration) -> bool:
    """Working time and business days are not compared: which is longer is the calendar's."""
    if warn.business_days is not None and within.business_days is not None:
        return warn.business_days >= within.business_days
    both_of_time = warn.business_days is None and within.business_days is None
    return both_of_time and warn.working_time >= within.working_time


def _of_ladder(clock: ClockEntry, path: Path, routing: RoutingFile) -> Iterator[Doubt]:
    for place, step in enumerate(clock.on_breach):
        earlier = clock.on_breach[:place]
        if step in earlier:
            yield (*path, place), f"the step to {_in_words(step)} is there twice at the same time"
        elif step.reassign and any(one.reassign for one in earlier):
            message = "the lead is reassigned above already, and its new owner has clocks of their own"
            yield (*path, place), f"{message}: this step is reached only where nobody could take it then"
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
