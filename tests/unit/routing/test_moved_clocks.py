"""Running clocks go on under another version of the playbook when an operator asks for it, and only then."""

from datetime import datetime, timedelta

from hypothesis import example, given, settings
from hypothesis import strategies as st

from tests.unit.routing.routing_office import ACCEPT, RELAY, Office, at, due_of, only, rules_of, types

LONGER = ACCEPT.replace("15m", "60m").replace("[10m]", "[30m]")
SHORTER = ACCEPT.replace("15m", "4m").replace("[10m]", "[2m]")
MOVED = "clock.moved"
SAME = ACCEPT + "# another version with the same rules\n"


def office(sla: str = ACCEPT) -> Office:
    one = Office(rules_of(sla=sla))
    one.tell("lead.qualified", "09:00")
    return one


def moved(one: Office, sla: str, clock: str, routing: str = RELAY):
    one.rules = rules_of(routing, sla)
    return one.tell("clocks.move_requested", clock)


def clock_of(one: Office):
    (clock,) = one.leads["lead-1"].clocks
    return clock


def test_without_a_request_a_clock_keeps_the_playbook_that_it_started_under():
    one = office()
    one.rules = rules_of(sla=SHORTER)
    one.tell("call.attempted", "09:01", rep_id="baba")
    breaches = [event for event in one.fire(at("09:15")) if event.type == "clock.breached"]
    assert {due_of(event) for event in breaches} == {at("09:15")}


def test_a_longer_clock_moves_its_deadline_and_its_warnings_later():
    one = office()
    told = only(moved(one, LONGER, "09:05"), "clock.moved").data
    assert (told.value("was_due_at"), told.value("due_at")) == (at("09:15"), at("10:00"))
    assert told.value("was_playbook") != one.rules.version == clock_of(one).playbook
    assert types(one.fire(at("09:30"))) == ["clock.warned"]
    breaches = [event.time for event in one.fire(at("10:00")) if event.type == "clock.breached"]
    assert breaches == [at("10:00"), at("10:00")]


def test_a_shorter_clock_is_due_at_once_and_never_in_the_past():
    one = office()
    assert due_of(only(moved(one, SHORTER, "09:05"), "clock.moved")) == at("09:05")
    first, *_ = one.fire(at("09:05"))
    assert (first.type, first.time) == ("clock.breached", at("09:05"))
    assert "clock.warned" not in types(one.events)


def test_a_clock_that_the_playbook_does_not_know_any_more_is_cancelled():
    one = office()
    told = only(moved(one, "clocks: []", "09:05"), "clock.cancelled").data
    assert told.value("reason") == "the playbook has no such clock any more"
    assert one.leads["lead-1"].clocks == ()


def test_a_clock_that_is_not_for_such_a_lead_any_more_is_cancelled():
    other = ACCEPT.replace("    team: is\n", "    team: is\n    when: {field: reason, op: eq, value: instant}\n")
    assert "clock.cancelled" in types(moved(office(), other, "09:05"))


def test_a_breach_stays_a_breach():
    one = office()
    one.fire(at("09:20"))
    before = one.leads["lead-1"].clocks
    assert moved(one, LONGER, "09:21") == []
    assert one.leads["lead-1"].clocks == before


def test_a_deadline_that_has_passed_and_is_not_told_yet_does_not_move():
    assert moved(office(), LONGER, "09:16") == []


def test_the_owners_new_calendar_counts():
    calendar = RELAY.replace("{id: aoki, team: is, calendar: tokyo}", "{id: aoki, team: is, calendar: always}")
    one = office(LONGER.replace("60m", "5h"))
    assert clock_of(one).due_at == at("15:00")
    told = moved(one, LONGER.replace("60m", "5h"), "09:05", calendar)
    assert due_of(only(told, "clock.moved")) == at("14:00")


def test_a_resting_clock_rests_on_and_has_its_new_time_when_it_goes_on():
    one = office()
    one.tell("lead.snoozed", "09:05", rep_id="aoki", until=at("11:00").isoformat())
    assert due_of(only(moved(one, LONGER, "09:30"), "clock.moved")) == at("10:00")
    assert due_of(only(one.fire(at("11:00")), "clock.resumed")) == at("11:55")
    assert types(one.fire(at("11:25"))) == ["clock.warned"]


def test_a_clock_that_moves_takes_no_lead_from_an_owner_whom_a_person_named():
    one = office()
    one.tell("owner.changed", "09:02", owner_id="baba")
    only(moved(one, LONGER, "09:05"), "clock.moved")
    assert {step.action for step in clock_of(one).ladder} == {"remind", "notify"}


def test_asking_twice_moves_once():
    one = office()
    assert len(moved(one, LONGER, "09:05")) == 1
    assert moved(one, LONGER, "09:06") == []


pauses = st.lists(st.tuples(st.integers(1, 40), st.integers(1, 600)), max_size=3)


