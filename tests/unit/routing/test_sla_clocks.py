"""Clocks of working time: met, warned of, breached, and the ladder after a breach."""

from datetime import timedelta

import pytest
from pydantic import TypeAdapter

from services.routing import domain
from services.routing.state import LeadRouting
from shared.events import Event
from tests.unit.routing.routing_office import ACCEPT, RELAY, Office, at, decisions, due_of, only, rules_of, types

TOUCH = """
  - {id: touch, team: is, starts: assigned, stops: [call.connected], within: 4h}
"""


@pytest.fixture
def office() -> Office:
    return Office(rules_of(sla=ACCEPT))


def steps(events: list[Event]) -> list[tuple[object, object, object]]:
    """(step, action, target) of each breach event."""
    return [
        (event.data.value("step"), event.data.value("action"), event.data.value("target"))
        for event in events
        if event.type == "clock.breached"
    ]


def test_a_clock_starts_when_the_lead_is_assigned(office: Office) -> None:
    started = only(office.tell("lead.qualified", "09:00"), "clock.started")
    assert (due_of(started), started.data.value("owner_id")) == (at("09:15"), "aoki")
    assert domain.next_due(office.leads["lead-1"]) == at("09:10")


def test_a_clock_starts_at_the_decision_not_at_the_activity(office: Office) -> None:
    cards = office.event("lead.qualified", time=at("09:00"))
    assert due_of(only(office.take(cards, read_at=at("10:00")), "clock.started")) == at("10:15")


def test_time_outside_the_owners_hours_is_not_used() -> None:
    office = Office(
        rules_of(RELAY.replace("team: is, members: [aoki, baba]", "team: is, members: [aoki], at_work: next"), ACCEPT)
    )
    assert due_of(only(office.tell("lead.qualified", "20:00"), "clock.started")) == at("09:15", day=1)


def test_a_clock_of_another_calendar_runs_in_that_one() -> None:
    office = Office(rules_of(sla=ACCEPT.replace("within: 15m", "within: 4h\n    calendar: always")))
    assert due_of(only(office.tell("lead.qualified", "09:00"), "clock.started")) == at("13:00")


def test_a_clock_runs_only_where_its_condition_holds() -> None:
    instant = ACCEPT.replace("starts:", "when: {field: reason, op: eq, value: instant}\n    starts:")
    office = Office(rules_of(sla=instant))
    assert "clock.started" not in types(office.tell("lead.qualified", "09:00", "paper"))
    assert "clock.started" in types(office.tell("lead.qualified", "09:00", "demo", reason="instant"))


def test_accepting_in_time_meets_the_clock(office: Office) -> None:
    office.tell("lead.qualified", "09:00")
    told = office.tell("lead.accepted", "09:15", rep_id="aoki")
    met = only(told, "clock.met")
    assert (met.data.value("met_at"), met.time) == (at("09:15"), at("09:15"))
    assert domain.next_due(office.leads["lead-1"]) is None


@pytest.mark.parametrize("data", [{}, {"rep_id": "baba"}])
def test_only_the_owner_stops_a_clock(office: Office, data: dict[str, str]) -> None:
    office.tell("lead.qualified", "09:00")
    assert decisions(office.tell("lead.accepted", "09:05", **data)) == ["owner.bypassed"]


def test_a_touch_from_before_the_handoff_stops_no_clock(office: Office) -> None:
    call = office.event("call.connected", time=at("08:30"), rep_id="aoki")
    office.tell("lead.qualified", "09:00")
    assert decisions(office.take(call, read_at=at("09:05"))) == []


def test_imported_history_accepts_nothing_and_stops_no_clock(office: Office) -> None:
    office.tell("lead.qualified", "09:00")
    assert decisions(office.tell("call.connected", "09:05", rep_id="aoki", backfill=True)) == []


def test_any_touch_by_the_owner_accepts_the_lead(office: Office) -> None:
    office.tell("lead.qualified", "09:00")
    assert "clock.met" in types(office.tell("email.sent", "09:05", rep_id="aoki"))


def test_a_warning_comes_before_the_breach_whether_or_not_reading_has_caught_up(office: Office) -> None:
    office.tell("lead.qualified", "09:00")
    told = office.fire(at("09:20"), caught_up=False)
    assert (types(told), told[0].time) == (["clock.warned"], at("09:10"))
    assert types(office.fire(at("09:20"))) == ["clock.breached", "clock.breached"]


