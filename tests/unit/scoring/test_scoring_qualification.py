"""When a lead is qualified, by what, and how often."""

import pytest

from services.scoring.domain import HistoryNeededError, apply
from services.scoring.state import SOURCE, LeadScore
from tests.unit.scoring.scoring_leads import DAY, HOUR, NOON, activity, download, live, one_rule, playbook, qualified

RULES = """
fit: {rules: [{id: leader, when: {field: title_level, op: eq, value: director}, points: 20}]}
engagement:
  half_life: 30d
  groups:
    - id: all
      rules:
        - {id: paper, on: content.downloaded, points: PAPER}
        - {id: talk, on: call.connected, points: 50}
        - {id: jobs, on: web.visited, points: -10}
        - {id: look, on: email.opened, points: 0}
        - {id: seminar, on: seminar.attended, points: 30, window: 10d}
mql: {threshold: 60, instant: [demo.requested], unless: {any: [{field: competitor, op: eq, value: true},
                                                               {field: consent, op: eq, value: withdrawn},
                                                               {field: lead_source, op: eq, value: partner}]} MORE}
"""


def rules(more: str = "", paper: float = 31):
    return playbook(RULES.replace("MORE", more).replace("PAPER", str(paper)))


PLAIN = rules()


def at(hours: float):
    return NOON + hours * HOUR


def test_a_lead_qualifies_at_the_threshold_exactly():
    [event] = qualified(
        PLAIN, [activity("seminar.attended", at(0)), activity("seminar.attended", at(1), event_id="it")]
    )
    assert (event.data.score, event.data.reason, event.data.cause_id) == (60.0, "threshold", "it")


@pytest.mark.parametrize(("paper", "times"), [(30, 1), (29.9999995, 1), (29.999999, 0)])
def test_a_millionth_of_a_point_below_the_threshold_is_below(paper, times):
    assert len(qualified(rules(paper=paper), [download(), download()])) == times


def test_the_event_tells_the_score_its_parts_and_where_the_lead_came_from():
    told = activity("profile.updated", title_level="director", lead_source="fair")
    cause = download(at(2), event_id="cause")
    [event] = qualified(PLAIN, [told, activity("web.visited", at(1)), download(at(1)), cause])
    data = event.data
    assert (event.source, event.subject, event.time) == (SOURCE, "lead-1", cause.time)
    assert (data.fit, data.cycle, data.lead_source, data.backfill) == (20.0, 1, "fair", False)
    assert data.score == pytest.approx(data.fit + data.engagement)
    assert event.causationid == "cause"
    assert event.playbookversion == PLAIN.version
    values = [part.value for part in data.contributions]
    assert values == sorted(values, reverse=True)
    assert [part.rule for part in data.contributions] == ["paper", "paper", "leader", "jobs"]


def test_a_lead_qualifies_once_in_a_cycle():
    assert len(qualified(PLAIN, [download(at(n)) for n in range(9)])) == 1


@pytest.mark.parametrize(
    "end",
    ["lead.recycled", "lead.disqualified", "opportunity.lost"],
)
def test_each_end_of_a_cycle_arms_the_lead_again(end):
    events = [download(at(0)), download(at(1)), activity(end, at(2), reason="no budget"), download(at(3))]
    assert [event.data.cycle for event in qualified(PLAIN, events)] == [1, 2]


def test_a_refused_end_does_not_arm_the_lead_again():
    events = [activity("lead.recycled", at(-1)), download(at(0)), download(at(1)), download(at(3))]
    assert [event.data.cycle for event in qualified(PLAIN, events)] == [1]


def test_winning_arms_the_lead_once_more_for_an_expansion_in_the_same_cycle():
    won = activity("opportunity.won", at(2), opportunity_id="o1")
    events = [download(at(0)), download(at(1)), won, download(at(5)), download(at(6))]
    lead, emitted = live(PLAIN, events)
    assert [event.data.cycle for event in emitted] == [1, 1]
    assert [(past.cycle, past.wins) for past in lead.qualified] == [(1, 0), (1, 1)]


