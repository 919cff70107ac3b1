"""`scoring.yaml`: what may be left out, what is refused and where, and the default that comes with Baton."""

from datetime import timedelta
from pathlib import Path

import pytest

from services.scoring.playbook import load
from services.scoring.rules import AtMost, Bounds, OncePer
from shared.playbook import PlaybookError, PlaybookFolder
from tests.unit.scoring.scoring_leads import NOON, activity, one_rule, playbook, qualified, score, total

DEFAULT = Path(__file__).parents[3] / "deploy" / "playbook" / "scoring.yaml"


def problems(text: str) -> list[str]:
    with pytest.raises(PlaybookError) as refused:
        playbook(text)
    return [str(problem) for problem in refused.value.problems]


def test_every_section_may_be_left_out():
    rules = playbook("{version: '1'}")
    assert (rules.fit, rules.groups, rules.mql.threshold) == ((), (), None)
    assert rules.fit_bounds == rules.engagement_bounds == Bounds()


def test_empty_lists_and_caps_of_zero_are_legal():
    rules = playbook("""
version: 2026
fit: {cap: 0, floor: 0, rules: []}
engagement: {cap: 0, groups: [{id: empty, cap: 0, rules: []}, {id: g, rules: [{id: never, on: [], points: 1}]}]}
mql: {threshold: 100000, instant: []}
""")
    assert (rules.name, rules.groups[0].bounds.cap, rules.by_type) == ("2026", 0, {})


def test_the_version_is_the_folders_and_the_name_is_the_authors():
    folder = PlaybookFolder.of({"scoring.yaml": 'version: "2026-04"'})
    rules = load(folder)
    assert (rules.version, rules.name) == (folder.version, "2026-04")


@pytest.mark.parametrize(
    ("repeat", "compiled"),
    [
        ("always", None),
        ("once", OncePer()),
        ("{once_per: asset_id}", OncePer("asset_id")),
        ("{at_most: 3, per: 30d}", AtMost(3, 30 * 86_400_000_000)),
    ],
)
def test_repeat_rules_are_read(repeat, compiled):
    assert one_rule(f"points: 1, repeat: {repeat}").groups[0].rules[0].repeat == compiled


def test_a_rule_says_how_many_it_keeps_and_otherwise_the_engagement_does():
    rules = playbook("""
engagement: {keep: 50, groups: [{id: g, rules: [{id: a, on: x, points: 1}, {id: b, on: x, points: 1, keep: 7}]}]}
""")
    assert [rule.keep for rule in rules.groups[0].rules] == [50, 7]


def test_a_window_rule_takes_no_half_life_not_even_the_default():
    rule = one_rule("points: 1, window: 90d", half_life="30d").groups[0].rules[0]
    assert (rule.window, rule.half_life) == (timedelta(days=90) // timedelta(microseconds=1), None)


def test_half_life_and_window_on_one_rule_are_refused_where_they_stand():
    text = """engagement:
  groups:
    - id: g
      rules:
        - {id: both, on: web.visited, points: 1, window: 90d, half_life: 30d}
"""
    assert problems(text) == ["scoring.yaml:5:74: rule 'both' has both a half_life and a window; keep one of them"]


def test_a_window_and_a_half_life_that_is_switched_off_agree():
    assert one_rule("points: 1, window: 90d, half_life: null").groups[0].rules[0].half_life is None


def test_ids_of_rules_and_groups_are_unique():
    text = """fit:
  rules:
    - {id: twice, points: 1}
engagement:
  groups:
    - {id: g, rules: [{id: twice, on: web.visited, points: 1}]}
    - {id: g, rules: []}
"""
    assert problems(text) == [
        "scoring.yaml:6:28: there is another rule 'twice' above; each rule needs an id of its own",
        "scoring.yaml:7:12: there is another group 'g' above; each group needs an id of its own",
    ]


@pytest.mark.parametrize("name", ["fit", "engagement"])
def test_a_group_does_not_take_the_name_of_a_section_whose_cap_a_score_tells(name):
    told = problems(f"engagement: {{groups: [{{id: {name}, rules: []}}]}}\nmql: {{threshold: 5}}")
    assert len(told) == 1
    assert told[0].startswith(f"scoring.yaml:1:28: '{name}' is a section, and `cap:{name}` in a score means its cap; ")


def test_a_floor_above_its_cap_is_refused():
    assert problems("fit: {cap: 10, floor: 20}") == [
        "scoring.yaml:1:23: the floor 20 lies above the cap 10; lower the floor"
    ]


@pytest.mark.parametrize(
    ("rule", "says"),
    [
        ("points: many", "a number is expected"),
        ("points: 1, half_life: 0d", "a length of zero is no period"),
        ("points: 1, half_live: 30d", "did you mean 'half_life'?"),
        ("points: 1, repeat: {at_most: 3}", "per"),
        ("points: 1, repeat: sometimes", "always"),
        ("points: 1, when: {field: kind, op: equals, value: x}", "eq"),
        ("points: 1, keep: 0", "1"),
        ("when: {field: kind, op: exists}", "the key 'points' is missing"),
    ],
)
def test_a_mistake_in_a_rule_is_told_with_its_place_and_what_is_expected(rule, says):
    with pytest.raises(PlaybookError) as refused:
        one_rule(rule)
    [problem] = refused.value.problems
    assert problem.line == 1
    assert says in problem.message


@pytest.fixture(scope="module")
def default():
    return load(PlaybookFolder.of({"scoring.yaml": DEFAULT.read_text()}))


def test_by_default_a_demo_request_is_handed_on_at_once(default):
    assert [e.data.reason for e in qualified(default, [activity("demo.requested")])] == ["instant"]


@pytest.mark.parametrize(
    "who",
    [
        activity("profile.updated", competitor=True),
        activity("profile.updated", title_level="student"),
        activity("consent.changed", consent="withdrawn"),
        activity("person.left"),
    ],
)
def test_by_default_competitors_students_leavers_and_those_who_withdrew_consent_are_never_handed_on(default, who):
    assert qualified(default, [who, activity("demo.requested", NOON + timedelta(hours=1))]) == []


def test_by_default_a_decision_maker_who_reads_and_attends_becomes_an_mql(default):
    events = [
        activity("profile.updated", title_level="director", employees=3000, department="情報システム部"),
        activity("content.downloaded", NOON + timedelta(days=1), kind="case_study", asset_id="c-1"),
        activity("seminar.attended", NOON + timedelta(days=2), seminar_id="s-1"),
    ]
    assert [e.data.reason for e in qualified(default, events)] == ["threshold"]


def test_by_default_somebody_who_looks_for_a_job_loses_points(default):
    found = score(default, [activity("web.visited", url="https://example.jp/careers/engineer")])
    assert {line.rule: line.value for line in found.lines}["careers_page"] == -15_000_000
    assert found.engagement == 0


def test_by_default_a_hot_business_card_of_a_trade_show_counts_thirty(default):
    assert total(default, [activity("business_card.exchanged", exhibition_id="x", heat="A")]) == 30.0
    assert total(default, [activity("business_card.exchanged", exhibition_id="x")]) == 10.0
