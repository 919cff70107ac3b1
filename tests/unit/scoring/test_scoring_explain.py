"""Why a score is what it is, and what would have qualified the lead."""

import json
from datetime import timedelta
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from services.scoring.contributions import assess
from services.scoring.domain import apply
from services.scoring.explain import cause_of, disagreements, explain, place_of, score_at_qualification, written
from services.scoring.instants import to_microseconds
from services.scoring.missing import Missing, missing
from services.scoring.playbook import compiled, load, read
from services.scoring.rules import in_points
from services.scoring.state import LeadScore
from services.scoring.suggesting import MOST_SUGGESTIONS, Suggestion
from services.scoring.witness import against, candidates
from shared.conditions import compile_condition, parse_condition
from shared.playbook import PlaybookFolder
from tests.unit.scoring.scoring_leads import DAY, HOUR, NOON, activity, download, live
from tests.unit.scoring.test_scoring_properties import FILE, RULES, histories

DEPLOYED = Path(__file__).parents[3] / "deploy" / "playbook"
SALES = """\
version: "1"
fit:
  cap: 30
  rules:
    - {id: leader, when: {field: title_level, op: in, value: [director, executive]}, points: 20}
    - {id: large, when: {field: employees, op: ge, value: 1000}, points: 15}
engagement:
  half_life: 30d
  floor: 0
  groups:
    - id: content
      cap: 40
      rules:
        - {id: case_study, on: content.downloaded, when: {field: kind, op: eq, value: case_study}, points: 15,
           repeat: {once_per: asset_id}}
        - {id: seminar, on: seminar.attended, points: 25, window: 90d}
        - {id: pricing, on: web.visited, when: {field: page, op: eq, value: pricing}, points: 10,
           repeat: {at_most: 1, per: 7d}, half_life: null}
        - {id: jobs, on: web.visited, when: {field: page, op: eq, value: careers}, points: -15}
mql:
  threshold: 50
  min_fit: 10
  instant: [demo.requested]
  unless:
    any:
      - {field: competitor, op: eq, value: true}
      - {field: consent, op: in, value: [withdrawn, denied]}
"""
FILE_OF_SALES = read(PlaybookFolder.of({"scoring.yaml": SALES}))
RULES_OF_SALES = compiled(FILE_OF_SALES, "v1")
FILE_OF_MANY = read(PlaybookFolder.of({"scoring.yaml": json.dumps(FILE)}))


def why(events, as_of=None, rules=RULES_OF_SALES):
    lead, _ = live(rules, events)
    at = to_microseconds(as_of) if as_of else lead.latest
    return {(part.line.rule, part.line.event_id): part for part in explain(lead, events, rules, at).parts}


def missed(events, as_of=None) -> Missing:
    lead, _ = live(RULES_OF_SALES, events)
    at = to_microseconds(as_of) if as_of else lead.latest
    return missing(lead, events, FILE_OF_SALES, RULES_OF_SALES, at)


def doing(one: Suggestion) -> str:
    told = [
        f"{'' if change.meets else 'without '}{change.rule}: {', '.join(event.type for event in change.events)}"
        for change in one.changes
    ]
    return "; ".join(told)


def rules_of(found: Missing) -> list[list[str]]:
    return [[change.rule for change in one.changes] for one in found.suggestions]


def director(**more):
    return activity("profile.updated", NOON, event_id="p", title_level="director", **more)


def test_a_contribution_says_how_much_of_it_is_left_and_why():
    parts = why([download(NOON, event_id="a", kind="case_study")], NOON + 30 * DAY)
    assert parts["case_study", "a"].why == "50.0% left after 30d, half-life 30d"


def test_points_in_a_window_say_when_they_end():
    parts = why([activity("seminar.attended", NOON, event_id="a")])
    assert parts["seminar", "a"].why == "in full until 2026-06-30 12:00 UTC, window 90d"


def test_an_activity_out_of_its_window_is_told_with_no_points():
    parts = why([activity("seminar.attended", NOON, event_id="a"), download(NOON + 91 * DAY)])
    assert (parts["seminar", "a"].line.value, parts["seminar", "a"].why) == (
        0,
        "gives nothing: out of its window of 90d",
    )


def test_a_repeat_says_which_rule_it_has_used_up():
    twice = [download(NOON + n * HOUR, event_id=f"a{n}", kind="case_study", asset_id="x") for n in range(2)]
    pages = [activity("web.visited", NOON + n * HOUR, event_id=f"w{n}", page="pricing") for n in range(2)]
    parts = why([*twice, *pages])
    assert parts["case_study", "a1"].why == "gives nothing: once per asset_id, and this one was counted before"
    assert parts["pricing", "w1"].why == "gives nothing: at most 1 in any 7d, and they were used up"


