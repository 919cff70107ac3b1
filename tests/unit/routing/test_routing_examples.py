"""The `examples` of `routing.yaml`: run with the real routing, told in words where something else comes out."""

import pytest

from services.routing.examples import failures
from services.routing.playbook import load
from services.routing.written import RoutingFile
from shared.playbook import PlaybookError, PlaybookFolder
from tests.unit.routing.routing_office import CALENDARS, RELAY

LARGE = "  - {id: is-large, team: is, pool: is-all, when: {field: employees, op: ge, value: 1000}}\n"
RULES = RELAY.replace("rules:\n", f"rules:\n{LARGE}")


def outcome(example: str) -> list[str]:
    folder = PlaybookFolder.of(
        {"routing.yaml": f"{RULES}examples: [{{name: it, {example}}}]", "calendars.yaml": CALENDARS}
    )
    return list(map(str, failures(folder.load("routing.yaml", RoutingFile), load(folder))))


MORNING = "at: 2026-04-06T10:00:00+09:00"
NIGHT = "at: 2026-04-06T22:00:00+09:00"


@pytest.mark.parametrize(
    "example",
    [
        "profile: {employees: 1000}, team: is, expect: {rule: is-large, pool: is-all}",
        "profile: {employees: 999}, expect: {rule: is-rest}",
        f"{MORNING}, team: is, expect: {{owner: aoki}}",
        f"{NIGHT}, team: is, expect: {{owner: null}}",
        "team: cs, expect: {rule: cs-rest}",
    ],
)
def test_an_example_that_comes_out_as_expected_is_not_told_of(example: str) -> None:
    assert outcome(example) == []


@pytest.mark.parametrize(
    ("example", "says"),
    [
        (
            "profile: {employees: 999}, expect: {rule: is-large}",
            "expected the rule is-large, got is-rest (is-large asks that employees ≥ 1000; employees is 999)",
        ),
        (
            "profile: {employees: 1000}, expect: {rule: is-rest}",
            "expected the rule is-rest, got is-large (is-rest was not tried: an earlier rule took the lead)",
        ),
        ("expect: {pool: fs-all}", "expected the pool fs-all, got is-all"),
        (
            f"{MORNING}, expect: {{owner: null}}",
            (
                "expected it to wait, but aoki gets it (aoki chosen; "
                "baba not their turn: balance +0.500 against +0.500 of aoki; "
                "at a tie aoki had waited longer or stands before)"
            ),
        ),
        (
            f"{NIGHT}, team: cs, expect: {{owner: endo}}",
            "expected the owner endo, but it waits (endo off hours; at work again 2026-04-07 09:00 JST)",
        ),
    ],
)
def test_what_comes_out_otherwise_is_told_with_the_reason(example: str, says: str) -> None:
    assert outcome(example) == [f"routing.yaml:18:12: example 'it': {says}"]


@pytest.mark.parametrize(
    ("example", "says"),
    [
        ("expect: {owner: aoki}", "an expected owner needs `at`"),
        ("expect: {}", "nothing is expected"),
        ("at: 2026-04-06T10:00:00, expect: {owner: aoki}", "a time with its zone such as"),
        ("at: 3, expect: {owner: aoki}", "found the number 3; a time with its zone such as"),
    ],
)
def test_an_example_that_asks_for_nothing_definite_is_a_mistake(example: str, says: str) -> None:
    with pytest.raises(PlaybookError, match=says):
        outcome(example)
