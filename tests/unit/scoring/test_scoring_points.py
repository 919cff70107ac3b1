"""What one activity or attribute is worth: decay, windows, rounding, caps, floors, fit."""

from datetime import timedelta

import pytest

from services.scoring.contributions import assess
from services.scoring.payloads import scored_data
from services.scoring.rules import micro_points
from services.scoring.state import LeadScore
from tests.unit.scoring.scoring_leads import DAY, HOUR, NOON, activity, download, live, one_rule, playbook, score, total

SECOND = timedelta(seconds=1)


@pytest.mark.parametrize(
    ("age", "worth"),
    [
        (0 * DAY, 15.0),
        (7 * DAY, 10.606602),
        (14 * DAY, 7.5),
        (28 * DAY, 3.75),
        (14 * 7 * DAY, 0.117188),  # 0.1171875 is a tie: half-even
        (14 * 30 * DAY, 0.0),
    ],
)
def test_points_halve_with_each_half_life_since_the_event(age, worth):
    assert total(one_rule("points: 15, half_life: 14d"), [download()], NOON + age) == worth


def test_points_without_half_life_do_not_fade():
    assert total(one_rule("points: 15"), [download()], NOON + 1000 * DAY) == 15.0


def test_a_rule_takes_the_default_half_life():
    assert total(one_rule("points: 16", half_life="10d"), [download()], NOON + 20 * DAY) == 4.0


def test_a_rule_can_switch_the_default_half_life_off():
    assert total(one_rule("points: 16, half_life: null", half_life="10d"), [download()], NOON + 20 * DAY) == 16.0


@pytest.mark.parametrize(("age", "worth"), [(90 * DAY - SECOND / 1_000_000, 30.0), (90 * DAY, 0.0)])
def test_a_window_is_a_hard_cut_and_an_event_exactly_one_window_old_is_out(age, worth):
    assert total(one_rule("points: 30, window: 90d", half_life="1d"), [download()], NOON + age) == worth


def test_each_contribution_is_rounded_before_summing():
    events = [download(NOON + n * SECOND / 1000) for n in range(3)]
    found = score(one_rule("points: 0.000001, half_life: 1d"), events, NOON + 2 * DAY)
    assert [line.value for line in found.lines] == [0, 0, 0]
    assert found.total == 0


def test_a_score_is_as_of_the_latest_activity_whatever_its_type():
    rules = one_rule("points: 16, half_life: 10d")
    assert total(rules, [download(), activity("call.attempted", NOON + 10 * DAY)]) == 8.0


def test_fractions_and_losses_are_counted_as_written():
    assert total(one_rule("points: 0.1"), [download(NOON + n * HOUR) for n in range(3)]) == 0.3
    assert total(one_rule("points: -2.5"), [download()]) == -2.5


@pytest.mark.parametrize(("points", "micro"), [(0.0000005, 0), (0.0000015, 2), (2.5, 2_500_000), (-0.1, -100_000)])
def test_points_are_kept_to_six_decimals_half_even(points, micro):
    assert micro_points(points) == micro


CAPPED = """
fit: {cap: 25, rules: [{id: leader, when: {field: title_level, op: eq, value: director}, points: 20},
                       {id: large, when: {field: employees, op: ge, value: 1000}, points: 15}]}
engagement:
  cap: 50
  groups:
    - {id: content, cap: 20, rules: [{id: paper, on: content.downloaded, points: 15}]}
    - {id: seminars, floor: -5, rules: [{id: seminar, on: seminar.attended, points: 40},
                                        {id: jobs, on: web.visited, points: -30}]}
"""


def test_caps_of_groups_engagement_and_fit_show_as_contributions_of_their_own():
    told = activity("profile.updated", title_level="director", employees=1000)
    events = [told, download(), download(NOON + HOUR), activity("seminar.attended", NOON + HOUR)]
    found = score(playbook(CAPPED), events)
    caps = {line.rule: line.value for line in found.lines if line.rule.startswith("cap:")}
    assert caps == {"cap:fit": -10_000_000, "cap:content": -10_000_000, "cap:engagement": -10_000_000}
    assert (found.fit, found.engagement, found.total) == (25_000_000, 50_000_000, 75_000_000)
    assert found.groups == {"content": 20_000_000, "seminars": 40_000_000}
    assert {line.event_id for line in found.lines if line.rule in caps} == {None}


def test_a_floor_shows_under_the_same_name_as_a_cap():
    found = score(playbook(CAPPED), [activity("web.visited")])
    assert [(line.rule, line.value) for line in found.lines] == [("jobs", -30_000_000), ("cap:seminars", 25_000_000)]
    assert found.engagement == -5_000_000


