"""Whether a score reaches a number, without adding up every contribution: sums are kept per rule."""

from bisect import bisect_right

from services.scoring.contributions import total_at
from services.scoring.rules import EngagementRule, ScoringPlaybook, decay
from services.scoring.state import Counted, LeadScore

ROUNDING = 0.5
"""Micro-points by which a rounded contribution may differ from an unrounded one."""

FLOAT_ERROR = 1e-9
"""Relative error of a kept sum, many times what 200 roundings of 64-bit numbers can give."""


def reaches(state: LeadScore, playbook: ScoringPlaybook, at: int, least: int) -> bool:
    """Whether the exact score as of `at` (microseconds) is `least` micro-points or more.

    Estimates first; only where the number lies within the estimate's error are the contributions added up.
    """
    engagement, error = _engagement(state, playbook, at, at)
    distance = state.fit + engagement - least
    if abs(distance) > error:
        return distance > 0
    return total_at(state, playbook, at) >= least


def _engagement(state: LeadScore, playbook: ScoringPlaybook, gains_at: int, losses_at: int) -> tuple[float, float]:
    """Engagement in micro-points and its largest error; clamping never makes an error larger."""
    total = error = 0.0
    for group in playbook.groups:
        points = 0.0
        for rule in group.rules:
            counted = state.counted.get(rule.id)
            if counted is not None:
                at = gains_at if rule.points > 0 else losses_at
                of_rule = rule.points * _weight(rule, counted, at)
                points += of_rule
                error += ROUNDING * len(counted.entries) + FLOAT_ERROR * abs(of_rule)
        total += group.bounds.clamp(points)
    return playbook.engagement_bounds.clamp(total), error


def _weight(rule: EngagementRule, counted: Counted, at: int) -> float:
    """The sum of the decay factors of what the rule counted."""
    entries = counted.entries
    if rule.half_life is not None:
        return counted.mass * decay(at - entries[-1][0], rule.half_life)
    kept = min(len(entries), rule.keep)
    if rule.window is None:
        return kept
    return min(kept, len(entries) - bisect_right(entries, at - rule.window, key=_happened_at))


def _happened_at(entry: tuple[int, str]) -> int:
    return entry[0]
