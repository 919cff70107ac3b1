"""Whether one condition implies another, as far as their trees tell. Conservative: False where it cannot be told."""

import operator
from collections.abc import Callable, Iterator, Mapping
from itertools import permutations

from pydantic import JsonValue

from shared.conditions.compiled import compile_condition
from shared.conditions.tree import AllOf, AnyOf, Comparison, Condition, Not
from shared.conditions.values import comparable, number_of

_EQUAL = frozenset({"eq", "in"})
_UNEQUAL = frozenset({"ne", "not_in"})
_DECIDED_BY_VALUE = _EQUAL | _UNEQUAL | {"exists", "contains"}
_HOLDS_OF_A_VALUE = frozenset({"eq", "in", "lt", "le", "gt", "ge", "contains", "matches"})
_AT_LEAST: Mapping[str, bool] = {"gt": False, "ge": True}
_AT_MOST: Mapping[str, bool] = {"lt": False, "le": True}
"""Whether the limit itself is inside, by operator."""

MOST_COMPARED = 50
"""So many parts of one condition are compared with each other."""


def implies(narrow: Condition, wide: Condition) -> bool:
    """Whether `wide` surely holds of every lead of which `narrow` holds."""
    if narrow == wide:
        return True
    if isinstance(wide, AllOf):
        return all(implies(narrow, part) for part in wide.parts)
    if isinstance(narrow, AnyOf):
        return all(implies(part, wide) for part in narrow.parts)
    if isinstance(wide, AnyOf) and any(implies(narrow, part) for part in wide.parts):
        return True
    return _implies_simple(narrow, wide)


def _implies_simple(narrow: Condition, wide: Condition) -> bool:
    match narrow, wide:
        case AllOf(), _:
            return any(implies(part, wide) for part in narrow.parts)
        case Not(), Not():
            return implies(wide.negated, narrow.negated)
        case Comparison(), Comparison():
            return narrow.field == wide.field and _compares_closer(narrow, wide)
    return False


def never_holds(condition: Condition) -> bool:
    """Whether the condition surely holds of no lead: a choice among nothing, or parts that exclude each other."""
    match condition:
        case AnyOf():
            return all(map(never_holds, condition.parts))
        case AllOf():
            parts = list(_flat(condition))
            return any(map(never_holds, parts)) or any(
                _excludes(*two) for two in permutations(parts[:MOST_COMPARED], 2)
            )
        case Comparison():
            return condition.op == "in" and condition.value == []
    return False


def _flat(condition: AllOf) -> Iterator[Condition]:
    for part in condition.parts:
        yield from _flat(part) if isinstance(part, AllOf) else (part,)


def _excludes(one: Condition, other: Condition) -> bool:
    """Whether the second surely holds of no lead of which the first holds."""
    match one, other:
        case _, Not():
            return implies(one, other.negated)
        case Comparison(), Comparison():
            return one.field == other.field and _is_outside(one, other)
    return False


def _is_outside(one: Comparison, other: Comparison) -> bool:
    if other.op == "exists" and other.value is False:
        return one.op in _HOLDS_OF_A_VALUE
    if one.op in _EQUAL and _values(one):
        return all(_is_decided(other, value) and not _holds_of(other, value) for value in _values(one))
    lowest, highest = number_of(one.value), number_of(other.value)
    if one.op not in _AT_LEAST or other.op not in _AT_MOST or lowest is None or highest is None:
        return False
    return lowest > highest or (lowest == highest and not (_AT_LEAST[one.op] and _AT_MOST[other.op]))


def _compares_closer(narrow: Comparison, wide: Comparison) -> bool:
    if wide.op == "exists" and wide.value is True and narrow.op in _HOLDS_OF_A_VALUE:
        return True
    if narrow.op in _EQUAL:
        return all(_holds_of(wide, value) for value in _values(narrow))
    if narrow.op in _UNEQUAL and wide.op in _UNEQUAL:
        return set(map(comparable, _values(wide))) <= set(map(comparable, _values(narrow)))
    return _lies_within(narrow, wide, _AT_LEAST, operator.gt) or _lies_within(narrow, wide, _AT_MOST, operator.lt)


def _values(leaf: Comparison) -> list[JsonValue]:
    return leaf.value if isinstance(leaf.value, list) else [leaf.value]


def _holds_of(wide: Comparison, value: JsonValue) -> bool:
    return _is_decided(wide, value) and compile_condition(wide)({wide.field: value})


def _is_decided(wide: Comparison, value: JsonValue) -> bool:
    """Patterns and dates are left out: what equals by folding may be written in another way."""
    are_numbers = number_of(value) is not None and number_of(wide.value) is not None
    return wide.op in _DECIDED_BY_VALUE or (are_numbers and wide.op in {*_AT_LEAST, *_AT_MOST})


def _lies_within(
    narrow: Comparison, wide: Comparison, side: Mapping[str, bool], is_beyond: Callable[[float, float], bool]
) -> bool:
    """Whether every number beyond the narrow limit is beyond the wide one."""
    limit, wider = number_of(narrow.value), number_of(wide.value)
    if narrow.op not in side or wide.op not in side or limit is None or wider is None:
        return False
    return is_beyond(limit, wider) or (limit == wider and side[wide.op] >= side[narrow.op])
