"""Decisions are made once, follow from what is recorded with them, and are understood alike by all who read of them."""

from collections import Counter
from collections.abc import Sequence
from datetime import timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from services.kpi.counting import counts
from services.offline.desks import KpiDesk
from services.routing.records import redecide
from shared.events import Event
from shared.playbook import PlaybookFolder
from shared.topics import LEAD_HANDOFF
from tests.unit.interleaving import checking
from tests.unit.interleaving.drawing import EXAMPLES, merged, merged_while_rules_change
from tests.unit.interleaving.merging import TIMED, Merged, Place, Step
from tests.unit.interleaving.playbooks import COMPANIES, THREE_TEAMS
from tests.unit.interleaving.stories import lives, told

FOLDERS = st.sampled_from(COMPANIES)


@settings(max_examples=EXAMPLES)
@given(FOLDERS, lives(), st.data())
def test_whatever_is_read_first_each_decision_follows_from_its_record_and_nobody_shares_a_lead(
    folder: PlaybookFolder, activities: list[Event], data: st.DataObject
) -> None:
    world = merged_while_rules_change(folder, activities, data)
    assert [record for record in world.routing.records if redecide(record) != record.chosen] == []
    assert checking.attempts_with_several_owners(world) == []
    for lead in world.routing.leads.values():
        assert sum(handoff.is_open for handoff in lead.handoffs.values()) <= 1
    _is_counted_rightly(world)
    _is_told_once(world)


def _is_counted_rightly(world: Merged) -> None:
    """Who holds how much, and the turns of each pool, agree with the leads."""
    desk = world.routing._desk
    open_now = Counter({name: rep.open for name, rep in desk.reps.items() if rep.open})
    waiting = Counter({name: pool.waiting for name, pool in desk.pools.items() if pool.waiting})
    assert (open_now, waiting) == checking.open_work(world)
    assert [sum(pool.balances.values()) for pool in desk.pools.values()] == [0] * len(desk.pools)


def _is_told_once(world: Merged) -> None:
    """No id of an event stands for two things, and nothing is told twice."""
    ids = Counter((event.source, event.id) for event in checking.derived(world))
    assert [identity for identity, times in ids.items() if times > 1] == []


@settings(max_examples=EXAMPLES)
@given(FOLDERS, lives(), st.data())
def test_whatever_is_read_first_a_deadline_is_told_of_in_order_and_what_was_done_in_time_is_no_breach(
    folder: PlaybookFolder, activities: list[Event], data: st.DataObject
) -> None:
    world = merged(folder, activities, data)
    for lead, state in world.routing.leads.items():
        for life in checking.by_clock(world, lead).values():
            assert checking.faults_of_clock(life) == []
            assert checking.actions_in_time(world, lead, life) == []
            assert checking.breached_by_our_lag(world, life) == []
        for clock in checking.unended(world, lead):
            held = state.handoffs[clock.team]
            assert held.is_open
            assert (held.cycle, held.attempt, held.owner) == (clock.cycle, clock.attempt, clock.owner)


@settings(max_examples=EXAMPLES)
@given(FOLDERS, lives(), st.data())
def test_whatever_is_read_first_all_services_know_the_same_stages_owners_and_deadlines(
    folder: PlaybookFolder, activities: list[Event], data: st.DataObject
) -> None:
    world = merged_while_rules_change(folder, activities, data)
    for lead in world.routing.leads:
        assert checking.told_by_revision(world, lead) == checking.known_by_routing(world, lead)
        unended = checking.unended(world, lead)
        seen = Counter((clock.id, clock.team, clock.cycle, clock.attempt, clock.status) for clock in unended)
        assert checking.unended_by_kpi(world, lead) == seen
    for lead, handoff in checking.handoffs(world):
        assert checking.seen_by_kpi(world, lead, handoff) == checking.seen_by_routing(handoff)
        assert checking.seen_by_alerts(world, lead, handoff) == checking.seen_by_routing(handoff)


@pytest.mark.row(27)
@settings(max_examples=EXAMPLES)
@given(FOLDERS, lives(), st.data())
def test_the_numbers_of_the_same_topics_read_in_another_order_are_the_same(
    folder: PlaybookFolder, activities: list[Event], data: st.DataObject
) -> None:
    world = merged(folder, activities, data)
    again = _counted_anew(world, folder, data)
    assert again.leads == world.kpi.leads
    assert _but_zeros(again.counts) == _but_zeros(world.kpi.counts)
    whole = sum((counts(facts, again.playbook) for facts in again.leads.values()), start=Counter())
    assert _but_zeros(again.counts) == whole


def test_what_was_done_in_time_and_read_after_the_deadline_is_no_breach() -> None:
    accepted = told("lead.accepted", 1, rep_id="aoki")
    world = Merged(THREE_TEAMS, [told("demo.requested", 0), accepted])

    def choose(places: Sequence[Place]) -> Step:
        lags = timedelta(hours=10) if world.now == accepted.time else timedelta(0)
        return Step(lags, TIMED, places[0], 1)

    world.play(choose)
    clocks = [event.type for event in world.logs[LEAD_HANDOFF, "lead-1"] if event.type.startswith("clock.")]
    assert clocks == ["clock.started", "clock.warned", "clock.met"]


def _counted_anew(world: Merged, folder: PlaybookFolder, data: st.DataObject) -> KpiDesk:
    desk, taken = KpiDesk(folder), set[tuple[str, str]]()
    left = [list(log) for (topic, _), log in sorted(world.logs.items()) if topic in desk.reads and log]
    while left:
        log = data.draw(st.sampled_from(left))
        for event in (log.pop(0) for _ in range(min(len(log), data.draw(st.sampled_from([1, 3, 100]))))):
            if (event.source, event.id) not in taken:
                taken.add((event.source, event.id))
                desk.apply(event, world.now)
        left = [log for log in left if log]
    return desk


def _but_zeros(found: Counter[object]) -> dict[object, int]:
    return {cell: n for cell, n in found.items() if n}
