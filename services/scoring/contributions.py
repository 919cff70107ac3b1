"""The exact score of a lead as of a time, as the contributions that it is the sum of."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from services.scoring.rules import Bounds, EngagementRule, ScoringPlaybook
from services.scoring.state import LeadScore


@dataclass(frozen=True, slots=True)
class Line:
    """One contribution: `base` and `value` in micro-points, `at` in microseconds since 1970."""

    rule: str
    base: int
    decay: float
    value: int
    event_id: str | None = None
    at: int | None = None
    reason: str | None = None
    """Why it gives nothing, where a machine made the event."""


@dataclass(frozen=True, slots=True)
class Score:
    """Micro-points as of `at` (microseconds since 1970); the values of `lines` sum to `total` exactly."""

    at: int
    fit: int
    engagement: int
    groups: dict[str, int]
    lines: tuple[Line, ...]

    @property
    def total(self) -> int:
        return self.fit + self.engagement


def assess(state: LeadScore, playbook: ScoringPlaybook, at: int) -> Score:
    """The score as of `at` (microseconds, not before the lead's last activity), with every contribution."""
    fit = _bounded("fit", playbook.fit_bounds, _fit_lines(state, playbook))
    groups = _groups(state, playbook, at)
    engagement = _engagement(groups, playbook)
    sums = {group: _sum(lines) for group, lines in groups.items()}
    return Score(at, _sum(fit), _sum(engagement), sums, (*fit, *engagement))


def total_at(state: LeadScore, playbook: ScoringPlaybook, at: int) -> int:
    """The total of `assess`, without the lines of fit."""
    return state.fit + _sum(_engagement(_groups(state, playbook, at), playbook))


def _groups(state: LeadScore, playbook: ScoringPlaybook, at: int) -> dict[str, list[Line]]:
    return {
        group.id: _bounded(
            group.id,
            group.bounds,
            (line for rule in group.rules for line in _rule_lines(rule, state, at)),
        )
        for group in playbook.groups
    }


def _engagement(groups: dict[str, list[Line]], playbook: ScoringPlaybook) -> list[Line]:
    return _bounded("engagement", playbook.engagement_bounds, (line for lines in groups.values() for line in lines))


def _sum(lines: Iterable[Line]) -> int:
    return sum(line.value for line in lines)


def _bounded(name: str, bounds: Bounds, parts: Iterable[Line]) -> list[Line]:
    lines = list(parts)
    if correction := bounds.correction(_sum(lines)):
        lines.append(Line(f"cap:{name}", correction, 1.0, correction))
    return lines


def _fit_lines(state: LeadScore, playbook: ScoringPlaybook) -> Iterator[Line]:
    at, event_id = state.profile_event or (None, None)
    for rule in playbook.fitting(state.profile, state.lead_source):
        yield Line(rule.id, rule.points, 1.0, rule.points, event_id, at)


def _rule_lines(rule: EngagementRule, state: LeadScore, at: int) -> Iterator[Line]:
    """The events inside the rule's window that give points; those before the latest `keep` in one line of zero, and
    each that a machine made in one of its own."""
    for made in state.by_machines:
        if made.rule == rule.id:
            yield Line(rule.id, rule.points, 0.0, 0, made.id, made.at, made.reason)
    counted = state.counted.get(rule.id)
    if counted is None:
        return
    if counted.total > rule.keep:
        yield Line(rule.id, rule.points, 0.0, 0)
    for happened_at, event_id in counted.entries[-rule.keep :]:
        age = at - happened_at
        if not rule.is_over(age):
            yield Line(rule.id, rule.points, rule.factor(age), rule.value(age), event_id, happened_at)
