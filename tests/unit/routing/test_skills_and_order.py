"""Skills, leave by hours, the order between waiting leads, and acknowledging a breach."""

import pytest

from tests.unit.routing.routing_office import ACCEPT, Office, at, only, rules_of, types

SKILLED = """
teams: [is]
reps:
  - {id: aoki, team: is, calendar: tokyo}
  - {id: baba, team: is, calendar: tokyo, skills: [english]}
pools: [{id: all, team: is, members: [aoki, baba]}]
rules:
  - {id: abroad, team: is, when: {field: language, op: eq, value: en}, pool: all, needs: [english]}
  - {id: urgent, team: is, when: {field: reason, op: eq, value: instant}, pool: all, priority: 10}
  - {id: rest, team: is, pool: all}
"""
OUT = SKILLED.replace(
    "{id: aoki, team: is, calendar: tokyo}",
    "{id: aoki, team: is, calendar: tokyo, leave: [{from: 2026-04-06, to: 2026-04-07, hours: '13:00-15:00'}]}",
).replace("members: [aoki, baba]", "members: [aoki]")


@pytest.fixture
def office() -> Office:
    return Office(rules_of(SKILLED))


def test_a_lead_that_needs_a_skill_goes_to_one_who_has_it(office: Office) -> None:
    for number in range(3):
        office.tell("profile.updated", "09:00", f"l{number}", language="en")
        office.tell("lead.qualified", "09:01", f"l{number}")
    assert {office.owner(f"l{number}") for number in range(3)} == {"baba"}
    assert office.records[0].candidates[0].passed_over == "lacks english"


def test_a_lead_waits_for_the_one_who_has_the_skill_not_for_the_others(office: Office) -> None:
    office.tell("rep.away", "08:00", "baba", until=at("15:00").isoformat())
    office.tell("profile.updated", "09:00", language="en")
    office.tell("lead.qualified", "09:01")
    assert (office.owner(), office.desk.wakes["all"]) == (None, at("15:00"))


def test_an_urgent_lead_is_given_out_before_those_that_wait_longer(office: Office) -> None:
    office.tell("lead.qualified", "12:01", "first")
    office.tell("lead.qualified", "12:02", "second")
    office.tell("lead.qualified", "12:03", "urgent", reason="instant")
    told, _ = office.drain(at("13:00"), "all")
    assert [event.subject for event in told if event.type == "lead.assigned"] == ["urgent", "first", "second"]


def test_leave_by_hours_is_over_when_its_hours_are() -> None:
    office = Office(rules_of(OUT))
    office.tell("lead.qualified", "13:30")
    assert (office.owner(), office.desk.wakes["all"]) == (None, at("15:00"))
    told, _ = office.drain(at("15:00"), "all")
    assert [event.subject for event in told if event.type == "lead.assigned"] == ["lead-1"]


def test_leave_by_hours_leaves_the_rest_of_the_day_alone() -> None:
    office = Office(rules_of(OUT))
    office.tell("lead.qualified", "11:30", "morning")
    office.tell("lead.qualified", "16:00", "evening")
    assert (office.owner("morning"), office.owner("evening")) == ("aoki", "aoki")


def test_an_acknowledged_breach_climbs_no_ladder_until_the_acknowledgement_expires() -> None:
    office = Office(rules_of(sla=ACCEPT.replace("within: 15m", "within: 15m\n    acknowledged_for: 2h")))
    office.tell("lead.qualified", "09:00")
    office.fire(at("09:16"))
    office.tell("lead.acknowledged", "09:17", rep_id="aoki")
    assert office.fire(at("11:16")) == []
    assert "lead.reassigned" in types(office.fire(at("11:17")))


def test_acknowledging_again_and_again_puts_nothing_off() -> None:
    office = Office(rules_of(sla=ACCEPT))
    office.tell("lead.qualified", "09:00")
    office.fire(at("09:16"))
    for clock in ("09:17", "10:00", "11:00"):
        office.tell("lead.acknowledged", clock, rep_id="aoki")
    assert only(office.fire(at("14:17")), "lead.reassigned").time == at("14:17")


def test_what_is_done_after_acknowledging_ends_the_ladder() -> None:
    office = Office(rules_of(sla=ACCEPT))
    office.tell("lead.qualified", "09:00")
    office.fire(at("09:16"))
    office.tell("lead.acknowledged", "09:17", rep_id="aoki")
    office.tell("call.connected", "10:00", rep_id="aoki")
    assert office.fire(at("18:00")) == []
