"""Whatever happens, in whatever order: every lead is held once, counted once, and told of once."""

from collections import Counter
from datetime import timedelta

from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import TypeAdapter

from services.routing.records import redecide
from services.routing.state import LeadRouting
from tests.unit.routing.routing_office import ACCEPT, MONDAY, RELAY, Office, rules_of

REPS = ("aoki", "baba", "chiba", "doi", "endo")
TYPES = (
    "lead.qualified",
    "lead.sales_qualified",
    "lead.returned",
    "lead.recycled",
    "lead.disqualified",
    "lead.accepted",
    "lead.rejected",
    "lead.snoozed",
    "owner.changed",
    "call.connected",
    "opportunity.opened",
    "opportunity.won",
    "opportunity.lost",
    "contract.cancelled",
    "rep.away",
    "rep.back",
)
FS_ACCEPT = ACCEPT.replace("clocks:\n", "").replace("id: accept", "id: accept_sql").replace("team: is", "team: fs")
RULES = rules_of(RELAY.replace("endo, team: cs", "endo, team: cs, open_cap: 1"), ACCEPT + FS_ACCEPT)

steps = st.lists(
    st.tuples(
        st.sampled_from(TYPES),
        st.sampled_from(("l1", "l2", "l3")),
        st.sampled_from(REPS),
        st.sampled_from(("not_mine", "other", None)),
        st.integers(0, 90),
        st.booleans(),
    ),
    max_size=30,
)


def play(listed: list[tuple[str, str, str, str | None, int, bool]]) -> Office:
    """Each step happens some minutes after the last was read, or, where late, as long before."""
    office = Office(RULES)
    office.now = MONDAY + timedelta(hours=9)
    for type_, lead, rep, reason, minutes, late in listed:
        now = office.now + timedelta(minutes=minutes)
        for known in office.leads:
            office.fire(now, known)
        for pool, due in list(office.desk.wakes.items()):
            if due <= now:
                del office.desk.wakes[pool]
                office.desk.wake(pool, office.drain(now, pool)[1])
        time = now - timedelta(minutes=2 * minutes) if late else now
        data = {"rep_id": rep, "owner_id": rep, "until": (time + timedelta(hours=1)).isoformat()}
        subject = rep if type_.startswith("rep.") else lead
        if type_ != "lead.qualified" and reason:
            data["reason"] = reason
        office.take(office.event(type_, subject, time=time, **data), read_at=now)
    return office


@settings(max_examples=150, deadline=None)
@given(steps)
def test_the_desk_counts_exactly_the_leads_that_are_held_and_that_wait(
    listed: list[tuple[str, str, str, str | None, int, bool]],
) -> None:
    office = play(listed)
    held = [handoff for lead in office.leads.values() if (handoff := lead.open_handoff)]
    assert all(sum(handoff.is_open for handoff in lead.handoffs.values()) <= 1 for lead in office.leads.values())
    owners = Counter(handoff.owner for handoff in held if handoff.owner)
    waiting = Counter(handoff.pool for handoff in held if handoff.status == "waiting")
    assert {rep: state.open for rep, state in office.desk.reps.items() if state.open} == owners
    assert {pool: state.waiting for pool, state in office.desk.pools.items() if state.waiting} == waiting


@settings(max_examples=150, deadline=None)
@given(steps)
def test_no_event_is_told_twice_and_every_decision_can_be_decided_again(
    listed: list[tuple[str, str, str, str | None, int, bool]],
) -> None:
    office = play(listed)
    assert len({event.id for event in office.events}) == len(office.events)
    assert [redecide(record) for record in office.records] == [record.chosen for record in office.records]
    stored = TypeAdapter(LeadRouting)
    assert all(stored.validate_json(stored.dump_json(lead)) == lead for lead in office.leads.values())


@settings(max_examples=100, deadline=None)
@given(steps)
def test_only_running_handoffs_have_running_clocks(
    listed: list[tuple[str, str, str, str | None, int, bool]],
) -> None:
    for lead in play(listed).leads.values():
        handoff = lead.open_handoff
        for clock in lead.clocks:
            is_of_handoff = handoff is not None and (clock.team, clock.cycle) == (handoff.team, handoff.cycle)
            assert is_of_handoff or clock.status == "breached" or not (clock.ladder or clock.warns)
