"""When a condition holds: each operator as a table, and the compiled form against a plain reading of the rules."""

import re
import unicodedata
from datetime import UTC, date, datetime

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import JsonValue

from shared.conditions import AllOf, AnyOf, Condition, Not, compile_condition, parse_condition


def _holds(op: str, value: object, found: object) -> bool:
    return compile_condition(parse_condition({"field": "it", "op": op, "value": value}))({"it": found})


@pytest.mark.parametrize(
    ("op", "value", "found"),
    [
        ("eq", "case_study", "Case_Study"),
        ("eq", "ＡＢＣ商事", "abc商事"),
        ("eq", "ｶﾀｶﾅ", "カタカナ"),
        ("eq", "strasse", "STRAßE"),
        ("eq", 1000, 1000.0),
        ("eq", True, True),
        ("eq", "2026-05-01", date(2026, 5, 1)),
        ("ne", "a", "b"),
        ("ne", 1, "1"),
        ("in", ["Director", "executive"], "director"),
        ("in", [1, 2], 2),
        ("not_in", ["a", "b"], "c"),
        ("not_in", [], "c"),
        ("lt", 10, 9.5),
        ("le", 10, 10),
        ("gt", 10, 11),
        ("ge", 10, 10),
        ("lt", "2026-05-02", "2026-05-01"),
        ("lt", "2026-05-01T10:00:00+09:00", "2026-05-01T00:59:00Z"),
        ("ge", "2026-05-01T10:00:00+09:00", "2026-05-01T01:00:00Z"),
        ("ge", "2026-05-01", "2026-05-01T00:00:00Z"),
        ("ge", "2026-05-01", date(2026, 5, 1)),
        ("gt", "2026-05-01", datetime(2026, 5, 1, 1, tzinfo=UTC)),
        ("contains", "銀行", "みずほ銀行"),
        ("contains", "bank", "The BANK of x"),
        ("contains", "b", ["A", "B"]),
        ("contains", 2, [1, 2]),
        ("matches", "^株式会社|㈱", "㈱山田"),
        ("matches", "(株)", "山田㈱"),
        ("matches", "manager$", "Sales MANAGER"),
        ("exists", True, ""),
        ("exists", True, False),
        ("exists", False, None),
        ("changed_to", "won", "Won"),
    ],
)
def test_the_comparison_holds(op: str, value: object, found: object) -> None:
    assert _holds(op, value, found)


@pytest.mark.parametrize(
    ("op", "value", "found"),
    [
        ("eq", "1000", 1000),
        ("eq", 1000, "1000"),
        ("eq", 1, True),
        ("eq", True, 1),
        ("eq", True, "true"),
        ("eq", "a", ["a"]),
        ("ne", "a", "A"),
        ("in", [], "a"),
        ("in", [1], True),
        ("in", ["a"], ["a"]),
        ("not_in", ["a"], "A"),
        ("lt", 10, 10),
        ("lt", 10, "9"),
        ("gt", 0, True),
        ("gt", 0, "2026-05-01"),
        ("lt", "2026-05-01", 3),
        ("lt", "2026-05-01", "soon"),
        ("lt", "2026-05-01", "2026-02-30"),
        ("contains", "銀行", "信用金庫"),
        ("contains", "1", 1),
        ("contains", 1, "1"),
        ("contains", 1, [True]),
        ("matches", "1", 1),
        ("matches", "x", "a" * 1_000 + "x"),
        ("exists", True, None),
        ("exists", False, 0),
        ("changed_to", "won", "lost"),
    ],
)
def test_the_comparison_does_not_hold(op: str, value: object, found: object) -> None:
    assert not _holds(op, value, found)


@pytest.mark.parametrize(
    ("op", "value", "expected"),
    [
        ("eq", "a", False),
        ("ne", "a", True),
        ("in", ["a"], False),
        ("not_in", ["a"], True),
        ("lt", 1, False),
        ("le", 1, False),
        ("gt", 1, False),
        ("ge", 1, False),
        ("contains", "a", False),
        ("matches", "", False),
        ("exists", True, False),
        ("changed_to", "a", False),
    ],
)
def test_a_missing_field_makes_a_comparison_false_and_ne_and_not_in_true(
    op: str, value: object, expected: bool
) -> None:
    matches = compile_condition(parse_condition({"field": "it", "op": op, "value": value}))
    assert matches({}) is expected
    assert matches({"it": None}) is expected


@pytest.mark.parametrize(
    ("before", "after", "expected"),
    [
        ({}, {"phase": "won"}, True),
        ({"phase": "open"}, {"phase": "Won"}, True),
        ({"phase": "WON"}, {"phase": "won"}, False),
        ({"phase": "won"}, {"phase": "open"}, False),
        ({"phase": "won"}, {}, False),
    ],
)
def test_changed_to_holds_at_the_change_alone(
    before: dict[str, JsonValue], after: dict[str, JsonValue], expected: bool
) -> None:
    matches = compile_condition(parse_condition({"field": "phase", "op": "changed_to", "value": "won"}))
    assert matches(after, before) is expected