def test_the_ladder_reminds_then_reassigns_then_tells_the_manager(office: Office) -> None:
    office.tell("lead.qualified", "09:00")
    told = office.fire(at("09:20"))
    assert types(told) == ["clock.warned", "clock.breached", "clock.breached"]
    assert steps(told) == [(0, "none", None), (1, "remind", "owner")]
    assert told[1].time == at("09:15")
    told = office.fire(at("09:25"))
    assert types(told) == ["clock.breached", "lead.reassigned", "clock.started"]
    again = told[1].data
    assert (again.value("owner_id"), again.value("previous_owner_id"), again.value("attempt")) == ("baba", "aoki", 2)
    assert due_of(told[2]) == at("09:40")
    told = office.fire(at("09:45"))
    assert [(event.data.value("attempt"), step) for event, step in zip(told[1:], steps(told), strict=True)] == [
        (2, (0, "none", None)),
        (2, (1, "remind", "owner")),
        (1, (3, "notify", "manager")),
    ]


def test_a_reassignment_without_a_candidate_leaves_the_owner_and_goes_on_up_the_ladder(office: Office) -> None:
    office.tell("rep.away", "08:00", "baba")
    office.tell("lead.qualified", "09:00")
    told = office.fire(at("10:00"))
    assert steps(told) == [
        (0, "none", None),
        (1, "remind", "owner"),
        (2, "reassign", None),
        (3, "notify", "manager"),
    ]
    assert (office.owner(), office.records[-1].kind, "lead.reassigned" in types(told)) == ("aoki", "kept", False)


def test_the_ladder_does_not_take_a_lead_from_an_owner_set_by_a_person(office: Office) -> None:
    office.tell("lead.qualified", "09:00")
    office.tell("owner.changed", "09:05", owner_id="baba")
    told = office.fire(at("11:00"))
    assert steps(told) == [(0, "none", None), (1, "remind", "owner"), (3, "notify", "manager")]
    assert office.owner() == "baba"


def test_an_owner_whom_a_person_confirmed_keeps_the_lead_too(office: Office) -> None:
    office.tell("lead.qualified", "09:00")
    assert decisions(office.tell("owner.changed", "09:05", owner_id="aoki")) == []
    assert {step.action for clock in office.leads["lead-1"].clocks for step in clock.ladder} == {"remind", "notify"}
    office.fire(at("11:00"))
    assert office.owner() == "aoki"


def test_once_the_new_owner_accepts_nobody_is_told_of_the_old_breach(office: Office) -> None:
    office.tell("lead.qualified", "09:00")
    office.fire(at("09:25"))
    office.tell("lead.accepted", "09:30", rep_id="baba")
    assert office.fire(at("12:00")) == []


def test_an_action_in_time_read_after_the_breach_corrects_it_and_undoes_no_reassignment(office: Office) -> None:
    office.tell("lead.qualified", "09:00")
    call = office.event("call.connected", time=at("09:14"), rep_id="aoki")
    office.fire(at("09:26"))
    corrected = only(office.take(call, read_at=at("10:14")), "clock.corrected").data
    assert (corrected.value("was"), corrected.value("now"), corrected.value("evidence_id")) == (
        "breached",
        "met",
        call.id,
    )
    assert corrected.value("reported_late_by") == timedelta(hours=1).total_seconds()
    assert office.owner() == "baba"
    told = office.fire(at("11:00"))
    assert {event.data.value("attempt") for event in told if event.type == "clock.breached"} == {2}


def test_an_action_after_the_deadline_still_is_a_breach_and_ends_the_ladder(office: Office) -> None:
    office.tell("lead.qualified", "09:00")
    office.tell("lead.accepted", "09:16", rep_id="aoki")
    assert steps(office.fire(at("11:00"))) == [(0, "none", None)]
    assert office.owner() == "aoki"


def test_an_action_read_late_but_done_in_time_is_no_breach(office: Office) -> None:
    office.tell("lead.qualified", "09:00")
    accepted = office.event("lead.accepted", time=at("09:14"), rep_id="aoki")
    office.fire(at("09:40"), caught_up=False)
    assert "clock.met" in types(office.take(accepted, read_at=at("09:41")))
    assert office.fire(at("11:00")) == []


def test_a_lead_that_leaves_the_team_cancels_its_clocks(office: Office) -> None:
    office.tell("lead.qualified", "09:00")
    assert only(office.tell("lead.recycled", "09:05"), "clock.cancelled").data.value("clock") == "accept"
    assert domain.next_due(office.leads["lead-1"]) is None


