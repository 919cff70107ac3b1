"""Conditions compiled once to closures. A missing field makes a comparison false, and `ne` and `not_in` true."""

import operator
from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Protocol

from pydantic import JsonValue

from shared.conditions.patterns import compile_pattern
from shared.conditions.tree import AllOf, AnyOf, Comparison, Condition, Not
from shared.conditions.values import NOTHING, comparable, fold, number_of, seconds_of


class Fields(Protocol):
    """What conditions read: the value of a field by its name, None where it is missing. A dict is one."""

    def get(self, name: str, /) -> object: ...


class Matcher(Protocol):
    """A compiled condition; `previous` holds the fields before the event, which only `changed_to` reads."""

    def __call__(self, fields: Fields, previous: Fields = ...) -> bool: ...


EMPTY: Mapping[str, object] = MappingProxyType({})

ValueTest = Callable[[object], bool]


def compile_condition(condition: Condition) -> Matcher:
    """A function that tells whether fields meet the condition."""
    match condition:
        case AllOf():
            return _all_of(tuple(map(compile_condition, condition.parts)))
        case AnyOf():
            return _any_of(tuple(map(compile_condition, condition.parts)))
        case Not():
            return _not(compile_condition(condition.negated))
        case Comparison():
            return _comparison(condition)


def _all_of(parts: tuple[Matcher, ...]) -> Matcher:
    def matches(fields: Fields, previous: Fields = EMPTY) -> bool:
        return all(part(fields, previous) for part in parts)

    return matches


def _any_of(parts: tuple[Matcher, ...]) -> Matcher:
    def matches(fields: Fields, previous: Fields = EMPTY) -> bool:
        return any(part(fields, previous) for part in parts)

    return matches


def _not(part: Matcher) -> Matcher:
    def matches(fields: Fields, previous: Fields = EMPTY) -> bool:
        return not part(fields, previous)

    return matches


def _comparison(leaf: Comparison) -> Matcher:
    name, must_be_new = leaf.field, leaf.op == "changed_to"
    test = _TESTS[leaf.op](leaf.value)

    def matches(fields: Fields, previous: Fields = EMPTY) -> bool:
        return test(fields.get(name)) and not (must_be_new and test(previous.get(name)))

    return matches


def _equals(value: JsonValue) -> ValueTest:
    expected = comparable(value)
    return lambda found: comparable(found) == expected


def _is_in(value: JsonValue) -> ValueTest:
    expected = frozenset(map(comparable, value if isinstance(value, list) else ())) - {NOTHING}
    return lambda found: comparable(found) in expected


def _differs(equal: Callable[[JsonValue], ValueTest]) -> Callable[[JsonValue], ValueTest]:
    def negated(value: JsonValue) -> ValueTest:
        test = equal(value)
        return lambda found: not test(found)

    return negated


def _ordered(compare: Callable[[float, float], bool]) -> Callable[[JsonValue], ValueTest]:
    def against(value: JsonValue) -> ValueTest:
        read = number_of if number_of(value) is not None else seconds_of
        limit = read(value) or 0

        def in_order(found: object) -> bool:
            size = read(found)
            return size is not None and compare(size, limit)

        return in_order

    return against


def _contains(value: JsonValue) -> ValueTest:
    expected = comparable(value)

    def contains(found: object) -> bool:
        if isinstance(found, str):
            return isinstance(expected, str) and expected in fold(found)
        return isinstance(found, list | tuple) and any(comparable(item) == expected for item in found)

    return contains


def _matches(value: JsonValue) -> ValueTest:
    search = compile_pattern(str(value))
    return lambda found: isinstance(found, str) and search(found)


def _exists(value: JsonValue) -> ValueTest:
    return lambda found: (found is not None) is value


_TESTS: dict[str, Callable[[JsonValue], ValueTest]] = {
    "eq": _equals,
    "ne": _differs(_equals),
    "in": _is_in,
    "not_in": _differs(_is_in),
    "lt": _ordered(operator.lt),
    "le": _ordered(operator.le),
    "gt": _ordered(operator.gt),
    "ge": _ordered(operator.ge),
    "contains": _contains,
    "matches": _matches,
    "exists": _exists,
    "changed_to": _equals,
}
