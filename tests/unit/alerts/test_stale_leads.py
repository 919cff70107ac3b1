from datetime import timedelta

from hypothesis import given, settings
from hypothesis import strategies as st

from services.alerts import domain
from shared.events.derived import LeadStale
from tests.unit.alerts.alert_stories import NOON, Story, assigned_to, later, playbook, shown, tokyo, told

CLOSING_OF_THE_THIRD = tokyo(3, 18)


def test_lead_is_stale_when_the_owner_does_nothing_for_as_long_as_the_stage_allows() -> None:
    story = assigned_to()
    assert domain.next_due(story.state) == CLOSING_OF_THE_THIRD
    assert told(story.time_comes(CLOSING_OF_THE_THIRD)) == [("stale", "owner:rep-1")]
    stale = next(event for event in story.events if event.type == "lead.stale")
    assert isinstance(stale.data, LeadStale)
    assert (stale.time, stale.data.stage, stale.data.owner_id) == (CLOSING_OF_THE_THIRD, "mql", "rep-1")


def test_staleness_waits_until_our_own_reading_has_caught_up() -> None:
    story = assigned_to()
    assert story.time_comes(tokyo(10), caught_up=False) == []
    assert domain.next_due(story.state) == CLOSING_OF_THE_THIRD


def test_stale_event_carries_the_deadline_however_late_it_is_noticed() -> None:
    story = assigned_to()
    story.time_comes(tokyo(4, 7))
    stale = next(event for event in story.events if event.type == "lead.stale")
    assert stale.time == CLOSING_OF_THE_THIRD


def test_manager_is_told_next_and_the_lead_is_stale_once() -> None:
    story = assigned_to()
    assert told(story.time_comes(tokyo(7, 18))) == [("stale", "manager:boss")]
    assert story.event_types.count("lead.stale") == 1
    assert domain.next_due(story.state) is None


def test_staleness_noticed_a_day_too_late_is_recorded_and_told_to_nobody() -> None:
    story = assigned_to()
    notices = story.time_comes(tokyo(5, 12))
    assert told(notices) == []
    assert story.event_types.count("lead.stale") == 1


def test_action_of_the_owner_begins_the_wait_anew() -> None:
    story = assigned_to()
    story.happens("call.attempted", tokyo(2, 17), rep_id="rep-1")
    assert domain.next_due(story.state) == tokyo(6, 18)


def test_action_of_somebody_else_does_not() -> None:
    story = assigned_to()
    story.happens("call.attempted", tokyo(2, 17), rep_id="rep-2")
    assert domain.next_due(story.state) == CLOSING_OF_THE_THIRD


def test_activity_of_the_lead_does_not() -> None:
    story = assigned_to()
    story.happens("form.submitted", tokyo(2, 17), message="まだですか")
    assert domain.next_due(story.state) == CLOSING_OF_THE_THIRD


def test_action_read_before_the_assignment_counts_all_the_same() -> None:
    story = Story()
    story.happens("call.connected", tokyo(2, 17), rep_id="rep-1")
    assert domain.next_due(assigned_to(story=story).state) == tokyo(6, 18)


def test_snoozed_lead_is_not_stale_before_the_snooze_is_over() -> None:
    story = assigned_to()
    story.happens("lead.snoozed", tokyo(2, 17), rep_id="rep-1", until=tokyo(20, 9))
    assert domain.next_due(story.state) == tokyo(22, 18)


def test_stale_message_shows_that_the_owner_acted_and_a_new_silence_is_told_again() -> None:
    story = assigned_to()
    story.time_comes(CLOSING_OF_THE_THIRD)
    assert shown(story.happens("call.connected", tokyo(6, 10), rep_id="rep-1")) == [("stale", "touched")]
    assert told(story.time_comes(tokyo(8, 18))) == [("stale", "owner:rep-1")]
    assert story.event_types.count("lead.stale") == 2
    assert len({event.id for event in story.events}) == len(story.events)


def test_lead_handed_on_is_waited_for_with_its_new_owner() -> None:
    rules = playbook("stale: [{stage: sql, after: 8h}]")
    story = assigned_to(story=Story(rules=rules))
    assert domain.next_due(story.state) is None
    story.happens("lead.sales_qualified", tokyo(2, 10), rep_id="rep-1")
    story.decides("lead.assigned", tokyo(2, 10), team="fs", owner_id="rep-3")
    assert domain.next_due(story.state) == tokyo(2, 18)


def test_lead_that_went_back_to_nurturing_is_nobodys_and_not_stale() -> None:
    story = assigned_to()
    story.happens("lead.recycled", tokyo(2, 10), rep_id="rep-1", reason="not now")
    assert (story.state.stage, story.state.cycle, domain.next_due(story.state)) == ("lead", 2, None)


def test_relay_without_inside_sales_waits_for_field_sales_at_mql() -> None:
    rules = playbook(routing="teams: [fs]\nreps: [{id: rep-3, team: fs, slack: U3, calendar: tokyo}]")
    story = Story(rules=rules)
    story.happens("lead.qualified", score=60, fit=0, engagement=60, cycle=1, reason="threshold", cause_id="a")
    story.decides("lead.assigned", team="fs", owner_id="rep-3")
    assert domain.next_due(story.state) == CLOSING_OF_THE_THIRD


def test_rules_of_a_stage_are_applied_by_their_deadlines_in_whatever_order_they_are_written() -> None:
    rules = playbook("stale: [{stage: mql, after: 4bd, tell: manager}, {stage: mql, after: 2bd, tell: owner}]")
    story = assigned_to(story=Story(rules=rules))
    assert told(story.time_comes(CLOSING_OF_THE_THIRD)) == [("stale", "owner:rep-1")]


def test_wait_begins_anew_when_the_lead_enters_the_next_stage() -> None:
    story = assigned_to(story=Story(rules=playbook("stale: [{stage: opportunity, after: 8h}]")))
    story.decides("lead.assigned", tokyo(1, 12), team="fs", owner_id="rep-3")
    story.happens("opportunity.opened", tokyo(3, 10), opportunity_id="o-1")
    assert domain.next_due(story.state) == tokyo(3, 18)


def test_rule_that_left_the_playbook_while_waiting_is_not_applied() -> None:
    story = assigned_to()
    story.rules = playbook("stale: []")
    assert story.time_comes(CLOSING_OF_THE_THIRD) == []
    assert domain.next_due(story.state) is None


@settings(deadline=None)
@given(st.permutations(range(4)))
def test_wait_for_the_owner_is_the_same_in_whatever_order_actions_are_read(order: list[int]) -> None:
    story = assigned_to()
    for hours in order:
        at = later(NOON, hours=hours)
        story.happens("call.attempted", at, read_at=later(NOON, hours=4), rep_id="rep-1")
    assert story.state.watch is not None
    assert story.state.watch.base - NOON == timedelta(hours=3)