def test_leaving_the_team_after_the_deadline_does_not_hide_the_breach(office: Office) -> None:
    office.tell("lead.qualified", "09:00")
    assert "clock.cancelled" not in types(office.tell("lead.recycled", "10:00"))
    assert steps(office.fire(at("11:00"))) == [(0, "none", None)]


def test_leaving_the_team_in_time_but_read_after_the_breach_corrects_it(office: Office) -> None:
    office.tell("lead.qualified", "09:00")
    recycled = office.event("lead.recycled", time=at("09:10"))
    office.fire(at("09:20"))
    corrected = only(office.take(recycled, read_at=at("09:30")), "clock.corrected").data
    assert (corrected.value("was"), corrected.value("now")) == ("breached", "cancelled")
    assert office.fire(at("12:00")) == []


def test_a_returned_lead_gets_new_clocks(office: Office) -> None:
    office.tell("lead.qualified", "09:00")
    office.tell("lead.sales_qualified", "09:05", rep_id="aoki")
    started = only(office.tell("lead.returned", "10:00"), "clock.started")
    assert (due_of(started), started.data.value("attempt")) == (at("10:15"), 2)


def test_a_reassignment_cancels_the_other_clocks_of_the_previous_owner() -> None:
    office = Office(rules_of(sla=ACCEPT + TOUCH))
    office.tell("lead.qualified", "09:00")
    told = office.fire(at("09:25"))
    assert types(told)[-5:] == [
        "clock.breached",
        "clock.cancelled",
        "lead.reassigned",
        "clock.started",
        "clock.started",
    ]


def test_a_clock_keeps_the_steps_of_the_playbook_that_it_started_under(office: Office) -> None:
    version = office.rules.version
    office.tell("lead.qualified", "09:00")
    office.rules = rules_of(sla=ACCEPT.replace("15m", "1h"))
    told = office.fire(at("09:15"))
    assert (told[-1].type, told[-1].time, told[-1].playbookversion) == ("clock.breached", at("09:15"), version)


def test_firing_again_changes_nothing(office: Office) -> None:
    office.tell("lead.qualified", "09:00")
    office.fire(at("12:00"))
    assert office.fire(at("12:00")) == []


def test_all_that_was_due_during_an_outage_fires_once_and_in_order(office: Office) -> None:
    office.tell("lead.qualified", "09:00")
    state = office.leads["lead-1"]
    told = domain.on_due(state, at("17:50"), at("17:50"), caught_up=True, desk=office.desk, rules=office.rules).events
    assert [event.time for event in told if event.type.startswith("clock.breached")] == [
        at("09:15"),
        at("09:15"),
        at("09:25"),
        at("09:45"),
    ]
    assert len({event.id for event in told}) == len(told)


def test_the_state_is_stored_and_read_back_as_it_was(office: Office) -> None:
    stored = TypeAdapter(LeadRouting)
    office.tell("profile.updated", "08:59", name="山田", employees=10)
    office.tell("business_card.exchanged", "08:59", exchanged_by="aoki", lead_source="exhibition")
    office.tell("lead.qualified", "09:00", contributions=[{"rule": "a", "base": 1.0, "decay": 1.0, "value": 1.0}])
    office.tell("call.connected", "09:01", rep_id="baba", memo="不在")
    office.fire(at("09:26"))
    office.tell("lead.snoozed", "09:27", until=at("12:00").isoformat())
    office.tell("lead.returned", "09:28")
    state = office.leads["lead-1"]
    assert stored.validate_json(stored.dump_json(state)) == state


OPPORTUNITY = """
clocks:
  - {id: accept_sql, team: fs, stops: [lead.accepted, lead.rejected, opportunity.opened], within: 4h}
  - {id: opportunity, team: fs, stops: [opportunity.opened, lead.returned], within: 10bd}
  - {id: next_step, team: fs, stops: [meeting.booked], within: 10bd}
"""
BY_REASON = """
clocks:
  - {id: hand_raise, team: is, when: {field: reason, op: eq, value: instant}, stops: [lead.accepted], within: 15m}
  - {id: accept, team: is, when: {field: reason, op: ne, value: instant}, stops: [lead.accepted], within: 4h}
"""


def started(told: list[Event]) -> list[object]:
    return [event.data.value("clock") for event in told if event.type == "clock.started"]


def test_no_clock_waits_for_the_opportunity_that_brought_the_lead() -> None:
    office = Office(rules_of(sla=OPPORTUNITY))
    office.tell("lead.qualified", "09:00")
    assert started(office.tell("opportunity.opened", "10:00", rep_id="chiba", opportunity_id="o1")) == ["next_step"]


