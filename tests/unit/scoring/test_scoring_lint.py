"""What `baton check` warns of in `scoring.yaml`: legal, and probably not meant."""

from pathlib import Path

import pytest

from services.scoring.lint import warnings
from services.scoring.playbook import read
from shared.playbook import PlaybookFolder

DEFAULT = Path(__file__).parents[3] / "deploy" / "playbook" / "scoring.yaml"


def warned(text: str) -> list[str]:
    return [str(problem) for problem in sorted(warnings(read(PlaybookFolder.of({"scoring.yaml": text}))))]


def test_the_default_playbook_raises_no_doubts():
    assert warned(DEFAULT.read_text()) == []


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("{version: '1'}", "1:1: there is no 'mql': nobody will be qualified"),
        ("mql: {threshold: 10}", "1:18: a score of 10 is out of reach: at most 0 can be had"),
        ("{fit: {cap: 0}, mql: {threshold: 0}}", "1:13: a cap of 0 lets no points through"),
        (
            "mql: {threshold: 0, instant: demo.request}",
            "1:30: 'demo.request' is none of Baton's activities; did you mean 'demo.requested'?",
        ),
        (
            "mql: {threshold: 0, instant: [call.connected]}",
            "1:30: 'call.connected' is done by a rep, and a rep's action never qualifies a lead",
        ),
        (
            "mql: {threshold: 0, unless: {field: competitr, op: exists}}",
            "1:37: unknown field 'competitr'; did you mean 'competitor'?",
        ),
        ("mql: {threshold: -5}", "1:18: a threshold of -5 is below 0: leads of whom nothing is known reach it"),
        (
            "{fit: {cap: 5, rules: [{id: r, points: 8}]}, mql: {threshold: 0}}",
            "1:40: of the 8 points of the rule 'r' the cap of fit lets 5 through",
        ),
        (
            "{mql: {threshold: 0}, engagement: {cap: 9, groups: [{id: g, rules: [{id: r, on: trial, points: 10}]}]}}",
            "1:96: of the 10 points of the rule 'r' the cap of engagement lets 9 through",
        ),
        (
            (
                "{mql: {threshold: 0}, engagement: {cap: 9, groups: "
                "[{id: g, cap: 4, rules: [{id: r, on: ad.clicked, points: 8}]}]}}"
            ),
            "1:109: of the 8 points of the rule 'r' the cap of g lets 4 through",
        ),
        (
            "{fit: {cap: 40, rules: [{id: r, points: 40}]}, mql: {threshold: 0, min_fit: 50}}",
            "1:77: a fit of 50 is out of reach: at most 40 can be had",
        ),
        (
            "{mql: {threshold: 0, unless: {field: competitor, op: in, value: []}}}",
            "1:30: 'unless' never counts: what it asks for excludes itself, or is a choice among nothing",
        ),
        ("{mql: {threshold: 0}, engagement: {groups: [{id: g}]}}", "1:45: the group 'g' has no rules"),
    ],
)
def test_what_cannot_work_is_warned_of_at_its_place(text, says):
    assert warned(text) == [f"scoring.yaml:{says}"]


@pytest.mark.parametrize(
    ("kind", "expected"),
    [
        ("content.downloaded", ["scoring.yaml:4:64: unknown field 'knd'; did you mean 'kind'?"]),
        ("trial.started", []),
    ],
)
def test_fields_are_checked_against_the_activities_that_a_rule_names(kind, expected):
    text = f"""mql: {{threshold: 0}}
engagement:
  groups: [{{id: g, rules: [
    {{id: r, on: {kind:<20}, points: 5, when: {{field: knd, op: exists}}}}]}}]
"""
    assert warned(text) == expected


def test_points_up_to_the_cap_are_not_doubtful():
    assert warned("{fit: {cap: 8, rules: [{id: r, points: 8}]}, mql: {threshold: 0}}") == []


@pytest.mark.parametrize(
    "when",
    [
        "{all: [{field: employees, op: ge, value: 100}, {field: employees, op: lt, value: 50}]}",
        "{field: industry, op: in, value: []}",
    ],
)
def test_a_rule_that_can_hold_of_nobody_is_doubtful(when):
    fit = f"{{fit: {{rules: [{{id: r, points: 5, when: {when}}}]}}, mql: {{threshold: 0}}}}"
    told = "never counts: what it asks for excludes itself, or is a choice among nothing"
    assert warned(fit) == [f"scoring.yaml:1:41: the rule 'r' {told}"]
    rule = f"{{id: r, on: trial, points: 5, when: {when}}}"
    groups = f"{{engagement: {{groups: [{{id: g, rules: [{rule}]}}]}}, mql: {{threshold: 0}}}}"
    assert warned(groups) == [f"scoring.yaml:1:{groups.index(when) + 1}: the rule 'r' {told}"]
