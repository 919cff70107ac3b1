"""What a condition of a playbook may look like: one mistake, one line."""

from collections.abc import Callable

import pytest

from shared.conditions import check_fields, parse_condition

Mistakes = Callable[[str | bytes], list[str]]


_ORDERED = "a number, or a date or time such as 2026-05-01T09:00:00+09:00, is expected"
_OPERATORS = (
    "'eq', 'ne', 'in', 'not_in', 'lt', 'le', 'gt', 'ge', 'contains', 'matches', 'exists' or 'changed_to' is expected"
)
_SCALAR = "one text or number, true or false is expected (op 'in' compares with a list)"
_IN_LIST = "texts, numbers, true or false are expected"
_NO_REGEX = "not a regular expression: missing ), unterminated subpattern at position 0"


def _rule(condition: str) -> str:
    return f"rules:\n- id: a\n  when: {condition}\n"


@pytest.mark.parametrize(
    "condition",
    [
        "{field: kind, op: eq, value: case_study}",
        "{field: kind, op: in, value: []}",
        "{field: employees, op: ge, value: 1000}",
        "{field: revisit_on, op: lt, value: 2026-05-01}",
        "{field: opened_at, op: lt, value: 2026-05-01T09:00:00+09:00}",
        "{field: company, op: matches, value: '株式会社|㈱'}",
        "{field: company, op: exists}",
        "{field: company, op: exists, value: false}",
        "{all: []}",
        "{any: [{all: [{field: a, op: exists}]}, {not: {field: b, op: contains, value: x}}]}",
        "{not: " * 31 + "{field: a, op: exists}" + "}" * 31,
    ],
)
def test_conditions_in_use_are_loaded(mistakes: Mistakes, condition: str) -> None:
    assert mistakes(_rule(condition)) == []


@pytest.mark.parametrize(
    ("condition", "column", "message"),
    [
        ("{feild: a, op: eq, value: x}", 10, "unknown key 'feild'; did you mean 'field'?"),
        ("{field: a, op: eq, valeu: x}", 28, "unknown key 'valeu'; did you mean 'value'?"),
        ("{field: a, op: equal, value: x}", 24, f"found text 'equal'; {_OPERATORS}"),
        ("{field: a, op: eq}", 9, "the key 'value' is missing"),
        ("{op: eq, value: x}", 9, "the key 'field' is missing"),
        ("{field: 3, op: exists}", 17, "found the number 3; text is expected; put it in quotes"),
        ("{al: [{field: a, op: exists}]}", 10, "unknown key 'al'; did you mean 'all'?"),
        ("{all: {field: a, op: exists}}", 15, "found a mapping; a list is expected"),
        ("{all: [{not: {any: [{field: a, opp: exists}]}}]}", 40, "unknown key 'opp'; did you mean 'op'?"),
        ("{all: [], any: []}", 19, "unknown key 'any'; known here: all"),
        ("{}", 9, "a condition is expected: one with field, op and value, or with all, any or not"),
        ("{qqq: 1}", 9, "a condition is expected: one with field, op and value, or with all, any or not"),
        ("always", 9, "found text 'always'; a mapping (key: value) is expected"),
        ("{field: a, op: eq, value: [x]}", 35, f"found a list; {_SCALAR}"),
        ("{field: a, op: in, value: x}", 35, "found text 'x'; a list such as [a, b] is expected"),
        ("{field: a, op: in, value: [[x]]}", 35, f"found a list in the list; {_IN_LIST}"),
        ("{field: a, op: ge, value: x}", 35, f"found text 'x'; {_ORDERED}"),
        ("{field: a, op: ge, value: true}", 35, f"found true; {_ORDERED}"),
        ("{field: a, op: exists, value: 3}", 39, "found the number 3; true or false is expected"),
        ("{field: a, op: matches, value: 3}", 40, "found the number 3; a regular expression in quotes is expected"),
        ("{field: a, op: matches, value: '('}", 40, _NO_REGEX),
        ("{not: " * 40 + "{field: a, op: exists}" + "}" * 40, 57, "conditions are nested more than 32 deep"),
    ],
)
def test_a_mistake_in_a_condition_gives_one_line(mistakes: Mistakes, condition: str, column: int, message: str) -> None:
    assert mistakes(_rule(condition)) == [f"rules.yaml:3:{column}: {message}"]


def test_fields_that_nobody_declared_are_pointed_at_with_the_nearest_one() -> None:
    condition = parse_condition(
        {"all": [{"field": "kind", "op": "exists"}, {"not": {"any": [{"field": "employes", "op": "gt", "value": 1}]}}]}
    )
    assert check_fields(condition, {"kind", "employees"}, ("rules", 0, "when")) == [
        (
            ("rules", 0, "when", "all", 1, "not", "any", 0, "field"),
            "unknown field 'employes'; did you mean 'employees'?",
        )
    ]
    assert check_fields(condition, {"kind"}) == [
        (("all", 1, "not", "any", 0, "field"), "unknown field 'employes'; known here: kind")
    ]
    assert check_fields(condition, {"kind", "employes"}) == []


def test_a_condition_is_written_back_as_it_was() -> None:
    written = {"all": [{"field": "a", "op": "eq", "value": "x"}, {"not": {"any": []}}]}
    condition = parse_condition(written)
    assert condition.model_dump(mode="json") == written
    assert parse_condition(condition.model_dump()) == condition
    assert parse_condition(condition) == condition