def test_a_cap_that_bit_is_told_with_its_place_in_the_playbook():
    parts = why([director(employees=2000)])
    cap = parts["cap:fit", None]
    assert (in_points(cap.line.value), cap.why) == (-5, "the cap of 30 for fit takes off what lies above it")
    assert str(place_of(cap, written(FILE_OF_SALES))) == "scoring.yaml:3"


def test_a_floor_that_holds_the_sum_up_is_told_with_its_own_place():
    parts = why([activity("web.visited", NOON, page="careers")])
    floor = parts["cap:engagement", None]
    assert (in_points(floor.line.value), floor.why) == (15, "the floor of 0 for engagement holds the sum up")
    assert str(place_of(floor, written(FILE_OF_SALES))) == "scoring.yaml:9"


def test_every_rule_is_told_with_its_line_and_condition():
    places = written(FILE_OF_SALES)
    assert (str(places["large"]), places["large"].condition) == ("scoring.yaml:6", "employees ≥ 1000")
    assert str(places["mql.threshold"]) == "scoring.yaml:21"


@pytest.mark.parametrize(
    ("events", "points", "fit"),
    [
        ([director()], 30, 0),
        ([download(kind="case_study")], 35, 10),
        ([director(), activity("seminar.attended", NOON)], 5, 0),
    ],
)
def test_the_points_to_the_threshold_and_to_the_least_fit_are_told(events, points, fit):
    found = missed(events)
    assert (in_points(found.points), in_points(found.fit)) == (points, fit)


def test_a_blocker_is_told_with_the_value_that_it_read_and_its_place():
    found = missed([director(), activity("consent.changed", NOON + HOUR, consent="withdrawn")])
    assert [(b.condition, b.found, str(b.place)) for b in found.blockers] == [
        ("consent is one of withdrawn, denied", {"consent": "withdrawn"}, "scoring.yaml:27")
    ]
    (first, *_) = found.suggestions
    assert doing(first) == "without mql.unless: consent.changed; demo.requested: demo.requested"


def test_the_single_rules_that_would_do_come_smallest_first():
    found = missed([director(), activity("seminar.attended", NOON)])
    assert rules_of(found) == [["demo.requested"], ["large"], ["pricing"], ["case_study"], ["seminar"]]
    assert [in_points(one.gain) for one in found.suggestions] == [0, 10, 10, 15, 15]


def test_a_rule_that_takes_points_away_is_never_suggested():
    found = missed([director(), activity("seminar.attended", NOON), activity("web.visited", NOON, page="careers")])
    assert ["jobs"] not in rules_of(found)
    assert found.suggestions


def test_a_competitor_that_is_none_after_all_needs_nothing_else():
    folder = PlaybookFolder.read(DEPLOYED)
    file, rules = read(folder), load(folder)
    events = [director(competitor=True, employees=3000), activity("seminar.attended", NOON), download(NOON)]
    lead, _ = live(rules, events)
    found = missing(lead, events, file, rules, lead.latest)
    (only,) = found.suggestions
    assert doing(only) == "without mql.unless: profile.updated"
    assert only.events[0].data.value("competitor") is False


KEPT_DOWN = SALES.replace(
    "  rules:\n    - {id: leader",
    "  rules:\n    - {id: student, when: {field: title, op: contains, value: 学生}, points: -40}\n    - {id: leader",
    1,
)


def test_a_fit_rule_that_takes_points_is_offered_as_holding_no_longer():
    file = read(PlaybookFolder.of({"scoring.yaml": KEPT_DOWN}))
    rules = compiled(file, "v1")
    events = [director(title="大学生"), activity("seminar.attended", NOON, event_id="s"), download(kind="case_study")]
    lead, _ = live(rules, events)
    found = missing(lead, events, file, rules, lead.latest)
    assert "without student: profile.updated" in [doing(one) for one in found.suggestions]


def test_the_fewest_further_activities_of_a_rule_are_told():
    found = missed([activity("profile.updated", NOON, event_id="p", title_level="director")])
    counts = {one.changes[0].rule: len(one.events) for one in found.suggestions}
    assert counts == {"demo.requested": 1, "case_study": 2, "seminar": 2}