def test_whoever_passes_the_lead_on_stops_no_clock_of_the_next_owner(office: Office) -> None:
    office.tell("lead.qualified", "09:00")
    assert started(office.tell("lead.rejected", "09:01", rep_id="aoki", reason="not_mine")) == ["accept"]


def test_a_returned_demo_request_is_no_demo_request_any_more() -> None:
    office = Office(rules_of(sla=BY_REASON))
    assert started(office.tell("lead.qualified", "09:00", reason="instant")) == ["hand_raise"]
    office.tell("lead.sales_qualified", "09:05", rep_id="aoki")
    assert started(office.tell("lead.returned", "13:00", rep_id="chiba")) == ["accept"]
    office.tell("lead.sales_qualified", "13:05", rep_id="aoki")
    assert office.leads["lead-1"].handoffs["fs"].why is None


def test_a_demo_request_stays_one_for_the_colleague_who_takes_it_over() -> None:
    office = Office(rules_of(sla=BY_REASON))
    office.tell("lead.qualified", "09:00", reason="instant")
    assert started(office.tell("lead.rejected", "09:05", rep_id="aoki", reason="not_mine")) == ["hand_raise"]


@pytest.mark.parametrize(("after", "due"), [("0bd", "18:00"), ("1bd", "18:00"), ("2h", "11:00")])
def test_steps_after_a_breach_at_closing_are_counted_from_there(after: str, due: str) -> None:
    sla = f"clocks: [{{id: a, team: is, stops: [], within: 0bd, on_breach: [{{after: {after}, notify: manager}}]}}]"
    office = Office(rules_of(sla=sla))
    office.tell("lead.qualified", "09:00")
    (clock,) = office.leads["lead-1"].clocks
    assert clock.due_at == at("18:00")
    assert clock.ladder[0].at == at(due, day=0 if after == "0bd" else 1)


def test_a_step_without_delay_comes_with_the_breach_even_at_closing() -> None:
    office = Office(rules_of(sla="clocks: [{id: a, team: is, within: 0bd, on_breach: [{remind: owner}]}]"))
    office.tell("lead.qualified", "09:00")
    assert office.leads["lead-1"].clocks[0].ladder[0].at == at("18:00")


def test_an_action_after_the_deadline_closes_the_breach_and_keeps_it(office: Office) -> None:
    office.tell("lead.qualified", "09:00")
    office.fire(at("09:15"))
    told = office.tell("lead.accepted", "09:20", rep_id="aoki")
    closed = only(told, "clock.closed").data
    assert (closed.value("closed_at"), closed.value("closed_by")) == (at("09:20"), "aoki")
    assert "clock.closed" not in types(office.tell("call.connected", "09:30", rep_id="aoki"))
    assert office.fire(at("12:00")) == []


def test_a_breach_told_after_the_late_action_was_read_is_told_first_and_closed_at_once(office: Office) -> None:
    office.tell("lead.qualified", "09:00")
    office.tell("lead.accepted", "09:20", rep_id="aoki")
    told = office.fire(at("09:21"))
    assert [type_ for type_ in types(told) if type_.startswith("clock")][-2:] == ["clock.breached", "clock.closed"]


def test_a_reassignment_that_is_due_at_closing_waits_for_somebody_to_come_to_work() -> None:
    office = Office(
        rules_of(sla=ACCEPT.replace("15m", "1bd").replace("[10m]", "[]").replace("after: 10m", "after: 0m"))
    )
    office.tell("lead.qualified", "10:00")
    office.fire(at("18:00", day=1))
    assert (office.owner(), office.leads["lead-1"].clocks[0].ladder[0].at) == ("aoki", at("09:00", day=2))
    told = office.fire(at("09:00", day=2))
    assert (office.owner(), only(told, "lead.reassigned").time) == ("baba", at("09:00", day=2))


def test_a_reassignment_waits_for_nobody_who_is_on_leave_by_then() -> None:
    away = RELAY.replace("{id: baba,", "{id: baba, leave: [{from: 2026-04-08, to: 2026-10-06}],")
    at_closing = ACCEPT.replace("15m", "1bd").replace("[10m]", "[]").replace("after: 10m", "after: 0m")
    office = Office(rules_of(away, at_closing))
    office.tell("lead.qualified", "10:00")
    office.fire(at("18:00", day=1))
    assert (office.owner(), office.records[-1].kind) == ("aoki", "kept")
