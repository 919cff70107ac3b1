"""Stage facts are a function of the set of moves, in whatever order the topics are read."""

from collections.abc import Sequence
from datetime import timedelta
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.routing import domain
from services.routing.desk import Desk
from services.routing.rules import RoutingRules
from services.routing.stages import MOST_REFUSED
from services.routing.state import LeadRouting
from shared.events import Event
from shared.events.derived import StageChanged, StageRefused
from shared.events.lifecycle import MOVES
from tests.unit.routing.routing_office import MONDAY, Office, at, only, types

RULES = RoutingRules(teams={"is": None, "fs": None, "cs": None})
Facts = dict[tuple[object, ...], dict[str, object]]


def facts(events: Sequence[Event]) -> Facts:
    """What a reader knows who keeps the highest revision of each key."""
    latest: dict[tuple[object, ...], Event] = {}
    for event in events:
        match event.data:
            case StageChanged() as data:
                key: tuple[object, ...] = (data.cycle, data.to)
            case StageRefused() as data:
                key = (data.refused_source, data.refused_id)
            case _:
                continue
        assert key not in latest or data.revision > revision_of(latest[key])
        latest[key] = event
    return {
        key: {**event.data.model_dump(exclude={"revision"}), "time": event.time}
        for key, event in latest.items()
        if not event.data.value("retracted")
    }


def revision_of(event: Event) -> int:
    return int(str(event.data.value("revision")))


def fold(events: Sequence[Event]) -> list[Event]:
    state, told = LeadRouting("lead-1"), list[Event]()
    for event in events:
        routed = domain.apply(state, event, at("23:00"), Desk(), RULES)
        state = routed.state
        told += routed.events
    return told


def move(number: int, type_: str, minute: int, *, backfill: bool = False) -> Event:
    data: dict[str, object] = {"backfill": backfill, "reason": "r"}
    if type_ == "lead.qualified":
        data |= {"score": 80, "fit": 1, "engagement": 1, "cycle": 1, "reason": "threshold", "cause_id": "a"}
    time = MONDAY + timedelta(minutes=minute)
    fields = {"id": f"m{number}", "source": "urn:t", "type": type_, "subject": "lead-1", "time": time}
    return Event.model_validate({**fields, "data": data})


moves = st.lists(st.tuples(st.sampled_from(MOVES), st.integers(0, 6), st.booleans()), min_size=1, max_size=12).map(
    lambda listed: [move(number, name, minute, backfill=old) for number, (name, minute, old) in enumerate(listed)]
)


@given(moves, st.randoms(use_true_random=False))
def test_any_order_of_arrival_ends_in_the_same_facts(events: list[Event], random: Random) -> None:
    shuffled = list(events)
    random.shuffle(shuffled)
    assert facts(fold(events)) == facts(fold(shuffled))


@given(moves)
def test_no_two_events_have_the_same_id(events: list[Event]) -> None:
    told = fold(events)
    assert len({event.id for event in told}) == len(told)


def test_a_skipped_stage_is_implied_until_its_own_event_is_read() -> None:
    office = Office()
    told = office.tell("lead.sales_qualified", "10:00", rep_id="aoki")
    assert [(event.data.value("to"), event.data.value("implied")) for event in told[:2]] == [
        ("mql", True),
        ("sql", False),
    ]
    late = office.event("lead.qualified", time=at("09:00"))
    told = office.take(late, read_at=at("10:01"))
    mql = facts(told)[1, "mql"]
    assert (mql["implied"], mql["time"], revision_of(told[0])) == (False, at("09:00"), 1)
    assert office.owner() == "chiba"


def test_a_move_that_the_table_does_not_allow_is_told_and_later_retracted() -> None:
    office = Office()
    refused = only(office.tell("lead.returned", "11:00", rep_id="chiba"), "stage.refused")
    assert (refused.data.value("reason"), refused.time) == ("not allowed from lead", at("11:00"))
    early = office.event("lead.sales_qualified", time=at("10:00"))
    told = office.take(early, read_at=at("11:01"))
    retracted = only(told, "stage.refused").data
    assert (retracted.value("retracted"), retracted.value("revision")) == (True, 1)
    assert office.leads["lead-1"].standing.stage == "mql"


def test_a_refusal_that_was_retracted_is_told_again_when_it_holds_after_all() -> None:
    office = Office()
    office.tell("lead.qualified", "09:00")
    told = office.tell("lead.returned", "11:00")
    for type_, clock in (("lead.sales_qualified", "10:00"), ("lead.returned", "10:30")):
        told += office.take(office.event(type_, time=at(clock)), read_at=at("12:00"))
    refusals = [event.data for event in told if event.type == "stage.refused"]
    assert [(data.value("revision"), data.value("retracted")) for data in refusals] == [
        (0, False),
        (1, True),
        (2, False),
    ]


def test_an_entry_that_turned_out_not_to_have_happened_is_retracted() -> None:
    office = Office()
    office.tell("lead.qualified", "09:00")
    office.tell("opportunity.opened", "11:00")
    early = office.event("lead.disqualified", time=at("10:00"))
    told = office.take(early, read_at=at("12:00"))
    gone = [event.data.value("to") for event in told if event.data.value("retracted")]
    assert gone == ["sql", "opportunity"]
    assert office.owner() is None


@pytest.mark.parametrize("type_", ["web.visited", "content.downloaded", "product.used", "company.own"])
def test_what_concerns_no_owner_changes_nothing(type_: str) -> None:
    office = Office()
    state = LeadRouting("lead-1")
    event = office.event(type_, time=at("09:00"))
    assert not domain.needs_desk(event)
    assert domain.apply(state, event, at("09:00"), Desk(), RULES).state is state


def test_what_a_profile_says_is_what_was_told_last_by_its_own_time() -> None:
    office = Office()
    newer = office.event("profile.updated", time=at("10:00"), title="部長", company="A")
    older = office.event("profile.updated", time=at("09:00"), title="課長", industry="製造")
    for event in (newer, older):
        assert types(office.take(event)) == []
    told = {name: value.value for name, value in office.leads["lead-1"].profile.items()}
    assert told == {"title": "部長", "company": "A", "industry": "製造"}


def test_a_tool_that_tells_of_one_win_every_hour_does_not_make_the_state_grow() -> None:
    office = Office()
    for hour in range(3 * MOST_REFUSED):
        time = MONDAY + timedelta(hours=hour)
        office.take(office.event("opportunity.won", time=time, opportunity_id="o1"))
    state = office.leads["lead-1"]
    assert (len(state.moves), len(state.refusals)) == (MOST_REFUSED + 1, MOST_REFUSED)
    assert not any(event.data.value("retracted") for event in office.events)