def test_two_changes_are_told_where_no_single_one_would_do():
    found = missed([activity("profile.updated", NOON, event_id="p", competitor=True)])
    assert found.suggestions
    assert {len(one.changes) for one in found.suggestions} == {2}


def test_the_same_changes_are_offered_each_time():
    events = [director(competitor=True), activity("web.visited", NOON, page="careers")]
    assert missed(events).suggestions == missed(events).suggestions


def test_a_lead_that_has_qualified_in_this_cycle_needs_no_points_but_the_next_cycle():
    found = missed([director(), activity("demo.requested", NOON + HOUR)])
    assert found.obstacles == ("it has qualified in this cycle (1) already, on 2026-04-01 13:00 UTC",)
    assert found.suggestions == ()


def test_a_lead_with_sales_qualifies_no_more():
    found = missed([director(), activity("lead.sales_qualified", NOON + HOUR)])
    assert found.obstacles == ("it is at stage sql already, beyond MQL; nothing qualifies it there",)


def test_a_lead_whose_only_news_is_a_reps_call_waits_for_its_next_activity():
    strict = compiled(read(PlaybookFolder.of({"scoring.yaml": SALES.replace("threshold: 50", "threshold: 90")})), "v0")
    events = [director(), activity("seminar.attended", NOON), activity("seminar.attended", NOON + HOUR)]
    lead, _ = live(strict, events)
    call = activity("call.connected", NOON + 2 * HOUR, rep_id="rep-1")
    called = apply(lead, call, RULES_OF_SALES, events)
    assert called.events == ()
    found = missing(called.state, [*events, call], FILE_OF_SALES, RULES_OF_SALES, called.state.latest)
    (told,) = found.obstacles
    assert told.startswith("the latest activity, call.connected, is a rep's action, and those never qualify a lead: it")
    assert told.endswith(
        "at its next activity that gives points or changes the fit, or when an operator asks for a rescore"
    )


@given(histories, st.integers(0, 200))
def test_the_parts_of_an_explanation_sum_to_the_score_exactly(events, hours):
    lead, _ = live(RULES, events)
    at = lead.latest + to_microseconds(NOON + hours * HOUR) - to_microseconds(NOON)
    found = explain(lead, events, RULES, at)
    assert sum(part.line.value for part in found.parts) == found.score.total == assess(lead, RULES, at).total


STRICT = {
    **FILE,
    "mql": {
        "threshold": 60,
        "min_fit": 10,
        "unless": {
            "any": [
                {"field": "competitor", "op": "eq", "value": True},
                {"not": {"field": "industry", "op": "in", "value": ["it", "trade"]}},
            ]
        },
    },
}
FILES = [read(PlaybookFolder.of({"scoring.yaml": json.dumps(file)})) for file in (FILE, STRICT)]


@given(histories, st.integers(0, 200), st.sampled_from(FILES))
@settings(max_examples=60)
def test_what_is_offered_really_qualifies_the_lead_and_not_before_its_last_activity(events, hours, file):
    rules = compiled(file, "v1")
    lead, _ = live(rules, events)
    at = lead.latest + to_microseconds(NOON + hours * HOUR) - to_microseconds(NOON)
    found = missing(lead, events, file, rules, at)
    for one in found.suggestions:
        after, log, emitted = lead, list(events), []
        for event in one.events:
            assert "lead.qualified" not in emitted
            decided = apply(after, event, rules, log)
            after, emitted = decided.state, [derived.type for derived in decided.events]
            log.append(event)
        assert "lead.qualified" in emitted
        assert assess(after, rules, after.latest).total == one.total
    sizes = [(len(one.events), one.gain) for one in found.suggestions]
    assert sizes == sorted(sizes)
    assert len(sizes) <= MOST_SUGGESTIONS


@given(histories)
def test_a_checkpoint_agrees_with_its_log(events):
    lead, _ = live(RULES, events)
    assert disagreements(lead, events, RULES) == []


@given(histories)
def test_the_score_of_a_qualification_is_found_again_in_the_log_as_it_was_read(events):
    lead, emitted = live(RULES, events)
    told = {event.id: event.data.value("score") for event in emitted if event.type == "lead.qualified"}
    for past in lead.qualified:
        score = score_at_qualification(past, events, RULES)
        assert score is not None
        assert in_points(score.total) == told[past.id]


def test_a_checkpoint_that_lost_an_activity_does_not_agree():
    events = [director(), download(NOON + HOUR, kind="case_study")]
    lead, _ = live(RULES_OF_SALES, events[:1])
    assert "score: the checkpoint has 20.0, the log gives 35.0" in disagreements(lead, events, RULES_OF_SALES)


