"""Reads `scoring.yaml`: what an activity is worth, and when a lead is qualified."""

from collections import Counter
from collections.abc import Iterator
from datetime import timedelta
from ipaddress import ip_network

from pydantic import BaseModel, ConfigDict

from services.scoring.instants import microseconds
from services.scoring.machines import Machines
from services.scoring.rules import (
    AtMost,
    Bounds,
    EngagementRule,
    FitRule,
    Group,
    MqlRules,
    OncePer,
    ScoringPlaybook,
    micro_points,
)
from services.scoring.written import (
    AtMostPerPeriod,
    Bounded,
    EngagementRuleEntry,
    EngagementSection,
    FitRuleEntry,
    GroupSection,
    MachinesSection,
    MqlSection,
    OncePerObject,
    ScoringFile,
    types_of,
)
from shared.conditions import compile_condition
from shared.playbook import LoadedFile, PlaybookError, PlaybookFolder, Problem

FILE = "scoring.yaml"
SECTIONS = frozenset({"fit", "engagement"})


class _Relay(BaseModel):
    """What scoring reads of `routing.yaml`: whether there is an Inside Sales team, and so an SQL stage."""

    model_config = ConfigDict(frozen=True, extra="ignore")
    teams: tuple[object, ...] = ("is", "fs", "cs")

    @property
    def has_is(self) -> bool:
        return any(team == "is" or (isinstance(team, dict) and team.get("id") == "is") for team in self.teams)


def load(folder: PlaybookFolder) -> ScoringPlaybook:
    """The compiled rules of `scoring.yaml`. Raises PlaybookError with every problem and its position."""
    relay = folder.load_optional("routing.yaml", _Relay).model
    return compiled(read(folder), folder.version, relay_has_is=relay.has_is)


def read(folder: PlaybookFolder) -> LoadedFile[ScoringFile]:
    """`scoring.yaml` with the places of its values. Raises PlaybookError."""
    file = folder.load(FILE, ScoringFile)
    if problems := [*_repeated_ids(file), *_two_decays(file), *_crossed_bounds(file)]:
        raise PlaybookError(problems)
    return file


def compiled(file: LoadedFile[ScoringFile], version: str, *, relay_has_is: bool = True) -> ScoringPlaybook:
    """The rules as they are counted with, under the folder's version."""
    content = file.model
    return ScoringPlaybook(
        version=version,
        name=str(content.version),
        fit=tuple(
            FitRule(rule.id, micro_points(rule.points), compile_condition(rule.when) if rule.when else None)
            for rule in content.fit.rules
        ),
        fit_bounds=_bounds(content.fit),
        groups=tuple(_group(group, content.engagement) for group in content.engagement.groups),
        engagement_bounds=_bounds(content.engagement),
        mql=_mql(content.mql) if content.mql else MqlRules(),
        machines=_machines(content.machines),
        relay_has_is=relay_has_is,
    )


def _group(group: GroupSection, engagement: EngagementSection) -> Group:
    return Group(group.id, _bounds(group), tuple(_engagement_rule(rule, engagement) for rule in group.rules))


def _engagement_rule(rule: EngagementRuleEntry, engagement: EngagementSection) -> EngagementRule:
    has_own = "half_life" in rule.model_fields_set or rule.window is not None
    return EngagementRule(
        id=rule.id,
        on=types_of(rule.on),
        points=micro_points(rule.points),
        test=compile_condition(rule.when) if rule.when else None,
        repeat=_repeat(rule),
        half_life=_length(rule.half_life if has_own else engagement.half_life),
        window=_length(rule.window),
        keep=rule.keep or engagement.keep,
    )


def _repeat(rule: EngagementRuleEntry) -> OncePer | AtMost | None:
    match rule.repeat:
        case OncePerObject(once_per=field):
            return OncePer(field)
        case AtMostPerPeriod(at_most=times, per=per):
            return AtMost(times, microseconds(per))
        case "once":
            return OncePer()
    return None


def _mql(mql: MqlSection) -> MqlRules:
    return MqlRules(
        threshold=micro_points(mql.threshold),
        min_fit=_micro(mql.min_fit),
        instant=types_of(mql.instant),
        unless=compile_condition(mql.unless) if mql.unless else None,
        rearm_below=_micro(mql.rearm_below),
    )


def _machines(section: MachinesSection) -> Machines:
    return Machines(
        agents=tuple(agent.lower() for agent in section.agents),
        networks=tuple(ip_network(network) for network in section.networks),
        links_within=_length(section.links_within) or 0,
        after_delivery=_length(section.after_delivery) or 0,
        open_within=_length(section.open_within) or 0,
    )


def _bounds(section: Bounded) -> Bounds:
    return Bounds(_micro(section.cap), _micro(section.floor))


def _micro(points: float | None) -> int | None:
    return None if points is None else micro_points(points)


def _length(length: timedelta | None) -> int | None:
    return None if length is None else microseconds(length)


Place = tuple[str | int, ...]


def _rules(content: ScoringFile) -> Iterator[tuple[Place, FitRuleEntry | EngagementRuleEntry]]:
    for index, fit_rule in enumerate(content.fit.rules):
        yield ("fit", "rules", index), fit_rule
    for number, group in enumerate(content.engagement.groups):
        for index, rule in enumerate(group.rules):
            yield ("engagement", "groups", number, "rules", index), rule


def _repeated_ids(file: LoadedFile[ScoringFile]) -> Iterator[Problem]:
    rules = [(place, rule.id) for place, rule in _rules(file.model)]
    groups = [(("engagement", "groups", n), group.id) for n, group in enumerate(file.model.engagement.groups)]
    for kind, named in (("rule", rules), ("group", groups)):
        seen = Counter[str]()
        for place, name in named:
            if seen[name]:
                message = f"there is another {kind} '{name}' above; each {kind} needs an id of its own"
                yield file.problem((*place, "id"), message)
            seen[name] += 1
    for place, name in groups:
        if name in SECTIONS:
            message = f"'{name}' is a section, and `cap:{name}` in a score means its cap; give the group another id"
            yield file.problem((*place, "id"), message)


def _two_decays(file: LoadedFile[ScoringFile]) -> Iterator[Problem]:
    for place, rule in _rules(file.model):
        if isinstance(rule, EngagementRuleEntry) and rule.window and rule.half_life:
            message = f"rule '{rule.id}' has both a half_life and a window; keep one of them"
            yield file.problem((*place, "half_life"), message)


def _crossed_bounds(file: LoadedFile[ScoringFile]) -> Iterator[Problem]:
    content = file.model
    sections: list[tuple[Place, Bounded]] = [(("fit",), content.fit), (("engagement",), content.engagement)]
    sections += [(("engagement", "groups", n), group) for n, group in enumerate(content.engagement.groups)]
    for place, section in sections:
        if section.cap is not None and section.floor is not None and section.floor > section.cap:
            yield file.problem(
                (*place, "floor"), f"the floor {section.floor:g} lies above the cap {section.cap:g}; lower the floor"
            )
