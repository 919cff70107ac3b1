"""On the day that was agreed a lead goes back to its last owner, with its story."""

import pytest

from services.routing import domain
from tests.unit.routing.routing_office import RELAY, Office, at, decisions, only, rules_of, types

SLA = """
clocks:
  - {id: revisit, team: is, when: {field: reason, op: eq, value: revisit}, stops: [call.connected], within: 1bd}
  - {id: accept, team: is, when: {field: reason, op: ne, value: revisit}, stops: [lead.accepted], within: 1h}
"""
WEDNESDAY = "2026-04-08"


@pytest.fixture
def office() -> Office:
    return Office(rules_of(sla=SLA))


def recycled(office: Office, **data: object) -> None:
    office.tell("lead.qualified", "09:00")
    office.tell("lead.recycled", "10:00", rep_id="aoki", reason="budget", revisit_on=WEDNESDAY, **data)


def test_a_lead_goes_back_to_its_last_owner_at_their_opening_on_that_day(office: Office) -> None:
    recycled(office)
    assert office.fire(at("08:59", day=2)) == []
    told = office.fire(at("09:00", day=2))
    given = only(told, "lead.assigned")
    assert (given.data.value("owner_id"), given.data.value("why"), given.time) == ("aoki", "revisit", at("09:00", 2))
    assert [event.data.value("clock") for event in told if event.type == "clock.started"] == ["revisit"]
    assert given.data.value("packet")["earlier_cycles"][0]["reason"] == "budget"


def test_a_lost_opportunity_may_be_revisited_too(office: Office) -> None:
    for type_ in ("lead.qualified", "lead.sales_qualified", "opportunity.opened"):
        office.tell(type_, "09:00")
    office.tell("opportunity.lost", "10:00", rep_id="chiba", reason="competitor", revisit_on=WEDNESDAY)
    assert only(office.fire(at("09:00", day=2)), "lead.assigned").data.value("owner_id") == "aoki"


def test_a_last_owner_who_is_away_is_replaced_by_the_rules(office: Office) -> None:
    recycled(office)
    office.tell("rep.away", "11:00", "aoki")
    assert only(office.fire(at("09:00", day=2)), "lead.assigned").data.value("owner_id") == "baba"


def test_a_lead_that_has_qualified_again_meanwhile_is_not_given_twice(office: Office) -> None:
    recycled(office)
    office.tell("lead.qualified", "09:00", day=1)
    office.tell("lead.accepted", "09:01", day=1, rep_id=office.owner())
    assert "lead.assigned" not in types(office.fire(at("12:00", day=2)))


def test_the_day_that_was_told_last_counts_whatever_order_it_came_in(office: Office) -> None:
    recycled(office)
    older = office.event("lead.recycled", time=at("09:30"), rep_id="aoki", revisit_on="2026-04-07")
    office.take(older, read_at=at("11:00"))
    assert office.fire(at("12:00", day=1)) == []
    assert "lead.assigned" in types(office.fire(at("09:00", day=2)))


def test_a_day_off_is_revisited_on_the_next_working_day(office: Office) -> None:
    office.tell("lead.qualified", "09:00")
    office.tell("lead.recycled", "10:00", revisit_on="2026-04-11")
    assert only(office.fire(at("09:00", day=7)), "lead.assigned").time == at("09:00", day=7)


def test_nothing_is_given_while_our_reading_is_behind(office: Office) -> None:
    recycled(office)
    assert office.fire(at("09:00", day=2), caught_up=False) == []


def test_a_revisited_lead_that_qualifies_starts_the_clocks_of_an_mql(office: Office) -> None:
    recycled(office)
    office.fire(at("09:00", day=2))
    told = office.tell("lead.qualified", "10:00", day=2)
    assert [event.data.value("clock") for event in told if event.type == "clock.started"] == ["accept"]
    assert office.owner() == "aoki"


def test_imported_history_is_not_revisited(office: Office) -> None:
    office.tell("lead.qualified", "09:00")
    office.tell("lead.recycled", "10:00", revisit_on=WEDNESDAY, backfill=True)
    assert decisions(office.fire(at("12:00", day=3))) == []


def test_a_lead_that_inside_sales_never_had_is_revisited_by_the_rules() -> None:
    office = Office(rules_of(RELAY.replace("[is, fs, cs]", "[{id: is, calendar: tokyo}, fs, cs]"), SLA))
    office.tell("opportunity.opened", "09:00", rep_id="chiba")
    office.tell("opportunity.lost", "10:00", rep_id="chiba", reason="timing", revisit_on=WEDNESDAY)
    given = only(office.fire(at("09:00", day=2)), "lead.assigned")
    assert (given.data.value("owner_id"), given.data.value("why"), given.time) == ("aoki", "revisit", at("09:00", 2))


def test_a_revisited_lead_for_which_it_is_still_too_early_rests_again_until_the_next_day(office: Office) -> None:
    recycled(office)
    office.fire(at("09:00", day=2))
    assert office.owner() == "aoki"
    told = office.tell("lead.recycled", "09:05", day=2, rep_id="aoki", revisit_on="2026-04-10")
    assert (office.owner(), office.desk.rep("aoki").open, "stage.refused" in types(told)) == (None, 0, True)
    office.fire(at("09:00", day=4))
    assert office.owner() == "aoki"


def test_a_second_report_of_a_day_that_has_come_brings_it_back_no_more(office: Office) -> None:
    recycled(office)
    office.fire(at("09:00", day=2))
    office.tell("lead.rejected", "09:05", day=2, rep_id="aoki", reason="too early")
    late = office.event("lead.recycled", time=at("10:00:30"), revisit_on="2026-04-08")
    office.take(late, read_at=at("09:00", day=10))
    assert domain.next_due(office.leads["lead-1"]) is None