def test_what_a_lead_qualified_with_is_found_in_the_log():
    events = [director(), activity("demo.requested", NOON + HOUR), download(NOON + 2 * HOUR)]
    lead, _ = live(RULES_OF_SALES, events)
    assert cause_of(lead.qualified[0], events) == events[1]
    assert cause_of(lead.qualified[0], events[:1]) is None


def test_a_customer_that_meets_every_criterion_is_not_told_to_wait_for_a_rescore():
    strict = compiled(read(PlaybookFolder.of({"scoring.yaml": SALES.replace("threshold: 50", "threshold: 90")})), "v0")
    events = [director(), activity("seminar.attended", NOON), activity("seminar.attended", NOON + HOUR)]
    won = activity("opportunity.won", NOON + 2 * HOUR, opportunity_id="o-1")
    customer = apply(live(strict, events)[0], won, RULES_OF_SALES, events).state
    found = missing(
        customer, [*events, activity("web.visited", won.time)], FILE_OF_SALES, RULES_OF_SALES, customer.latest
    )
    assert found.obstacles == (
        "every criterion is met; it qualifies at its next activity that gives points or changes the fit",
    )


def test_a_qualification_whose_activity_is_not_in_the_log_cannot_be_counted_anew():
    lead, _ = live(RULES_OF_SALES, [activity("demo.requested", NOON)])
    assert score_at_qualification(lead.qualified[0], [], RULES_OF_SALES) is None


@pytest.mark.parametrize(
    "condition",
    [
        {"field": "employees", "op": "gt", "value": 10},
        {"field": "employees", "op": "lt", "value": 10},
        {"all": [{"field": "e", "op": "ge", "value": 100}, {"field": "e", "op": "lt", "value": 1000}]},
        {"any": [{"field": "a", "op": "matches", "value": "^x+y$"}, {"field": "b", "op": "exists"}]},
        {"not": {"field": "a", "op": "eq", "value": True}},
        {"field": "a", "op": "not_in", "value": ["x"]},
        {"field": "a", "op": "contains", "value": "DX"},
        {"field": "a", "op": "exists", "value": False},
    ],
)
def test_for_usual_conditions_a_value_that_meets_them_is_found(condition):
    parsed = parse_condition(condition)
    meets = compile_condition(parsed)
    assert any(meets(dict(fields)) for fields in candidates(parsed))


@pytest.mark.parametrize(
    ("condition", "fields"),
    [
        ({"field": "employees", "op": "ge", "value": 10}, {"employees": 10}),
        ({"field": "employees", "op": "gt", "value": 10}, {"employees": 11}),
        ({"field": "employees", "op": "le", "value": 10}, {"employees": 10}),
        ({"field": "employees", "op": "lt", "value": 10}, {"employees": 9}),
        ({"field": "employees", "op": "eq", "value": 10}, {"employees": 10}),
        ({"field": "rival", "op": "eq", "value": True}, {"rival": True}),
        ({"field": "title", "op": "contains", "value": "学生"}, {"title": "大学生"}),
        ({"field": "mail", "op": "matches", "value": "@free"}, {"mail": "a@free"}),
        ({"field": "mail", "op": "exists", "value": False}, {}),
        ({"field": "kind", "op": "not_in", "value": ["a"]}, {}),
        ({"field": "kind", "op": "ne", "value": "a"}, {"kind": "b"}),
        ({"not": {"field": "kind", "op": "eq", "value": "a"}}, {"kind": "b"}),
        (
            {"any": [{"field": "rival", "op": "eq", "value": True}, {"field": "kind", "op": "eq", "value": "a"}]},
            {"rival": True, "kind": "a"},
        ),
        (
            {"all": [{"field": "rival", "op": "exists"}, {"field": "kind", "op": "eq", "value": "a"}]},
            {"rival": 1, "kind": "a"},
        ),
    ],
)
def test_for_usual_conditions_a_value_with_which_they_no_longer_hold_is_found(condition, fields):
    parsed = parse_condition(condition)
    meets = compile_condition(parsed)
    assert meets(fields)
    assert not all(meets({**fields, **other}) for other in against(parsed, fields))


def test_a_lead_without_activities_misses_all_of_the_threshold():
    found = missing(LeadScore(playbook="v1"), [], FILE_OF_SALES, RULES_OF_SALES, to_microseconds(NOON + timedelta(1)))
    assert in_points(found.points) == 50
