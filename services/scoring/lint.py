"""What is legal in `scoring.yaml` and probably not meant: `baton check` warns of it, nothing stops."""

from collections.abc import Iterator, Sequence
from difflib import get_close_matches

from services.scoring.written import (
    Bounded,
    EngagementRuleEntry,
    EngagementSection,
    FitRuleEntry,
    GroupSection,
    ScoringFile,
    types_of,
)
from shared.conditions import Condition, check_fields, never_holds
from shared.events import activities, type_registry
from shared.playbook import LoadedFile, Problem
from shared.topics import LEAD_ACTIVITY

Place = tuple[str | int, ...]
Warned = tuple[Place, str]

ACTIVITIES = {name: data for name, data in type_registry.items() if data.topic == LEAD_ACTIVITY}
SLIP_OF_THE_PEN = 0.85
PROFILE_FIELDS = frozenset(activities.ProfileUpdated.model_fields) | {"consent", "left"}


def warnings(file: LoadedFile[ScoringFile]) -> list[Problem]:
    """Each doubt at its place, in no order."""
    content = file.model
    found = [*_of_fit(content), *_of_engagement(content.engagement), *_of_mql(content)]
    return [file.problem(place, message) for place, message in found]


def _of_fit(content: ScoringFile) -> Iterator[Warned]:
    yield from _of_cap(content.fit, ("fit",))
    for index, rule in enumerate(content.fit.rules):
        yield from _of_points(rule, content.fit, "fit", ("fit", "rules", index))
        if rule.when:
            yield from check_fields(rule.when, PROFILE_FIELDS, ("fit", "rules", index, "when"))
            yield from _of_condition(rule.when, f"the rule '{rule.id}'", ("fit", "rules", index, "when"))


def _of_engagement(engagement: EngagementSection) -> Iterator[Warned]:
    yield from _of_cap(engagement, ("engagement",))
    for number, group in enumerate(engagement.groups):
        least = _least_cap(group, engagement)
        name = group.id if least is group else "engagement"
        place: Place = ("engagement", "groups", number)
        yield from _of_cap(group, place)
        if not group.rules:
            yield place, f"the group '{group.id}' has no rules"
        for index, rule in enumerate(group.rules):
            yield from _of_points(rule, least, name, (*place, "rules", index))
            yield from _of_rule(rule, (*place, "rules", index))


def _of_rule(rule: EngagementRuleEntry, place: Place) -> Iterator[Warned]:
    types = sorted(types_of(rule.on))
    if not types:
        yield (*place, "on"), f"the rule '{rule.id}' names no activity and never counts"
    yield from _of_types(types, (*place, "on"))
    if rule.when:
        yield from _of_condition(rule.when, f"the rule '{rule.id}'", (*place, "when"))
    if rule.when and all(name in ACTIVITIES for name in types):
        yield from _of_fields(rule.when, types, (*place, "when"))


def _of_condition(condition: Condition, name: str, place: Place) -> Iterator[Warned]:
    if never_holds(condition):
        yield place, f"{name} never counts: what it asks for excludes itself, or is a choice among nothing"


def _of_fields(condition: Condition, types: Sequence[str], place: Place) -> Iterator[Warned]:
    known = {field for name in types for field in ACTIVITIES[name].model_fields}
    yield from check_fields(condition, known, place)


def _of_types(types: Sequence[str], place: Place) -> Iterator[Warned]:
    """A company has activities of its own: only what looks like a slip of the pen is doubtful."""
    for name in types:
        meant = get_close_matches(name, ACTIVITIES, 1, cutoff=SLIP_OF_THE_PEN)
        if name in type_registry and name not in ACTIVITIES:
            yield place, f"'{name}' is told by Baton itself or of no lead: no activity of a lead is called so"
        elif meant and name not in ACTIVITIES:
            yield place, f"'{name}' is none of Baton's activities; did you mean '{meant[0]}'?"


def _of_mql(content: ScoringFile) -> Iterator[Warned]:
    if content.mql is None:
        yield (), "there is no 'mql': nobody will be qualified"
        return
    place, threshold = ("mql", "threshold"), content.mql.threshold
    if threshold < 0:
        yield place, f"a threshold of {threshold:g} is below 0: leads of whom nothing is known reach it"
    if threshold > _reachable(content):
        yield place, f"a score of {threshold:g} is out of reach: at most {_reachable(content):g} can be had"
    most_fit = _most_fit(content)
    if content.mql.min_fit is not None and content.mql.min_fit > most_fit:
        yield ("mql", "min_fit"), f"a fit of {content.mql.min_fit:g} is out of reach: at most {most_fit:g} can be had"
    instant = sorted(types_of(content.mql.instant))
    yield from _of_types(instant, ("mql", "instant"))
    for name in instant:
        if name in ACTIVITIES and issubclass(ACTIVITIES[name], activities.RepAction):
            yield ("mql", "instant"), f"'{name}' is done by a rep, and a rep's action never qualifies a lead"
    if content.mql.unless:
        yield from check_fields(content.mql.unless, PROFILE_FIELDS, ("mql", "unless"))
        yield from _of_condition(content.mql.unless, "'unless'", ("mql", "unless"))


def _least_cap(group: GroupSection, engagement: EngagementSection) -> Bounded:
    """The section whose cap binds the rules of a group."""
    if engagement.cap is None or (group.cap is not None and group.cap <= engagement.cap):
        return group
    return engagement


def _of_points(rule: FitRuleEntry | EngagementRuleEntry, section: Bounded, name: str, place: Place) -> Iterator[Warned]:
    if section.cap is not None and rule.points > section.cap > 0:
        lost = f"the cap of {name} lets {section.cap:g} through"
        yield (*place, "points"), f"of the {rule.points:g} points of the rule '{rule.id}' {lost}"


def _of_cap(section: Bounded, place: Place) -> Iterator[Warned]:
    if section.cap == 0:
        yield (*place, "cap"), "a cap of 0 lets no points through"


def _reachable(content: ScoringFile) -> float:
    """The highest score that the rules allow."""
    groups = sum(_of_group(group, content.engagement) for group in content.engagement.groups)
    return _most_fit(content) + _capped(content.engagement, groups)


def _most_fit(content: ScoringFile) -> float:
    return _capped(content.fit, sum(max(rule.points, 0) for rule in content.fit.rules))


def _of_group(group: GroupSection, engagement: EngagementSection) -> float:
    counts = [
        (max(rule.points, 0), 1 if rule.repeat == "once" else rule.keep or engagement.keep) for rule in group.rules
    ]
    return _capped(group, sum(points * most for points, most in counts))


def _capped(section: Bounded, points: float) -> float:
    capped = points if section.cap is None else min(points, section.cap)
    return capped if section.floor is None else max(capped, section.floor)
