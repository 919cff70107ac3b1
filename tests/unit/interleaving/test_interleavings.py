"""Facts converge: however the services' readings interleave, stages, scores and counts come out the same.

Any merge of the topics that keeps each lead's order within a topic is allowed; decisions may differ, and each follows
from what is recorded with it (DESIGN, "What the same means").
"""

from collections.abc import Sequence
from datetime import timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from services.offline.shell import OfflineShell
from services.routing.state import LeadRouting
from shared.events import Event
from shared.events.derived import LeadQualified
from shared.playbook import PlaybookFolder
from shared.topics import LEAD_ACTIVITY, LEAD_HANDOFF, LEAD_QUALIFIED
from tests.support.comparing import facts_of
from tests.unit.interleaving.drawing import EXAMPLES, merged, merged_while_rules_change
from tests.unit.interleaving.merging import Merged, Place, Step
from tests.unit.interleaving.playbooks import COMPANIES, THREE_TEAMS
from tests.unit.interleaving.stories import lives, told

FOLDERS = st.sampled_from(COMPANIES)
BY_SERVICE = ("scoring", "routing", "alerts", "kpi")
BEHIND_ROUTING = ("routing", "scoring", "alerts", "kpi")
ALL_PUBLISHED = timedelta(hours=3)


def played(folder: PlaybookFolder, activities: Sequence[Event]) -> OfflineShell:
    shell = OfflineShell(folder, lambda _: None)
    for event in dict.fromkeys(activities):
        shell.play(event)
    return shell


def facts(world: Merged | OfflineShell) -> dict[str, object]:
    """What is a function of the leads' activities alone."""
    told_of = facts_of(world.scoring.leads, world.routing.leads, world.kpi.counts)
    return {
        "scores": told_of.scores,
        "stages": told_of.stages,
        "counts": told_of.counts,
        "known to routing": {lead: _known_to_routing(state) for lead, state in world.routing.leads.items()},
        "known to alerts": {
            lead: (state.stage, state.cycle, state.entered_at, state.consent, state.left_at, state.promises)
            for lead, state in world.alerts.leads.items()
        },
    }


def _known_to_routing(state: LeadRouting) -> object:
    what_they_are = state.profile, state.source, state.brought_by, state.filled
    return what_they_are, state.qualified, state.touches, state.standing


def qualifications(world: Merged) -> set[Event]:
    derived = (event for (topic, _), log in world.logs.items() if topic == LEAD_QUALIFIED for event in log)
    return {event for event in derived if isinstance(event.data, LeadQualified)}


@pytest.mark.row(27)
@settings(max_examples=EXAMPLES)
@given(FOLDERS, lives(), st.data())
def test_whatever_is_read_first_the_facts_come_out_the_same(
    folder: PlaybookFolder, activities: list[Event], data: st.DataObject
) -> None:
    one, other = merged(folder, activities, data), merged_while_rules_change(folder, activities, data)
    assert facts(one) == facts(other) == facts(played(folder, activities))
    assert qualifications(one) == qualifications(other)


def reading_first(activities: Sequence[Event], *services: str) -> Merged:
    """Every service reads all that there is before the next one does; activities before what was derived of them."""
    world = Merged(THREE_TEAMS, activities)

    def choose(places: Sequence[Place]) -> Step:
        place = min(places, key=lambda each: (services.index(each[0]), each[1] != LEAD_ACTIVITY))
        return Step(ALL_PUBLISHED, (), place, 100)

    world.play(choose)
    return world


def won_by_two() -> list[Event]:
    """A lead that is passed on and won, though another tool has reported it lost."""
    return [
        told("demo.requested", 0),
        told("lead.sales_qualified", 1, rep_id="aoki", problem="在庫"),
        told("opportunity.won", 2, rep_id="chiba", opportunity_id="o1"),
        told("opportunity.lost", 1, rep_id="chiba", opportunity_id="o1"),
    ]


@pytest.mark.parametrize("first", BY_SERVICE)
def test_a_win_read_before_the_qualification_that_led_to_it_ends_in_the_same_stages(first: str) -> None:
    others = [service for service in BY_SERVICE if service != first]
    world = reading_first(won_by_two(), first, *others)
    assert facts(world) == facts(reading_first(won_by_two(), *BY_SERVICE))
    entries = world.routing.leads["lead-1"].stages
    found = {key: told.entry.implied for key, told in entries.items() if not told.retracted}
    assert found["1:mql"] is False


def test_a_stage_that_was_implied_is_told_anew_when_its_qualification_is_read() -> None:
    world = reading_first(won_by_two(), *BEHIND_ROUTING)
    mql = [event for event in world.logs[LEAD_HANDOFF, "lead-1"] if event.data.value("to") == "mql"]
    assert [event.data.value("implied") for event in mql] == [True, False]
    assert [event.data.value("revision") for event in mql] == [0, 1]


def test_a_stage_told_in_the_wrong_cycle_is_taken_back_when_the_qualification_before_the_recycling_is_read() -> None:
    activities = [
        told("demo.requested", 0),
        told("lead.recycled", 1, rep_id="aoki", reason="not_now"),
        told("lead.sales_qualified", 2, rep_id="aoki", problem="在庫"),
    ]
    world = reading_first(activities, *BEHIND_ROUTING)
    sql = [event for event in world.logs[LEAD_HANDOFF, "lead-1"] if event.data.value("to") == "sql"]
    assert [(event.data.value("cycle"), bool(event.data.value("retracted"))) for event in sql] == [
        (1, False),
        (2, False),
        (1, True),
    ]
    assert facts(world) == facts(reading_first(activities, *BY_SERVICE))
