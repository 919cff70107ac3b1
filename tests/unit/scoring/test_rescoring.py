"""An operator has leads judged by the playbook in force, without waiting for their next activity."""

import pytest

from services.scoring.contributions import assess
from services.scoring.domain import apply, needs_history
from services.scoring.explain import cause_of, disagreements, score_at_qualification
from services.scoring.instants import to_microseconds
from services.scoring.state import LeadScore
from tests.unit.scoring.scoring_leads import DAY, HOUR, NOON, activity, download, live, playbook, qualified

STRICT = "threshold: 100, unless: {field: competitor, op: eq, value: true}, instant: [demo.requested]"
RULES = "engagement: {groups: [{id: g, rules: [{id: paper, on: content.downloaded, points: 31}]}]}\nmql: {MQL}"
BEFORE = playbook(RULES.replace("MQL", STRICT))
NOW = playbook(RULES.replace("MQL", STRICT.replace("100", "60")))
READ = [download(NOON), download(NOON + DAY)]
LATER = NOON + 2 * DAY


def asked(at=LATER, **data):
    return activity("rescore.requested", at, **data)


def rescored(events, *requests):
    """What the requests give under the new playbook, after the events under the old one."""
    state, told = live(BEFORE, events)
    assert not [event for event in told if event.type == "lead.qualified" and not event.backfill]
    return live(NOW, requests, state, events)


def test_a_lead_that_the_new_rules_find_good_enough_qualifies_on_the_request():
    request = asked()
    state, (event,) = rescored(READ, request)
    assert (event.type, event.data.reason, event.data.score) == ("lead.qualified", "threshold", 62.0)
    assert (event.data.cause_id, event.time) == (request.id, LATER)
    assert state.stage == "mql"


def test_asking_again_qualifies_nobody_twice():
    assert len(rescored(READ, asked(), asked())[1]) == 1


def test_without_a_request_new_rules_qualify_nobody():
    assert rescored(READ, activity("call.attempted", LATER))[1] == []
    assert rescored(READ, activity("web.visited", LATER))[1] == []


@pytest.mark.parametrize(
    "more",
    [
        [activity("profile.updated", NOON, competitor=True)],
        [activity("lead.sales_qualified", NOON + DAY)],
        [activity("opportunity.opened", NOON + DAY, opportunity_id="o1")],
        [activity("opportunity.won", NOON + DAY, opportunity_id="o1")],
    ],
    ids=["blocked", "with Field Sales", "in an opportunity", "a customer"],
)
def test_a_request_overrules_nothing(more):
    assert [event.type for event in rescored([*READ, *more], asked())[1]] == []


@pytest.mark.parametrize(
    "since",
    [
        [activity("lead.sales_qualified", LATER + HOUR)],
        [activity("opportunity.won", LATER + HOUR, opportunity_id="o1")],
        [activity("lead.sales_qualified", LATER + HOUR), activity("lead.recycled", LATER + DAY)],
    ],
    ids=["with Field Sales", "a customer", "recycled"],
)
def test_a_request_for_a_lead_that_has_moved_on_since_asks_for_nothing(since):
    assert [event.type for event in rescored([*READ, *since], asked())[1]] == []


def test_an_mql_that_people_passed_on_is_not_taken_from_them_by_a_request():
    returned = [activity("lead.sales_qualified", NOON + DAY), activity("lead.returned", NOON + DAY + HOUR)]
    state, told = rescored([*READ, *returned], asked())
    assert (state.stage, told) == ("mql", [])


@pytest.mark.parametrize(
    ("before", "end", "stage"),
    [
        ([activity("lead.sales_qualified", NOON)], activity("lead.recycled", NOON + DAY), "lead"),
        ([], activity("lead.disqualified", NOON + DAY), "disqualified"),
        ([activity("opportunity.opened", NOON)], activity("opportunity.lost", NOON + DAY), "lost"),
    ],
    ids=["recycled", "disqualified", "lost"],
)
def test_a_lead_whose_last_cycle_has_ended_qualifies_on_a_request_for_its_next_one(before, end, stage):
    events = [*READ, *before, end]
    assert live(BEFORE, events)[0].stage == stage
    state, (event,) = rescored(events, asked())
    assert (event.data.cycle, state.stage, state.cycle) == (2, "mql", 2)


def test_a_request_is_never_instant_whatever_the_rules_name():
    named = playbook(RULES.replace("MQL", "threshold: 100, instant: [rescore.requested]"))
    assert [event.type for event in live(named, [*READ, asked()])[1]] == []


def test_a_request_that_comes_late_is_answered_as_well():
    state, told = live(BEFORE, READ)
    call = activity("call.attempted", LATER + DAY)
    state, told = live(NOW, [call, asked(LATER)], state, READ)
    assert [(event.type, event.time) for event in told] == [("lead.qualified", LATER)]
    assert state.latest == to_microseconds(LATER + DAY)


def test_a_lead_that_qualified_on_a_request_is_counted_anew_to_the_last_digit():
    request = asked()
    state, (event,) = rescored(READ, request)
    log = [*READ, request]
    assert disagreements(state, log, NOW) == []
    assert cause_of(state.qualified[0], log) == request
    assert score_at_qualification(state.qualified[0], log, NOW) == assess(state, NOW, state.latest)
    assert event.data.score == assess(state, NOW, state.latest).total / 1_000_000


def test_a_lead_below_the_threshold_is_left_where_it_is():
    assert rescored(READ[:1], asked())[1] == []


def test_what_is_known_by_backfill_alone_qualifies_as_backfill_and_live_activity_counts_as_ever():
    imported = [download(NOON, backfill=True), download(NOON + DAY, backfill=True)]
    state, (event,) = rescored(imported, asked())
    assert event.backfill
    state, again = live(NOW, [asked(LATER + DAY)], state, imported)
    assert again == []
    (live_one,) = qualified_after(state, download(LATER + 2 * DAY))
    assert not live_one.backfill


def test_a_lead_with_any_live_activity_qualifies_live():
    assert not rescored([download(NOON, backfill=True), READ[1]], asked())[1][0].backfill


def qualified_after(state: LeadScore, event):
    assert not needs_history(state, event, NOW)
    return [one for one in apply(state, event, NOW).events if one.type == "lead.qualified"]


def test_the_account_that_was_named_last_travels_with_the_qualification():
    named = [
        activity("web.visited", NOON + 3 * DAY, account_id="acme"),
        activity("call.attempted", NOON + DAY, account_id="old"),
        download(NOON + 4 * DAY),
        download(NOON + 5 * DAY),
    ]
    for events in (named, [named[1], named[0], *named[2:]]):
        assert qualified(NOW, events)[0].data.account_id == "acme"
    assert qualified(NOW, READ)[0].data.account_id is None
