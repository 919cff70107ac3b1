"""Field values that would meet a condition, or no longer: candidates, to be tried with the real rules."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from itertools import islice, product

from pydantic import JsonValue

from shared.conditions import AllOf, AnyOf, Comparison, Condition, Not, compile_condition
from shared.conditions import Fields as ReadFields

MOST_CANDIDATES = 32
Fields = Mapping[str, JsonValue]


Holds = Callable[[Condition], bool]


def candidates(condition: Condition | None) -> Iterator[Fields]:
    """Some field values that may meet the condition, at most 32; none is promised to."""
    return islice(_candidates(condition), MOST_CANDIDATES) if condition else iter([{}])


def against(condition: Condition, fields: ReadFields) -> Iterator[Fields]:
    """Some values, at most 32, in place of those of the fields with which the condition may no longer hold."""
    return islice(_against(condition, lambda part: compile_condition(part)(fields)), MOST_CANDIDATES)


def _against(condition: Condition, holds: Holds) -> Iterator[Fields]:
    match condition:
        case Comparison():
            yield from ({condition.field: value} for value in _values_against(condition))
        case AllOf():
            for part in condition.parts:
                yield from _against(part, holds)
        case AnyOf():
            holding = [part for part in condition.parts if holds(part)]
            yield from _together([list(islice(_against(part, holds), MOST_CANDIDATES)) for part in holding])
        case Not():
            yield from _candidates(condition.negated)


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
            yield from _against(condition.negated, lambda _: True)


def _of_all(condition: AllOf) -> Iterator[Fields]:
    """Each part's candidates together; where two want another value for one field, either may meet both."""
    yield from _together([list(islice(_candidates(part), MOST_CANDIDATES)) for part in condition.parts])


def _together(choices: Sequence[Sequence[Fields]]) -> Iterator[Fields]:
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


def _values_against(leaf: Comparison) -> list[JsonValue]:
    match leaf.op, leaf.value:
        case ("ne", value):
            return [value]
        case ("not_in", list(values)):
            return values
        case ("exists", value):
            return [] if value else ["known", 1, True]
        case (_, bool(value)):
            return [not value]
        case (_, int() | float() as value):
            return [value - 1 if leaf.op == "ge" else value if leaf.op in ("gt", "lt") else value + 1]
    return [f"another {leaf.field}"]
