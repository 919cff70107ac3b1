"""Facts converge: however the services' readings interleave, stages, scores and counts come out the same.

Any merge of the topics that keeps each lead's order within a topic is allowed; decisions may differ, and each follows
from what is recorded with it (DESIGN, "What the same means").
"""

import os
from datetime import timedelta

from hypothesis import given, settings
from hypothesis import strategies as st

from services.offline.shell import OfflineShell
from services.routing.records import redecide
from shared.events import Event
from shared.playbook import PlaybookFolder
from tests.support.comparing import Facts, facts_of
from tests.unit.interleaving.merging import Merged
from tests.unit.interleaving.stories import START, lives

EXAMPLES = int(os.environ.get("BATON_TEST_EXAMPLES", "40"))
NOW = START + timedelta(days=4)
"""All that is told has happened by then."""
RULES = PlaybookFolder.of(
    {
        "company.yaml": "{name: 青葉, timezone: Asia/Tokyo}",
        "scoring.yaml": """
engagement: {groups: [{id: c, rules: [{id: paper, on: content.downloaded, points: 20, repeat: {once_per: asset_id}}]}]}
mql: {threshold: 40, instant: [demo.requested], rearm_below: 10}
""",
        "routing.yaml": """
teams: [is, fs, cs]
reps:
  - {id: aoki, team: is, daily_cap: 2}
  - {id: baba, team: [is, fs]}
  - {id: chiba, team: fs}
  - {id: endo, team: cs}
pools:
  - {id: is-all, team: is, members: [aoki, baba]}
  - {id: fs-all, team: fs, members: [baba, chiba]}
  - {id: cs-all, team: cs, members: [endo]}
rules:
  - {id: is-owned, team: is, owner: account, pool: is-all}
  - {id: is-rest, team: is, pool: is-all}
  - {id: fs-rest, team: fs, pool: fs-all}
  - {id: cs-rest, team: cs, pool: cs-all}
handovers: [{from: is, to: fs, definition: 課題がわかる, fields: [problem], when_missing: refuse}]
actions_by_others: refuse
""",
        "sla.yaml": """
clocks:
  - id: accept
    team: is
    stops: [lead.accepted, lead.rejected]
    within: 4h
    warn: [2h]
    on_breach: [{after: 1h, reassign: pool}, {after: 8h, notify: manager}]
  - id: next_touch
    team: fs
    starts: [opportunity.opened]
    stops: [call.connected]
    pauses: [lead.snoozed]
    resumes: [web.visited]
    within: 1bd
""",
        "alerts.yaml": "stale: [{stage: mql, after: 2bd}]",
        "kpi.yaml": "{}",
    }
)


def merged(events: list[Event], data: st.DataObject) -> Merged:
    """The events read in an order that is drawn."""
    world = Merged(RULES, NOW)
    world.append(events)
    world.play(lambda places: (data.draw(st.sampled_from(places)), data.draw(st.booleans())))
    return world


def played(events: list[Event]) -> OfflineShell:
    shell = OfflineShell(RULES, lambda _: None)
    for event in dict.fromkeys(events):
        shell.play(event)
    return shell


def facts(world: Merged | OfflineShell) -> Facts:
    return facts_of(world.scoring.leads, world.routing.leads, world.kpi.counts)


@settings(max_examples=EXAMPLES)
@given(lives(), st.data())
def test_whatever_is_read_first_the_facts_come_out_the_same(events: list[Event], data: st.DataObject) -> None:
    one, other = merged(events, data), merged(events, data)
    assert facts(one) == facts(other) == facts(played(events))


@settings(max_examples=EXAMPLES)
@given(lives(), st.data())
def test_whatever_is_read_first_each_decision_follows_from_its_record_and_nobody_shares_a_lead(
    events: list[Event], data: st.DataObject
) -> None:
    world = merged(events, data)
    assert [record for record in world.routing.records if redecide(record) != record.chosen] == []
    for lead in world.routing.leads.values():
        assert sum(handoff.is_open for handoff in lead.handoffs.values()) <= 1
    attempts = [
        (one.lead, one.team, one.cycle, one.attempt)
        for one in world.routing.records
        if one.kind in ("assigned", "reassigned")
    ]
    assert len(attempts) == len(set(attempts)), "two owners in one attempt"


@settings(max_examples=EXAMPLES)
@given(lives(), st.data())
def test_whatever_is_read_first_no_event_id_stands_for_two_things(events: list[Event], data: st.DataObject) -> None:
    world = merged(events, data)
    told: dict[tuple[str, str], Event] = {}
    for log in world.logs.values():
        for event in log:
            assert told.setdefault((event.source, event.id), event) == event
