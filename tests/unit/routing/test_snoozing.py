"""A snoozed lead's clocks stand still, in working time."""

import pytest

from services.routing import domain
from tests.unit.routing.routing_office import ACCEPT, Office, at, decisions, due_of, only, rules_of, types


@pytest.fixture
def office() -> Office:
    return Office(rules_of(sla=ACCEPT))


def test_snoozing_pauses_the_clock_in_working_time(office: Office) -> None:
    office.tell("lead.qualified", "09:00")
    told = office.tell("lead.snoozed", "09:05", rep_id="aoki", until=at("11:00").isoformat())
    assert types(told) == ["clock.paused"]
    told = office.fire(at("11:00"))
    assert (types(told), due_of(told[0]), told[0].time) == (["clock.resumed"], at("11:10"), at("11:00"))
    assert domain.next_due(office.leads["lead-1"]) == at("11:05")


def test_a_second_snooze_moves_the_end_and_counts_no_time_twice(office: Office) -> None:
    office.tell("lead.qualified", "09:00")
    office.tell("lead.snoozed", "09:05", rep_id="aoki", until=at("10:00").isoformat())
    assert decisions(office.tell("lead.snoozed", "09:30", rep_id="aoki", until=at("11:00").isoformat())) == []
    assert due_of(only(office.fire(at("11:00")), "clock.resumed")) == at("11:10")


def test_a_snooze_read_late_counts_from_the_end_of_the_pause_before(office: Office) -> None:
    office.tell("lead.qualified", "09:00")
    office.tell("lead.snoozed", "09:05", rep_id="aoki", until=at("10:00").isoformat())
    late = office.event("lead.snoozed", time=at("09:30"), rep_id="aoki", until=at("10:30").isoformat())
    office.fire(at("10:00"))
    office.take(late, read_at=at("10:01"))
    assert due_of(only(office.fire(at("10:30")), "clock.resumed")) == at("10:40")


def test_a_warning_that_was_due_before_the_pause_keeps_its_time(office: Office) -> None:
    office.tell("lead.qualified", "09:00")
    office.tell("lead.snoozed", "09:12", rep_id="aoki", until=at("11:00").isoformat())
    told = office.fire(at("11:00"))
    assert [(event.type, event.time) for event in told] == [
        ("clock.resumed", at("11:00")),
        ("clock.warned", at("09:10")),
    ]


def test_a_snooze_over_lunch_uses_no_working_time(office: Office) -> None:
    office.tell("lead.qualified", "11:50")
    office.tell("lead.snoozed", "11:55", rep_id="aoki", until=at("12:30").isoformat())
    assert due_of(only(office.fire(at("13:00")), "clock.resumed")) == at("13:10")


def test_a_snooze_without_an_end_pauses_nothing(office: Office) -> None:
    office.tell("lead.qualified", "09:00")
    assert decisions(office.tell("lead.snoozed", "09:05", rep_id="aoki")) == []


def test_a_paused_clock_is_met_by_the_owners_action(office: Office) -> None:
    office.tell("lead.qualified", "09:00")
    office.tell("lead.snoozed", "09:05", rep_id="aoki", until=at("16:00").isoformat())
    assert "clock.met" in types(office.tell("lead.accepted", "15:00", rep_id="aoki"))


def test_a_snooze_in_time_that_is_read_after_the_breach_takes_the_breach_back(office: Office) -> None:
    office.tell("lead.qualified", "09:00")
    office.fire(at("09:20"))
    late = office.event("lead.snoozed", time=at("09:05"), rep_id="aoki", until=at("11:00").isoformat())
    corrected = only(office.take(late, read_at=at("09:21")), "clock.corrected")
    assert (corrected.data.value("was"), corrected.data.value("now")) == ("breached", "paused")
    assert "lead.reassigned" not in types(office.fire(at("11:05")))
    assert due_of(only(office.fire(at("11:10")), "clock.breached")) == at("11:10")


def test_a_snooze_after_the_deadline_takes_no_breach_back(office: Office) -> None:
    office.tell("lead.qualified", "09:00")
    office.fire(at("09:20"))
    assert decisions(office.tell("lead.snoozed", "09:21", rep_id="aoki", until=at("11:00").isoformat())) == []


def test_a_snooze_by_whoever_had_the_lead_before_lets_no_clock_of_the_next_owner_rest(office: Office) -> None:
    office.tell("lead.qualified", "09:00")
    late = office.event("lead.snoozed", time=at("09:04"), rep_id="aoki", until=at("16:00").isoformat())
    office.tell("owner.changed", "09:05", owner_id="baba", rep_id="boss")
    assert decisions(office.take(late, read_at=at("09:06"))) == []
    first, *_ = [event for event in office.fire(at("09:20")) if event.type == "clock.breached"]
    assert (first.time, first.data.value("owner_id")) == (at("09:20"), "baba")