def test_a_cap_of_zero_lets_nothing_through():
    rules = playbook("engagement: {cap: 0, groups: [{id: g, rules: [{id: it, on: content.downloaded, points: 9}]}]}")
    assert total(rules, [download()]) == 0.0


def test_a_playbook_without_rules_gives_zero():
    assert total(playbook("{version: '1'}"), [download()]) == 0.0


def test_the_published_score_tells_the_groups_and_the_twenty_largest_contributions():
    rules = playbook(CAPPED)
    lead, _ = live(rules, [download(NOON + n * HOUR) for n in range(30)])
    found = scored_data(lead, rules)
    assert (found.score, found.fit, found.engagement, found.groups) == (
        20.0,
        0.0,
        20.0,
        {"content": 20.0, "seminars": 0.0},
    )
    assert (found.as_of, found.version, len(found.contributions)) == (NOON + 29 * HOUR, 30, 20)
    assert (found.contributions[0].rule, found.contributions[0].value) == ("cap:content", -430.0)


def test_a_lead_without_an_activity_has_no_score_to_publish():
    with pytest.raises(ValueError, match="without an activity"):
        scored_data(LeadScore(), FIT)


FIT = playbook("""
fit: {rules: [{id: leader, when: {field: title_level, op: eq, value: director}, points: 20},
              {id: known, when: {field: company, op: exists}, points: 5},
              {id: fair, when: {field: lead_source, op: eq, value: fair}, points: 3}]}
""")


def test_fit_follows_the_latest_profile_and_names_its_event():
    events = [
        activity("profile.updated", NOON, title_level="director"),
        activity("profile.updated", NOON + HOUR, event_id="second", company="ACME"),
    ]
    assert [(line.rule, line.event_id) for line in score(FIT, events).lines] == [
        ("leader", "second"),
        ("known", "second"),
    ]


def test_a_profile_that_arrives_late_does_not_overwrite_a_newer_one():
    newer = activity("profile.updated", NOON + HOUR, title_level="staff")
    older = activity("profile.updated", NOON, title_level="director", company="ACME")
    assert total(FIT, [newer, older]) == 5.0


def test_an_attribute_without_a_value_does_not_wipe_what_is_known():
    events = [
        activity("profile.updated", NOON, title_level="director"),
        activity("profile.updated", NOON + HOUR, title_level=None),
    ]
    assert total(FIT, events) == 20.0


def test_the_source_is_the_first_one_that_was_told_by_event_time():
    rules, later = FIT, activity("web.visited", NOON + HOUR, lead_source="web")
    assert total(rules, [later, activity("ad.clicked", NOON, lead_source="fair")]) == 3.0
    assert total(rules, [activity("ad.clicked", NOON, lead_source=""), later]) == 0.0


def test_a_type_of_the_companys_own_scores_where_a_rule_names_it():
    rules = playbook("""
engagement: {groups: [{id: g, rules: [
  {id: trial, on: [trial.started, trial.extended], when: {field: plan, op: eq, value: pro}, points: 12}]}]}
""")
    events = [
        activity("trial.started", plan="pro"),
        activity("trial.extended", plan="free"),
        activity("trial.ended", plan="pro"),
    ]
    assert total(rules, events) == 12.0


@pytest.mark.parametrize(
    "data",
    [{"machine": True}, {"user_agent": "Barracuda Sentinel (EE)"}, {"user_agent": "Mozilla/5.0 compatible; Bot"}],
)
def test_clicks_of_mail_scanners_give_nothing(data):
    rules = playbook("engagement: {groups: [{id: g, rules: [{id: click, on: email.clicked, points: 4}]}]}")
    assert total(rules, [activity("email.clicked", **data)]) == 0.0
    assert total(rules, [activity("email.clicked", user_agent="Mozilla/5.0 (Macintosh)")]) == 4.0


def test_a_rule_may_ask_for_a_change_of_the_profile():
    rules = playbook("""
engagement: {groups: [{id: g, rules: [
  {id: promoted, on: profile.updated, when: {field: title_level, op: changed_to, value: director}, points: 8}]}]}
""")
    told = [activity("profile.updated", NOON + n * HOUR, title_level=t) for n, t in enumerate(["staff", "director"])]
    again = activity("profile.updated", NOON + 3 * HOUR, title_level="director")
    assert total(rules, [*told, again]) == 8.0


def test_a_new_playbook_counts_the_whole_history_anew():
    events = [download(), download(NOON + HOUR)]
    lead, _ = live(one_rule("points: 1"), events)
    after, _ = live(one_rule("points: 10"), [activity("web.visited", NOON + 2 * HOUR)], lead, events)
    assert assess(after, one_rule("points: 10"), after.latest).total == 20_000_000
    assert (after.version, after.playbook) == (3, one_rule("points: 10").version)
