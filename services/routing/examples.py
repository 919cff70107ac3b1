"""Runs the `examples` of `routing.yaml` with the real routing, and tells in words what came out otherwise. Pure."""

from collections.abc import Iterator
from datetime import UTC, datetime

from services.routing.desk import Desk
from services.routing.rules import RoutingRules
from services.routing.trial import Trial, first_team, trial
from services.routing.written import ExpectedOwner, RoutingExample, RoutingFile
from shared.playbook import LoadedFile, Problem

ANY_TIME = datetime(2026, 4, 1, 3, tzinfo=UTC)
"""Of examples that name no time, and so expect no owner."""


def failures(file: LoadedFile[RoutingFile], rules: RoutingRules) -> list[Problem]:
    """One problem for each example that comes out otherwise, at its place; `rules` are compiled of the file."""
    return [
        file.problem(("examples", index), f"example '{example.name}': {told}")
        for index, example in enumerate(file.model.examples)
        if (told := _failure(example, file, rules))
    ]


def _failure(example: RoutingExample, file: LoadedFile[RoutingFile], rules: RoutingRules) -> str | None:
    team = example.team or first_team(rules)
    if team not in rules.teams:
        return f"the relay has no team {team}: expected one of {', '.join(rules.teams)}"
    found = trial(example.profile, team, example.at or ANY_TIME, Desk(), rules, file)
    return "; ".join(_differences(example.expect, found)) or None


def _differences(expect: ExpectedOwner, found: Trial) -> Iterator[str]:
    record = found.decision.record if found.decision else None
    got_rule, got_pool = (record.rule, record.pool) if record else (None, None)
    if expect.rule is not None and expect.rule != got_rule:
        yield f"expected the rule {expect.rule}, got {got_rule or 'none'}{_why_not(expect.rule, found)}"
    if expect.pool is not None and expect.pool != got_pool:
        yield f"expected the pool {expect.pool}, got {got_pool or 'none'}"
    if "owner" in expect.model_fields_set and expect.owner != found.owner:
        expected = f"the owner {expect.owner}" if expect.owner else "it to wait"
        got = f"{found.owner} gets it" if found.owner else "it waits"
        yield f"expected {expected}, but {got}{_candidates(found)}"


def _why_not(rule: str, found: Trial) -> str:
    """What a rule that was tried in vain asks for, and what it found."""
    tried = next((told for told in found.decision.rules if told.id == rule), None) if found.decision else None
    if tried is None:
        return f" ({rule} was not tried: an earlier rule took the lead)" if found.decision else ""
    return f" ({rule} asks that {tried.condition}; {tried.why})"


def _candidates(found: Trial) -> str:
    told = [f"{one.rep} {one.why}" for one in found.decision.candidates] if found.decision else []
    return f" ({'; '.join(told)})" if told else ""
