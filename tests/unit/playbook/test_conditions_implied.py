"""Whether one condition implies another, as far as it can be told."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.conditions import compile_condition, implies, never_holds, parse_condition


def leaf(field: str, op: str, value: object = None) -> dict[str, object]:
    return {"field": field, "op": op} | ({} if value is None else {"value": value})


LARGE = leaf("employees", "ge", 1000)
WEST = leaf("prefecture", "in", ["大阪府", "京都府"])


@pytest.mark.parametrize(
    ("narrow", "wide"),
    [
        (LARGE, LARGE),
        (LARGE, leaf("employees", "ge", 100)),
        (LARGE, leaf("employees", "gt", 999)),
        (leaf("employees", "lt", 10), leaf("employees", "le", 10)),
        (leaf("employees", "eq", 2000), LARGE),
        (leaf("prefecture", "eq", "大阪府"), WEST),
        (WEST, leaf("prefecture", "ne", "東京都")),
        (WEST, leaf("prefecture", "exists")),
        (leaf("kind", "not_in", ["a", "b"]), leaf("kind", "ne", "B")),
        ({"all": [LARGE, WEST]}, LARGE),
        (LARGE, {"any": [WEST, LARGE]}),
        ({"any": [LARGE, leaf("employees", "eq", 500)]}, leaf("employees", "ge", 500)),
        ({"not": leaf("employees", "ge", 100)}, {"not": LARGE}),
        ({"any": []}, WEST),
    ],
)
def test_a_closer_condition_implies_a_wider_one(narrow: dict[str, object], wide: dict[str, object]) -> None:
    assert implies(parse_condition(narrow), parse_condition(wide))


@pytest.mark.parametrize(
    ("narrow", "wide"),
    [
        (leaf("employees", "ge", 100), LARGE),
        (leaf("employees", "gt", 1000), leaf("employees", "le", 2000)),
        (leaf("employees", "ge", 10), leaf("employees", "gt", 10)),
        (WEST, leaf("prefecture", "eq", "大阪府")),
        (leaf("prefecture", "ne", "東京都"), WEST),
        (LARGE, {"all": [LARGE, WEST]}),
        ({"any": [LARGE, WEST]}, LARGE),
        (leaf("title", "eq", "CTO"), leaf("title", "matches", "CTO")),
        (leaf("title", "contains", "部長"), leaf("title", "contains", "長")),
    ],
)
def test_what_cannot_be_told_is_not_guessed(narrow: dict[str, object], wide: dict[str, object]) -> None:
    assert not implies(parse_condition(narrow), parse_condition(wide))


@pytest.mark.parametrize(
    "condition",
    [
        leaf("prefecture", "in", []),
        {"all": [leaf("employees", "ge", 100), leaf("employees", "lt", 50)]},
        {"all": [leaf("employees", "gt", 100), {"all": [WEST, leaf("employees", "le", 100)]}]},
        {"all": [leaf("kind", "eq", "a"), leaf("kind", "eq", "b")]},
        {"all": [WEST, leaf("prefecture", "eq", "東京都")]},
        {"all": [leaf("kind", "eq", "a"), {"not": leaf("kind", "in", ["a", "b"])}]},
        {"all": [leaf("kind", "matches", "a"), {"field": "kind", "op": "exists", "value": False}]},
        {"all": [LARGE, leaf("employees", "eq", 10)]},
        {"any": [leaf("x", "in", []), {"all": [leaf("x", "eq", 1), leaf("x", "ne", 1)]}]},
    ],
)
def test_a_condition_that_excludes_itself_holds_of_nobody(condition: dict[str, object]) -> None:
    assert never_holds(parse_condition(condition))


@pytest.mark.parametrize(
    "condition",
    [
        {"all": [leaf("employees", "ge", 100), leaf("employees", "le", 100)]},
        {"all": [leaf("employees", "ge", 100), leaf("staff", "lt", 50)]},
        {"all": [leaf("title", "contains", "a"), leaf("title", "contains", "b")]},
        {"all": [leaf("title", "eq", "CTO"), leaf("title", "matches", "cto")]},
        {"all": [{"field": "kind", "op": "exists", "value": False}, leaf("kind", "ne", "a")]},
        {"any": [leaf("x", "in", []), LARGE]},
    ],
)
def test_a_condition_that_some_lead_may_meet_is_not_doubted(condition: dict[str, object]) -> None:
    assert not never_holds(parse_condition(condition))


VALUES = st.sampled_from(["a", "b", 1, 2, 3, True])
NUMBERS = st.integers(1, 3)
LEAVES = st.one_of(
    st.builds(leaf, st.sampled_from("xy"), st.sampled_from(["eq", "ne"]), VALUES),
    st.builds(leaf, st.sampled_from("xy"), st.sampled_from(["in", "not_in"]), st.lists(VALUES, max_size=3)),
    st.builds(leaf, st.sampled_from("xy"), st.sampled_from(["lt", "le", "gt", "ge"]), NUMBERS),
    st.builds(leaf, st.sampled_from("xy"), st.just("exists")),
)
CONDITIONS = st.recursive(
    LEAVES,
    lambda inner: st.one_of(
        st.builds(lambda parts: {"all": parts}, st.lists(inner, max_size=2)),
        st.builds(lambda parts: {"any": parts}, st.lists(inner, max_size=2)),
        st.builds(lambda part: {"not": part}, inner),
    ),
    max_leaves=4,
)
LEADS = st.dictionaries(st.sampled_from("xy"), VALUES)


@given(CONDITIONS, CONDITIONS, LEADS)
def test_no_lead_ever_meets_a_condition_and_not_what_it_implies(
    narrow: dict[str, object], wide: dict[str, object], lead: dict[str, object]
) -> None:
    first, second = parse_condition(narrow), parse_condition(wide)
    told = implies(first, second)
    assert not (told and compile_condition(first)(lead) and not compile_condition(second)(lead))
    assert not (never_holds(first) and compile_condition(first)(lead))
