"""Field values that would meet a condition: candidates, smallest changes first, to be tried with the real rules."""

from collections.abc import Iterator, Mapping
from itertools import islice, product

from pydantic import JsonValue

from shared.conditions import AllOf, AnyOf, Comparison, Condition, Not, comparisons

MOST_CANDIDATES = 32
Fields = Mapping[str, JsonValue]


def candidates(condition: Condition | None) -> Iterator[Fields]:
    """Some field values that may meet the condition, at most 32; none is promised to."""
    return islice(_candidates(condition), MOST_CANDIDATES) if condition else iter([{}])


def _candidates(condition: Condition) -> Iterator[Fields]:
    match condition:
        case Comparison():
            yield from _of_comparison(condition)
        case AnyOf():
            for part in condition.parts:
                yield from _candidates(part)
        case AllOf():
            yield from _of_all(condition)
        case Not():
            yield {}
            for _, leaf in comparisons(condition.negated):
                yield {leaf.field: not leaf.value if isinstance(leaf.value, bool) else "other"}


def _of_all(condition: AllOf) -> Iterator[Fields]:
    """Each part's candidates together; where two want another value for one field, either may meet both."""
    choices = [list(islice(_candidates(part), MOST_CANDIDATES)) for part in condition.parts]
    for chosen in islice(product(*choices), MOST_CANDIDATES):
        yield {name: value for fields in chosen for name, value in fields.items()}
        yield {name: value for fields in reversed(chosen) for name, value in fields.items()}


def _of_comparison(leaf: Comparison) -> Iterator[Fields]:
    for value in _values(leaf):
        yield {leaf.field: value}
    if leaf.op in ("ne", "not_in") or leaf.value is False:
        yield {}


def _values(leaf: Comparison) -> list[JsonValue]:
    value = leaf.value
    step = {"gt": 1, "lt": -1}.get(leaf.op)
    match leaf.op:
        case "in" if isinstance(value, list):
            return value
        case "ne" | "not_in":
            return []
        case "exists":
            return ["known", 1, True] if value else []
        case "contains":
            return [value, [value]]
    if step and isinstance(value, int | float):
        return [value + step]
    return [value]
