"""The scoring rules as they are counted with: compiled once from `scoring.yaml`, points in integer micro-points."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import ROUND_HALF_EVEN, Decimal

from services.scoring.machines import NO_MACHINES, Machines
from shared.conditions import Matcher

Profile = dict[str, object]
MICRO = 1_000_000
"""Micro-points in a point: six decimals, so that parts sum exactly."""


def micro_points(points: float) -> int:
    """Points as written in the playbook, in micro-points, rounded half-even to six decimals."""
    return int((Decimal(str(points)) * MICRO).quantize(Decimal(1), rounding=ROUND_HALF_EVEN))


def in_points(micro: int) -> float:
    """Micro-points as points: the number nearest to the six decimals."""
    return micro / MICRO


def decay(age: int, half_life: int) -> float:
    """0.5 ^ (age / half-life), both in microseconds."""
    return float(0.5 ** (age / half_life))


@dataclass(frozen=True, slots=True)
class OncePer:
    """The first event about each object counts; without a field there is one object: the first event alone counts."""

    field: str | None = None


@dataclass(frozen=True, slots=True)
class AtMost:
    """At most `times` events count in any (t - per, t], `per` in microseconds."""

    times: int
    per: int


@dataclass(frozen=True, slots=True)
class FitRule:
    id: str
    points: int
    test: Matcher | None = None


@dataclass(frozen=True, slots=True)
class EngagementRule:
    """Points for an activity; `half_life` and `window` in microseconds, at most one of them set."""

    id: str
    on: frozenset[str]
    points: int
    test: Matcher | None = None
    repeat: OncePer | AtMost | None = None
    half_life: int | None = None
    window: int | None = None
    keep: int = 200

    @property
    def remembers(self) -> int:
        """How many of the latest counted events must be known to give points and to judge the next repeat."""
        return max(self.keep, self.repeat.times) if isinstance(self.repeat, AtMost) else self.keep

    def is_over(self, age: int) -> bool:
        """Whether an event is out of the rule's window after `age` microseconds: at exactly its length it is."""
        return self.window is not None and age >= self.window

    def factor(self, age: int) -> float:
        """What is left of the points after `age` microseconds."""
        if self.half_life is not None:
            return decay(age, self.half_life)
        return 0.0 if self.is_over(age) else 1.0

    def value(self, age: int) -> int:
        """The points left after `age` microseconds, in micro-points, rounded half-even."""
        return round(self.points * self.factor(age))


@dataclass(frozen=True, slots=True)
class Bounds:
    cap: int | None = None
    floor: int | None = None

    def correction(self, total: int) -> int:
        """What must be added to a total of micro-points to keep it within cap and floor."""
        if self.cap is not None and total > self.cap:
            return self.cap - total
        if self.floor is not None and total < self.floor:
            return self.floor - total
        return 0

    def clamp(self, total: float) -> float:
        """A total that need not be whole, kept within cap and floor."""
        if self.cap is not None and total > self.cap:
            return self.cap
        return self.floor if self.floor is not None and total < self.floor else total


@dataclass(frozen=True, slots=True)
class Group:
    id: str
    bounds: Bounds
    rules: tuple[EngagementRule, ...]


@dataclass(frozen=True, slots=True)
class MqlRules:
    """When a lead is qualified; `threshold` None means never by its score."""

    threshold: int | None = None
    min_fit: int | None = None
    instant: frozenset[str] = frozenset()
    unless: Matcher | None = None
    rearm_below: int | None = None


def view(profile: Profile, lead_source: str | None) -> Profile:
    """What fit rules and `unless` read: the profile, and where the lead came from."""
    return {**profile, "lead_source": lead_source}


@dataclass(frozen=True, slots=True)
class ScoringPlaybook:
    """What scoring reads of one version of the playbook; `name` is its author's name for that version."""

    version: str = ""
    name: str = ""
    fit: tuple[FitRule, ...] = ()
    fit_bounds: Bounds = Bounds()
    groups: tuple[Group, ...] = ()
    engagement_bounds: Bounds = Bounds()
    mql: MqlRules = MqlRules()
    machines: Machines = NO_MACHINES
    relay_has_is: bool = True
    by_type: Mapping[str, tuple[EngagementRule, ...]] = field(init=False)
    taking: tuple[EngagementRule, ...] = field(init=False)
    """The rules that take points away, which come back as time goes by."""
    unknown_fit: int = field(init=False)
    """The fit in micro-points of whom nothing is known."""

    def __post_init__(self) -> None:
        by_type: dict[str, tuple[EngagementRule, ...]] = {}
        for rule in (rule for group in self.groups for rule in group.rules):
            for event_type in rule.on:
                by_type[event_type] = (*by_type.get(event_type, ()), rule)
        object.__setattr__(self, "by_type", by_type)
        rules = (rule for group in self.groups for rule in group.rules)
        object.__setattr__(self, "taking", tuple(rule for rule in rules if rule.points < 0))
        object.__setattr__(self, "unknown_fit", self.fit_of({}, None))

    def fitting(self, profile: Profile, lead_source: str | None) -> list[FitRule]:
        """The fit rules that a profile meets, together with where the lead came from."""
        fields = view(profile, lead_source)
        return [rule for rule in self.fit if rule.test is None or rule.test(fields)]

    def fit_of(self, profile: Profile, lead_source: str | None) -> int:
        """The fit of a profile in micro-points, within cap and floor."""
        total = sum(rule.points for rule in self.fitting(profile, lead_source))
        return total + self.fit_bounds.correction(total)