@settings(deadline=None)
@given(within=st.sampled_from(["15m", "4h", "0bd", "2bd"]), rests=pauses, later=st.integers(1, 200))
def test_moving_to_a_playbook_with_the_same_rules_moves_no_deadline_and_no_step(within, rests, later):
    sla = ACCEPT.replace("15m", within)
    stays, moves = office(sla), office(sla)
    for one in (stays, moves):
        now: datetime = at("09:00")
        for wait, length in rests:
            now += timedelta(minutes=wait)
            one.take(one.event("lead.snoozed", time=now, rep_id="aoki", until=now + timedelta(minutes=length)))
            now += timedelta(minutes=length)
            one.fire(now)
    now += timedelta(minutes=later)
    for one in (stays, moves):
        one.fire(now)
    moves.rules = rules_of(sla=sla + "# the same again\n")
    moves.take(moves.event("clocks.move_requested", time=now))
    times = [(c.id, c.attempt, c.due_at, c.warns, c.ladder, c.status) for c in stays.leads["lead-1"].clocks]
    assert [(c.id, c.attempt, c.due_at, c.warns, c.ladder, c.status) for c in moves.leads["lead-1"].clocks] == times


@settings(deadline=None)
@example(within="15m", rests=[(39, 1)], moves_after=1, into_rest=0.0)  # snoozed at the very deadline, after its step
@example(within="15m", rests=[(10, 530)], moves_after=1, into_rest=0.0)  # snoozed until closing, right after a warning
@given(
    within=st.sampled_from(["15m", "4h", "0bd", "2bd"]),
    rests=pauses,
    moves_after=st.integers(0, 3),
    into_rest=st.sampled_from([0.0, 0.5, 1.0]),
)
def test_whatever_it_rests_through_a_clock_that_moves_to_the_same_rules_goes_on_as_if_it_had_not(
    within, rests, moves_after, into_rest
):
    sla = ACCEPT.replace("15m", within)
    stays, moves = office(sla), office(sla)
    for one in (stays, moves):
        now: datetime = at("09:00")
        for number, (wait, length) in enumerate([*rests, (1, 1)]):
            now += timedelta(minutes=wait)
            one.fire(now)
            one.take(one.event("lead.snoozed", time=now, rep_id="aoki", until=now + timedelta(minutes=length)))
            if one is moves and number == moves_after:
                one.fire(now + length * into_rest * timedelta(minutes=1))
                one.rules = rules_of(sla=sla + "# the same again\n")
                one.take(one.event("clocks.move_requested", time=one.now))
            now += timedelta(minutes=length)
        one.fire(now + timedelta(days=9))
    told = [(e.type, e.time, due_of(e)) for e in stays.events if e.type.startswith("clock.")]
    assert [
        (e.type, e.time, due_of(e)) for e in moves.events if e.type.startswith("clock.") and e.type != MOVED
    ] == told


def test_a_move_there_and_back_is_exact():
    one = office()
    before = clock_of(one)
    moved(one, LONGER, "09:05")
    moved(one, SAME, "09:06")
    after = clock_of(one)
    assert (after.due_at, after.warns, after.ladder) == (before.due_at, before.warns, before.ladder)


def test_a_pause_whose_end_was_not_told_yet_ends_before_the_clock_moves():
    one = office(ACCEPT.replace("15m", "3h"))
    one.tell("lead.snoozed", "09:05", rep_id="aoki", until=at("09:30").isoformat())
    told = moved(one, SHORTER, "10:00")
    assert types(told) == ["clock.resumed", "clock.moved"]
    assert (told[0].time, due_of(told[1])) == (at("09:30"), at("10:00"))
    assert {event.time for event in one.fire(at("10:00"))} == {at("10:00")}


def test_a_deadline_that_passed_after_a_pause_and_is_not_told_yet_does_not_move():
    one = office()
    one.tell("lead.snoozed", "09:05", rep_id="aoki", until=at("09:30").isoformat())
    assert types(moved(one, LONGER, "10:00")) == ["clock.resumed"]
    assert at("09:40") in [event.time for event in one.fire(at("10:00")) if event.type == "clock.breached"]


def test_a_clock_that_only_the_new_rules_have_is_not_started_by_the_move():
    one = office("clocks: []")
    assert moved(one, ACCEPT, "09:05") == []
    assert one.leads["lead-1"].clocks == ()


def test_what_stops_a_moved_clock_is_what_the_new_rules_say():
    one = office()
    moved(one, ACCEPT.replace("stops: [lead.accepted, lead.rejected]", "stops: [meeting.booked]"), "09:05")
    assert "clock.met" not in types(one.tell("lead.accepted", "09:06", rep_id="aoki"))
    assert "clock.met" in types(one.tell("meeting.booked", "09:07", rep_id="aoki"))


def test_a_resting_clock_that_is_made_shorter_is_due_when_it_goes_on_and_never_before():
    one = office(LONGER)
    one.tell("lead.snoozed", "09:20", rep_id="aoki", until=at("11:00").isoformat())
    moved(one, SHORTER, "09:30")
    told = one.fire(at("11:00"))
    assert due_of(only(told, "clock.resumed")) == at("11:00")
    assert min(event.time for event in told if event.type == "clock.breached") == at("11:00")


def test_history_moves_no_clock():
    one = office()
    one.rules = rules_of(sla=LONGER)
    assert one.take(one.event("clocks.move_requested", time=at("09:05"), backfill=True)) == []
