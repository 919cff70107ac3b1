"""The `examples` of `scoring.yaml`: run with the real scoring, told in words where something else comes out."""

import pytest

from services.scoring.examples import failures
from services.scoring.playbook import compiled, read
from shared.playbook import PlaybookError, PlaybookFolder

RULES = """
fit: {cap: 30, rules: [{id: leader, when: {field: title_level, op: eq, value: director}, points: 20}]}
engagement:
  half_life: 30d
  groups:
    - id: content
      rules:
        - {id: case_study, on: content.downloaded, points: 15, repeat: {once_per: asset_id}}
        - {id: seminar, on: seminar.attended, points: 25, window: 90d}
mql: {threshold: 40, min_fit: 10}
"""
TWICE = "{type: content.downloaded, asset_id: a}, {type: content.downloaded, asset_id: a}"
LEADER = "profile: {title_level: director}"


def outcome(example: str) -> list[str]:
    folder = PlaybookFolder.of({"scoring.yaml": f"{RULES}examples: [{{name: it, {example}}}]"})
    file = read(folder)
    return list(map(str, failures(file, compiled(file, folder.version))))


@pytest.mark.parametrize(
    "example",
    [
        f"{LEADER}, events: [{TWICE}], expect: {{score: 35, fit: 20, engagement: 15, qualified: false}}",
        f"{LEADER}, events: [{{type: seminar.attended}}], expect: {{score: 45, qualified: true}}",
        "events: [{type: content.downloaded, days_ago: 30}], expect: {score: 7.5}",
        "events: [{type: seminar.attended, days_ago: 90}], expect: {score: 0}",
        (
            "events: [{type: content.downloaded, at: 2026-04-01T09:00:00+09:00}], "
            "at: 2026-05-31T09:00:00+09:00, expect: {score: 3.75}"
        ),
        f"{LEADER}, expect: {{score: 20, qualified: false}}",
    ],
)
def test_an_example_that_comes_out_as_expected_is_not_told_of(example: str) -> None:
    assert outcome(example) == []


@pytest.mark.parametrize(
    ("example", "says"),
    [
        (
            f"{LEADER}, events: [{TWICE}], expect: {{score: 50}}",
            (
                "expected 50 points, got 35: leader gave 20, "
                "case_study gave 15 (1 of 2 counted: once per asset_id, and this one was counted before)"
            ),
        ),
        (f"{LEADER}, expect: {{fit: 10}}", "expected a fit of 10 points, got 20: leader gave 20"),
        ("expect: {engagement: 1}", "expected an engagement of 1 points, got 0: no rule gave anything"),
        (
            "events: [{type: seminar.attended}], expect: {qualified: true}",
            "expected it to qualify, but it does not, with a fit of 0 and a score of 25 at the end",
        ),
        (
            f"{LEADER}, events: [{{type: seminar.attended}}], expect: {{qualified: false}}",
            (
                "expected it not to qualify, but it does, on 2026-04-01 00:00 UTC, with a fit of 20 and a score of 45 "
                "at the end"
            ),
        ),
        (
            "events: [{type: seminar.attended, title: 3}], expect: {score: 1}",
            "activity 1 (seminar.attended) is no event: data.title: text is expected",
        ),
    ],
)
def test_what_comes_out_otherwise_is_told_with_the_reason(example: str, says: str) -> None:
    assert outcome(example) == [f"scoring.yaml:11:12: example 'it': {says}"]


@pytest.mark.parametrize(
    ("example", "says"),
    [
        ("expect: {}", "nothing is expected"),
        (
            "events: [{type: a, days_ago: 1, at: 2026-04-01T00:00:00Z}], expect: {score: 1}",
            "either `at` or `days_ago` is expected",
        ),
        ("expect: {scroe: 1}", "unknown key 'scroe'; did you mean 'score'?"),
    ],
)
def test_an_example_that_asks_for_nothing_definite_is_a_mistake(example: str, says: str) -> None:
    with pytest.raises(PlaybookError, match=says):
        outcome(example)
