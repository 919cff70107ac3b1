"""Which rules no lead reaches, because rules above take every lead of which they hold. Pure."""

from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from services.routing.written import RuleEntry
from shared.conditions import AllOf, Comparison, Condition, comparisons, implies
from shared.conditions.values import comparable

MOST_PAIRS = 2_000_000
"""So many pairs of conditions are compared at the most, the uppermost first: that is every pair of 2,000 rules."""
Key = tuple[str, object]


@dataclass(slots=True)
class _Above:
    """The rules of one team that leads reach, so far; those that ask for one value are found by it."""

    takes_all: int | None = None
    by_value: dict[Key, list[tuple[int, Condition]]] = field(default_factory=lambda: defaultdict(list))
    others: list[tuple[int, Condition]] = field(default_factory=list)

    def add(self, index: int, rule: RuleEntry, most_others: int) -> None:
        key = _key(rule.when)
        if rule.when is None:
            self.takes_all = index
        elif key is not None:
            self.by_value[key].append((index, rule.when))
        elif len(self.others) < most_others:
            self.others.append((index, rule.when))

    def taker_of(self, rule: RuleEntry) -> int | None:
        """The index of a rule above that takes every lead of which this one holds."""
        if self.takes_all is not None or rule.when is None:
            return self.takes_all
        candidates = [one for key in _values(rule.when) for one in self.by_value.get(key, ())]
        return next((index for index, when in [*candidates, *self.others] if implies(rule.when, when)), None)


def unreached(rules: Sequence[RuleEntry]) -> dict[int, list[int]]:
    """The indices of rules that no lead reaches, by that of the rule above which takes their leads.

    A rule with `owner` takes only leads whose owner can take them, which no condition tells: it takes nobody's all.
    """
    above: dict[str, _Above] = defaultdict(_Above)
    found: dict[int, list[int]] = defaultdict(list)
    for index, rule in enumerate(rules):
        of_team = above[rule.team]
        taker = of_team.taker_of(rule)
        if taker is not None:
            found[taker].append(index)
        elif rule.owner is None:
            of_team.add(index, rule, MOST_PAIRS // len(rules))
    return found


def _key(condition: Condition | None) -> Key | None:
    """The field and value that every condition compares with which implies this one; None where there is no such."""
    parts = condition.parts if isinstance(condition, AllOf) else (condition,)
    leaves = (one for one in parts if isinstance(one, Comparison) and one.op == "eq")
    return next(((leaf.field, comparable(leaf.value)) for leaf in leaves), None)


def _values(condition: Condition) -> Iterator[Key]:
    for _, leaf in comparisons(condition):
        if leaf.op in ("eq", "in"):
            values = leaf.value if isinstance(leaf.value, list) else [leaf.value]
            yield from dict.fromkeys((leaf.field, comparable(value)) for value in values)
