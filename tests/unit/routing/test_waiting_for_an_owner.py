"""Leads that nobody can take wait, oldest first, until somebody can."""

import pytest

from tests.unit.routing.routing_office import RELAY, Office, at, decisions, rules_of


@pytest.fixture
def office() -> Office:
    return Office()


def test_leads_wait_when_nobody_is_there_and_the_oldest_is_given_out_first(office: Office) -> None:
    for minute, lead in enumerate(("first", "second", "third")):
        told = office.tell("lead.qualified", f"12:1{minute}", lead)
        assert decisions(told) == ["lead.waiting"]
    assert (office.desk.pools["is-all"].waiting, office.desk.wakes["is-all"]) == (3, at("13:00"))
    told, again = office.drain(at("13:00"))
    assert [(event.subject, event.type) for event in told] == [
        (lead, "lead.assigned") for lead in ("first", "second", "third")
    ]
    assert (office.desk.pools["is-all"].waiting, again) == (0, None)
    assert told[0].data.value("decided_at") == at("13:00")


def test_leads_that_began_to_wait_at_the_same_moment_keep_the_order_in_which_they_were_read(office: Office) -> None:
    for lead in ("z", "a"):
        office.tell("lead.qualified", "12:10", lead)
    assert [event.subject for event in office.drain(at("13:00"))[0]] == ["z", "a"]


def test_a_new_lead_does_not_overtake_those_that_wait(office: Office) -> None:
    office.tell("lead.qualified", "12:59", "early")
    assert decisions(office.tell("lead.qualified", "13:00", "late")) == ["lead.waiting"]
    assert office.desk.wakes["is-all"] == at("13:00")
    told, _ = office.drain(at("13:00"))
    assert [(event.subject, event.data.value("owner_id")) for event in told] == [("early", "aoki"), ("late", "baba")]


def test_a_waiting_lead_that_nobody_there_may_have_holds_up_nobody_else(office: Office) -> None:
    office.tell("rep.away", "09:00", "baba", until=at("16:00").isoformat())
    office.tell("lead.qualified", "09:00", "had")
    office.tell("lead.rejected", "09:05", "had", rep_id="aoki", reason="not_mine")
    office.tell("lead.qualified", "09:10", "new")
    told, again = office.drain(at("09:10"))
    assert [event.subject for event in told] == ["new"]
    assert again == at("16:00")


def test_a_daily_cap_lets_the_queue_go_on_at_midnight_and_then_at_the_opening() -> None:
    office = Office(
        rules_of(RELAY.replace("aoki, team: is", "aoki, team: is, daily_cap: 1").replace("aoki, baba", "aoki"))
    )
    office.tell("lead.qualified", "09:00", "first")
    office.tell("lead.qualified", "09:01", "second")
    assert office.desk.wakes["is-all"] == at("09:00", day=1)


def test_a_lead_that_moves_on_leaves_the_queue(office: Office) -> None:
    office.tell("lead.qualified", "12:30")
    office.tell("lead.recycled", "12:40")
    assert office.desk.pools["is-all"].waiting == 0
    assert office.drain(at("13:00"))[0] == []


def test_a_lead_whose_pool_is_gone_from_the_playbook_is_routed_anew(office: Office) -> None:
    office.tell("lead.qualified", "12:30")
    office.rules = rules_of(RELAY.replace("is-all", "is-new"))
    told, _ = office.drain(at("13:00"))
    assert [(event.type, event.data.value("pool")) for event in told] == [("lead.assigned", "is-new")]
    assert office.desk.pools["is-all"].waiting == 0


def test_a_lead_whose_team_has_left_the_playbook_waits_for_nobody(office: Office) -> None:
    office.tell("lead.qualified", "12:30")
    without = "\n".join(line for line in RELAY.splitlines() if "team: is" not in line)
    office.rules = rules_of(without.replace("[is, fs, cs]", "[fs, cs]"))
    told, again = office.drain(at("13:00"))
    assert [(event.type, event.data.value("status")) for event in told] == [("handoff.changed", "done")]
    assert (office.leads["lead-1"].waiting, office.drain(at("13:01"))[0], again) == (None, [], None)