def test_all_of_nothing_is_true_and_any_of_nothing_is_false() -> None:
    assert compile_condition(parse_condition({"all": []}))({})
    assert not compile_condition(parse_condition({"any": []}))({})


_FIELDS = st.sampled_from(["a", "b", "c"])
_SCALARS: st.SearchStrategy[JsonValue] = st.sampled_from(
    ["x", "X", "Ｘ", "xy", "", "1", 1, 1.0, 0, 2.5, True, False, "2026-05-01", "2026-05-01T09:00:00+09:00", "ß", "SS"]
)
_FOUND = _SCALARS | st.none() | st.lists(_SCALARS, max_size=3)
_LEAVES = st.one_of(
    st.tuples(st.sampled_from(["eq", "ne", "contains", "changed_to"]), _SCALARS),
    st.tuples(st.sampled_from(["in", "not_in"]), st.lists(_SCALARS, max_size=3)),
    st.tuples(st.sampled_from(["lt", "le", "gt", "ge"]), st.sampled_from([1, 0, 2.5, "2026-05-01", "2026-05-02"])),
    st.tuples(st.just("matches"), st.sampled_from(["x", "^x$", "[0-9]+"])),
    st.tuples(st.just("exists"), st.booleans()),
)
_COMPARISONS = st.builds(lambda name, leaf: {"field": name, "op": leaf[0], "value": leaf[1]}, _FIELDS, _LEAVES)
_CONDITIONS = st.recursive(
    _COMPARISONS,
    lambda inner: st.one_of(
        st.lists(inner, max_size=3).map(lambda parts: {"all": parts}),
        st.lists(inner, max_size=3).map(lambda parts: {"any": parts}),
        inner.map(lambda part: {"not": part}),
    ),
).map(parse_condition)
_LEADS = st.dictionaries(_FIELDS, _FOUND)


@settings(deadline=None)
@given(_CONDITIONS, _LEADS, _LEADS)
def test_a_compiled_condition_means_what_the_rules_say(
    condition: Condition, lead: dict[str, JsonValue], before: dict[str, JsonValue]
) -> None:
    assert compile_condition(condition)(lead, before) is _by_the_book(condition, lead, before)


def _by_the_book(condition: Condition, lead: dict[str, JsonValue], before: dict[str, JsonValue]) -> bool:
    if isinstance(condition, AllOf | AnyOf):
        held = [_by_the_book(part, lead, before) for part in condition.parts]
        return False not in held if isinstance(condition, AllOf) else True in held
    if isinstance(condition, Not):
        return not _by_the_book(condition.negated, lead, before)
    found, value = lead.get(condition.field), condition.value
    match condition.op:
        case "ne" | "not_in":
            return not _positive({"ne": "eq", "not_in": "in"}[condition.op], found, value)
        case "changed_to":
            return _positive("eq", found, value) and not _positive("eq", before.get(condition.field), value)
        case "exists":
            return (found is not None) == value
    return _positive(condition.op, found, value)


def _positive(op: str, found: JsonValue, value: JsonValue) -> bool:
    match op, found, value:
        case "eq", _, _:
            return _same(found, value)
        case "in", _, list():
            return any(_same(found, one) for one in value)
        case "contains", list(), _:
            return any(_same(item, value) for item in found)
        case "contains", str(), str():
            return _folded(value) in _folded(found)
        case "matches", str(), str():
            return bool(re.search(value, unicodedata.normalize("NFKC", found), re.IGNORECASE))
        case (("lt" | "le" | "gt" | "ge"), _, _):
            order = _order(found, value)
            return order is not None and {"lt": order < 0, "le": order <= 0, "gt": order > 0, "ge": order >= 0}[op]
    return False


def _same(found: JsonValue, value: JsonValue) -> bool:
    if isinstance(found, str) and isinstance(value, str):
        return _folded(found) == _folded(value)
    if isinstance(found, bool) or isinstance(value, bool):
        return found is value
    return isinstance(found, int | float) and found == value


def _order(found: JsonValue, value: JsonValue) -> float | None:
    if isinstance(found, str) and isinstance(value, str):
        if not found.startswith("2026"):
            return None
        instants = [datetime.fromisoformat(text) for text in (found, value)]
        left, right = (one if one.tzinfo else one.replace(tzinfo=UTC) for one in instants)
        return (left - right).total_seconds()
    if isinstance(found, bool) or not isinstance(found, int | float) or not isinstance(value, int | float):
        return None
    return found - value


def _folded(text: str) -> str:
    return unicodedata.normalize("NFKC", text).casefold()
