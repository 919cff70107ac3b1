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
