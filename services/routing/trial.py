"""Who would get a lead with such a profile: the real routing on a copy of the desk, nothing given. Pure."""

from collections.abc import Iterator, Mapping
from copy import deepcopy
from dataclasses import dataclass, replace
from datetime import datetime

from pydantic import JsonValue

from services.routing.desk import Desk
from services.routing.explain import DecisionTold, RuleTold, condition_of, place_of, tell_decision, values_read
from services.routing.giving import can_take, route
from services.routing.handoff import responsible
from services.routing.records import Record
from services.routing.rules import RoutingRules
from services.routing.state import SOURCE, Handoff, LeadRouting, Qualification, Standing, Told
from services.routing.story import fields_of
from services.routing.turn import Turn
from services.routing.written import RoutingFile, RuleEntry
from shared.conditions import compile_condition
from shared.events import TimerCause
from shared.events.derived import Stage
from shared.playbook import LoadedFile

STAGES: tuple[Stage, ...] = ("mql", "sql", "customer")
"""Where a team is first given a lead, in the order of the relay."""
NOT_OF_THE_PROFILE = frozenset({"lead_source", "exchanged_by", "reason", "score", "stage"})
LEAD = "such a lead"


@dataclass(frozen=True, slots=True)
class Trial:
    """What would be decided; `owner` None means that it would wait, or that the team has no rule."""

    team: str
    at: datetime
    playbook: str
    owner: str | None
    decision: DecisionTold | None
    next_at: datetime | None
    """When the pool may next give out a lead that waits; None where time alone will not bring it."""
    lacking: tuple[str, ...] = ()
    """The skills that the rule needs and nobody of its pool has: the lead would wait until the playbook changes."""


def first_team(rules: RoutingRules) -> str:
    """The team that is given new MQLs."""
    return responsible("mql", rules) or next(iter(rules.teams))


def trial(
    profile: Mapping[str, JsonValue],
    team: str,
    at: datetime,
    desk: Desk,
    rules: RoutingRules,
    file: LoadedFile[RoutingFile],
) -> Trial:
    """Route such a lead to the team of the relay at that time; `file` is what the rules are compiled of.

    Beside the profile's fields are read `lead_source`, `exchanged_by`, and `reason`, `score` and `stage` of the
    qualification, which is at the threshold unless told.
    """
    state, handoff = supposed_lead(profile, team, at, rules), Handoff(team, 1, 1, "waiting", at, at)
    cause = TimerCause(SOURCE, LEAD, ("trial",))
    turn = Turn(state, cause, at, at, deepcopy(desk), rules)
    route(turn, handoff)
    if not turn.records:
        return Trial(team, at, rules.version, None, None, None)
    record = turn.records[-1]
    told = tell_decision(record, rules, file, desk)
    told = replace(told, rules=tuple(_tried(turn, handoff, file, record.rules_tried)))
    next_at = turn.desk.wakes.get(record.pool or "")
    return Trial(team, at, rules.version, record.chosen, told, next_at, _lacking(record, rules))


def _lacking(record: Record, rules: RoutingRules) -> tuple[str, ...]:
    pool = rules.pools.get(record.pool or "")
    needs = rules.needs_of(record.team, record.rule)
    members = [rules.reps[rep_id] for rep_id in pool.members] if pool else []
    return () if any(needs <= rep.skills for rep in members) else tuple(sorted(needs))


def supposed_lead(profile: Mapping[str, JsonValue], team: str, at: datetime, rules: RoutingRules) -> LeadRouting:
    """A lead of which this is told, standing where the team is given it."""

    def told(value: JsonValue) -> Told:
        return Told(at, SOURCE, "trial", value)

    score = profile.get("score")
    return LeadRouting(
        LEAD,
        profile={name: told(value) for name, value in profile.items() if name not in NOT_OF_THE_PROFILE},
        source=told(profile["lead_source"]) if profile.get("lead_source") else None,
        brought_by=told(profile["exchanged_by"]) if profile.get("exchanged_by") else None,
        qualified=Qualification(
            at,
            "trial",
            str(profile.get("reason", "threshold")),
            float(score) if isinstance(score, int | float) else 0.0,
        ),
        standing=Standing(_stage(profile.get("stage"), team, rules), live=True),
    )


def _stage(told: JsonValue, team: str, rules: RoutingRules) -> Stage:
    """The stage that was told, else the one at which the team is first given a lead."""
    fitting = [stage for stage in STAGES if stage == told] or [
        stage for stage in STAGES if responsible(stage, rules) == team
    ]
    return fitting[0] if fitting else "mql"


def _tried(turn: Turn, handoff: Handoff, file: LoadedFile[RoutingFile], tried: tuple[str, ...]) -> Iterator[RuleTold]:
    known = fields_of(turn.state, handoff)
    for index, rule in enumerate(file.model.rules):
        if rule.id in tried:
            holds = rule.id == tried[-1]
            why = _why(rule, known, turn, holds=holds)
            yield RuleTold(rule.id, place_of(file, index), condition_of(rule), holds, why)


def _why(rule: RuleEntry, known: Mapping[str, object], turn: Turn, *, holds: bool) -> str:
    read = values_read(rule.when, known) if rule.when else ""
    if holds or (rule.when and not compile_condition(rule.when)(known)):
        return read
    if rule.owner == "account":
        return "nobody of the team holds another lead of the company, or can take one now"
    brought = turn.state.brought_by
    if brought is None:
        return "nobody exchanged cards (exchanged_by is not known)"
    able = can_take(turn, str(brought.value), rule.team)
    return f"{brought.value} {'can take it' if able else 'cannot take it now, or is not of the team'}"