def test_what_a_rep_does_scores_but_never_qualifies():
    calls = [activity("call.connected", at(n)) for n in range(2)]
    assert qualified(PLAIN, calls) == []
    assert len(qualified(PLAIN, [*calls, download(at(3))])) == 1


@pytest.mark.parametrize("kind", ["web.visited", "email.opened", "ad.clicked"])
def test_an_activity_that_gives_no_points_does_not_qualify(kind):
    calls = [activity("call.connected", at(n)) for n in range(2)]
    assert qualified(PLAIN, [*calls, activity(kind, at(3))]) == []


def test_a_change_of_fit_qualifies_and_a_profile_without_one_does_not():
    calls = [activity("call.connected", at(n)) for n in range(2)]
    assert qualified(PLAIN, [*calls, activity("profile.updated", at(3), company="ACME")]) == []
    assert len(qualified(PLAIN, [*calls, activity("profile.updated", at(3), title_level="director")])) == 1


def test_a_late_profile_qualifies_only_if_it_changes_the_fit():
    lead, _ = live(PLAIN, calls := [activity("call.connected", at(n)) for n in range(2)])
    assert live(PLAIN, [activity("profile.updated", at(-1), company="ACME")], lead, calls)[1] == []
    late = activity("profile.updated", at(-1), title_level="director")
    assert [event.time for event in live(PLAIN, [late], lead, calls)[1]] == [at(-1)]


def test_a_minimum_fit_holds_back_until_the_profile_is_known():
    papers = [download(at(n)) for n in range(3)]
    assert qualified(rules(", min_fit: 20"), papers) == []
    told = activity("profile.updated", at(3), event_id="told", title_level="director")
    assert [e.data.cause_id for e in qualified(rules(", min_fit: 20"), [*papers, told])] == ["told"]


def test_a_hand_raise_needs_neither_threshold_nor_fit():
    [event] = qualified(rules(", min_fit: 20"), [activity("demo.requested")])
    assert (event.data.reason, event.data.score) == ("instant", 0.0)


@pytest.mark.parametrize(
    "blocker",
    [
        activity("profile.updated", at(-2), competitor=True),
        activity("consent.changed", at(-2), consent="withdrawn"),
        activity("web.visited", at(-2), lead_source="partner"),
    ],
)
def test_nobody_qualifies_whom_the_playbook_blocks_not_even_by_a_hand_raise(blocker):
    assert qualified(PLAIN, [blocker, activity("demo.requested"), download(), download(), download()]) == []


def test_a_lead_that_is_blocked_no_more_qualifies_at_its_next_activity():
    events = [
        activity("consent.changed", at(0), consent="withdrawn"),
        activity("demo.requested", at(1)),
        activity("consent.changed", at(2), consent="granted"),
        activity("demo.requested", at(3), event_id="again"),
    ]
    assert [event.data.cause_id for event in qualified(PLAIN, events)] == ["again"]


def test_a_late_activity_qualifies_with_its_own_time_and_the_score_as_of_the_latest():
    late = download(NOON - 30 * DAY, event_id="late")
    [event] = qualified(rules(", min_fit: 0"), [activity("call.connected"), activity("call.connected"), late])
    assert (event.time, event.data.score, event.data.cause_id) == (late.time, 115.5, "late")


def test_a_late_activity_that_gives_nothing_any_more_does_not_qualify():
    calls = [activity("call.connected", at(n)) for n in range(2)]
    assert qualified(PLAIN, [*calls, activity("seminar.attended", at(1) - 10 * DAY)]) == []


def test_a_late_activity_belongs_to_the_cycle_of_its_own_time():
    first = [download(at(0)), download(at(1)), activity("lead.recycled", at(2)), activity("call.attempted", at(9))]
    found = qualified(PLAIN, [*first, download(at(1.5)), download(at(9.5))])
    assert [(event.data.cycle, event.time) for event in found] == [(1, at(1)), (2, at(9.5))]


