"""Clocks of a company's own: started, stopped, paused and resumed by any event."""

import pytest

from shared.events import Event
from tests.unit.routing.routing_office import Office, at, due_of, only, rules_of, types

SLA = """
clocks:
  - {id: next_touch, team: is, starts: [call.attempted, call.connected], within: 2h,
     stops: [call.attempted, call.connected, lead.sales_qualified]}
  - {id: quote, team: is, starts: [form.submitted], stops: [email.sent], within: 1h,
     pauses: [meeting.booked], resumes: [form.submitted]}
  - {id: answer, team: is, stops: [seminar.registered], within: 3h}
"""


@pytest.fixture
def office() -> Office:
    office = Office(rules_of(sla=SLA))
    office.tell("lead.qualified", "09:00")
    return office


def clocks(told: list[Event]) -> list[tuple[str, object, object]]:
    return [(e.type, e.data.value("clock"), e.data.value("run")) for e in told if e.type.startswith("clock.")]


def test_each_call_meets_the_last_clock_and_starts_the_next(office: Office) -> None:
    assert clocks(office.tell("call.attempted", "09:30", rep_id="aoki")) == [("clock.started", "next_touch", 1)]
    assert clocks(office.tell("call.attempted", "10:30", rep_id="aoki")) == [
        ("clock.met", "next_touch", 1),
        ("clock.started", "next_touch", 2),
    ]
    breach = only([event for event in office.fire(at("13:30")) if event.data.value("run") == 2], "clock.breached")
    assert breach.time == at("13:30")
    assert len({event.id for event in office.events}) == len(office.events)


def test_what_another_rep_does_neither_starts_nor_stops_the_owners_clock(office: Office) -> None:
    assert clocks(office.tell("call.attempted", "09:30", rep_id="baba")) == []
    office.tell("call.attempted", "09:40", rep_id="aoki")
    assert clocks(office.tell("call.connected", "09:50", rep_id="baba")) == []


def test_what_the_customer_does_starts_and_stops_clocks_too(office: Office) -> None:
    assert clocks(office.tell("form.submitted", "10:00")) == [("clock.started", "quote", 1)]
    assert clocks(office.tell("form.submitted", "10:10")) == []
    assert clocks(office.tell("seminar.registered", "10:20")) == [("clock.met", "answer", 1)]


def test_a_clock_rests_while_the_customer_is_waited_for(office: Office) -> None:
    office.tell("form.submitted", "10:00")
    assert clocks(office.tell("meeting.booked", "10:20", rep_id="aoki")) == [("clock.paused", "quote", 1)]
    assert "clock.breached" not in types(office.fire(at("11:30")))
    resumed = only(office.tell("form.submitted", "15:00"), "clock.resumed")
    assert due_of(resumed) == at("15:40")


def test_an_action_during_an_open_ended_pause_is_never_late(office: Office) -> None:
    office.tell("form.submitted", "10:00")
    office.tell("meeting.booked", "10:20", rep_id="aoki")
    assert clocks(office.tell("email.sent", "17:00", rep_id="aoki")) == [("clock.met", "quote", 1)]


def test_no_clock_runs_for_a_lead_that_nobody_holds() -> None:
    office = Office(rules_of(sla=SLA))
    assert office.tell("form.submitted", "10:00") == []


def test_imported_history_starts_and_stops_nothing(office: Office) -> None:
    assert clocks(office.tell("form.submitted", "10:00", backfill=True)) == []
    assert clocks(office.tell("seminar.registered", "10:20", backfill=True)) == []


def test_a_wait_that_was_over_before_we_read_that_it_had_begun_lets_no_clock_rest(office: Office) -> None:
    office.tell("form.submitted", "10:00")
    office.tell("meeting.booked", "10:20", rep_id="aoki")
    late = office.event("meeting.booked", time=at("10:40"), rep_id="aoki")
    office.tell("form.submitted", "11:00")
    assert clocks(office.take(late, read_at=at("11:10"))) == []
    assert "clock.breached" in types(office.fire(at("11:40")))


def test_what_happened_before_the_lead_was_given_lets_no_clock_rest() -> None:
    office = Office(rules_of(sla=SLA.replace("within: 3h", "within: 3h, pauses: [email.replied]")))
    early = office.event("email.replied", time=at("08:50"))
    office.tell("lead.qualified", "09:00")
    assert clocks(office.take(early, read_at=at("09:10"))) == []