def test_imported_history_qualifies_as_backfill_and_stays_armed_for_live_activity():
    past = [download(at(n), backfill=True) for n in range(3)]
    events = [*past, activity("web.visited", at(4)), download(at(5)), download(at(6))]
    assert [(e.data.cycle, e.data.backfill, e.time) for e in qualified(PLAIN, events)] == [
        (1, True, at(1)),
        (1, False, at(5)),
    ]


def test_imported_history_does_not_qualify_a_lead_that_live_activity_has_qualified():
    events = [download(at(0)), download(at(1)), download(at(2), backfill=True)]
    assert [e.data.backfill for e in qualified(PLAIN, events)] == [False]


def test_activating_a_playbook_qualifies_nobody_by_itself():
    lead, _ = live(rules(", min_fit: 20"), papers := [download(at(n)) for n in range(3)])
    after, emitted = live(PLAIN, [activity("call.attempted", at(4))], lead, papers)
    assert emitted == []
    assert [e.type for e in live(PLAIN, [download(at(5))], after, [*papers, activity("call.attempted", at(4))])[1]] == [
        "lead.qualified"
    ]


def test_a_qualification_is_never_taken_back_by_what_comes_late():
    lead, _ = live(PLAIN, [download(at(0)), download(at(1))])
    after, emitted = live(PLAIN, [activity("web.visited", at(0.5))], lead, [download(at(0)), download(at(1))])
    assert emitted == []
    assert after.qualified == lead.qualified


def test_what_a_rule_does_not_keep_qualifies_nobody():
    kept = one_rule("points: 30, keep: 1, window: 9d, repeat: {at_most: 3, per: 1d}", mql="{threshold: 60}")
    assert qualified(kept, [download(at(n)) for n in range(4)]) == []


def test_what_is_no_activity_changes_nothing():
    assert apply(LeadScore(), activity("rep.away"), PLAIN).state == LeadScore()


def test_a_late_call_that_no_rule_names_needs_no_history():
    lead, _ = live(PLAIN, [download(at(1))])
    after = apply(lead, activity("call.attempted", at(0)), PLAIN).state
    assert (after.last, after.counted, after.version) == (lead.last, lead.counted, 2)


def test_a_late_hand_raise_that_no_rule_names_qualifies_without_the_history():
    lead, _ = live(PLAIN, [download(at(1))])
    assert [event.time for event in apply(lead, activity("demo.requested", at(0)), PLAIN).events] == [at(0)]


def test_a_late_activity_without_the_history_is_refused():
    lead, _ = live(PLAIN, [download(at(1))])
    with pytest.raises(HistoryNeededError):
        apply(lead, download(at(0)), PLAIN)


@pytest.mark.parametrize("move", ["lead.sales_qualified", "opportunity.opened"])
def test_a_lead_that_sales_works_on_already_does_not_qualify(move):
    passed_on = activity(move, at(0), rep_id="rep-1", opportunity_id="o1")
    assert qualified(PLAIN, [passed_on, activity("demo.requested", at(1))]) == []


def test_a_demo_request_after_its_team_gave_the_lead_back_qualifies_again_and_only_once():
    asked = [activity("demo.requested", at(hour)) for hour in (0, 2, 3)]
    given_back = activity("lead.rejected", at(1), rep_id="rep-1", reason="wrong_person")
    events = qualified(PLAIN, [asked[0], given_back, asked[1], asked[2], download(at(4)), download(at(5))])
    assert [event.data.cause_id for event in events] == [asked[0].id, asked[1].id]


def test_a_demo_request_while_the_lead_is_in_hand_does_not_qualify_again():
    not_mine = activity("lead.rejected", at(1), rep_id="rep-1", reason="not_mine")
    asked = [activity("demo.requested", at(hour)) for hour in (0, 2)]
    assert len(qualified(PLAIN, [asked[0], not_mine, asked[1]])) == 1
