"""Properties of scores over any lead: against a slow oracle, and whatever the order of arrival."""

import json
from datetime import timedelta
from decimal import Decimal

from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import TypeAdapter

from services.scoring.contributions import Score, assess
from services.scoring.domain import apply, on_due
from services.scoring.estimate import reaches
from services.scoring.instants import to_microseconds
from services.scoring.state import LeadScore
from shared.events.lifecycle import order_key
from tests.unit.scoring.scoring_leads import HOUR, NOON, activity, live, playbook
from tests.unit.scoring.scoring_oracle import slow_score

FILE = {
    "fit": {
        "cap": 30,
        "floor": -5,
        "rules": [
            {"id": "leader", "when": {"field": "title_level", "op": "eq", "value": "director"}, "points": 25.5},
            {"id": "it", "when": {"field": "industry", "op": "eq", "value": "it"}, "points": 10},
            {"id": "rival", "when": {"field": "competitor", "op": "eq", "value": True}, "points": -40},
        ],
    },
    "engagement": {
        "cap": 90,
        "floor": 0,
        "half_life": "7d",
        "keep": 4,
        "groups": [
            {
                "id": "content",
                "cap": 40,
                "rules": [
                    {"id": "case", "on": "content.downloaded", "points": 15, "repeat": {"once_per": "asset_id"}},
                    {"id": "any", "on": "content.downloaded", "points": 0.1, "half_life": "36h"},
                    {"id": "rate", "on": "content.downloaded", "points": 3, "repeat": {"at_most": 2, "per": "2d"}},
                    {"id": "first", "on": "content.downloaded", "points": 1.25, "repeat": "once", "half_life": None},
                ],
            },
            {
                "id": "seen",
                "floor": -12,
                "rules": [
                    {
                        "id": "seminar",
                        "on": ["seminar.attended", "our.webinar"],
                        "points": 30,
                        "window": "3d",
                        "repeat": {"at_most": 4, "per": "1d"},
                        "keep": 2,
                    },
                    {
                        "id": "jobs",
                        "on": "web.visited",
                        "when": {"field": "page", "op": "eq", "value": "careers"},
                        "points": -7.3,
                        "repeat": {"at_most": 6, "per": "5d"},
                    },
                ],
            },
        ],
    },
    "mql": {"threshold": 45, "instant": ["demo.requested"], "rearm_below": 20},
}
RULES = playbook(json.dumps(FILE))
NOBODY = playbook(json.dumps({**FILE, "mql": {"threshold": 1_000_000}}))
"""The same rules under which nobody qualifies."""
STATE = TypeAdapter(LeadScore)
unhurried = settings(deadline=None)

DATA = {
    "content.downloaded": st.fixed_dictionaries(
        {}, optional={"asset_id": st.sampled_from("abc"), "account_id": st.sampled_from(["acme", "beta"])}
    ),
    "seminar.attended": st.just({}),
    "our.webinar": st.just({}),
    "web.visited": st.fixed_dictionaries({}, optional={"page": st.sampled_from(["careers", "top"])}),
    "profile.updated": st.fixed_dictionaries(
        {},
        optional={
            "title_level": st.sampled_from(["director", "staff"]),
            "industry": st.sampled_from(["it", "food"]),
            "competitor": st.booleans(),
        },
    ),
    "demo.requested": st.just({}),
    "call.connected": st.just({}),
    "opportunity.won": st.just({"opportunity_id": "o-1"}),
    "lead.rejected": st.just({"reason": "too early"}),
    "lead.recycled": st.just({"reason": "too early"}),
    "rescore.requested": st.just({}),
    "call.attempted": st.fixed_dictionaries({}, optional={"account_id": st.just("gamma"), "backfill": st.booleans()}),
}


@st.composite
def activities(draw):
    kind = draw(st.sampled_from(["content.downloaded"] * 4 + ["seminar.attended"] * 2 + list(DATA)))
    at = NOON + draw(st.integers(0, 40)) * 6 * HOUR + timedelta(microseconds=draw(st.sampled_from([0, 0, 0, 1])))
    name, source = draw(st.integers(0, 10_000)), draw(st.sampled_from(["urn:a", "urn:b"]))
    return activity(kind, at, event_id=f"x{name}", source=source, **draw(DATA[kind]))


def identity(event):
    return event.source, event.id


histories = st.lists(activities(), min_size=1, max_size=30, unique_by=identity)


def points(micro: int) -> Decimal:
    return Decimal(micro) / 1_000_000


def of(lead: LeadScore) -> Score:
    return assess(lead, RULES, lead.latest)


@unhurried
@given(histories)
def test_the_score_is_what_the_rules_say_word_for_word(events):
    lead, _ = live(RULES, events)
    found = of(lead)
    assert (points(found.fit), points(found.engagement)) == slow_score(FILE, events, max(e.time for e in events))


@unhurried
@given(histories, st.integers(0, 400))
def test_the_score_as_of_a_later_time_is_what_the_rules_say_word_for_word(events, hours):
    lead, _ = live(RULES, events)
    as_of = max(e.time for e in events) + hours * HOUR
    found = assess(lead, RULES, to_microseconds(as_of))
    assert (points(found.fit), points(found.engagement)) == slow_score(FILE, events, as_of)


@unhurried
@given(histories, st.randoms(use_true_random=False))
def test_the_score_does_not_depend_on_the_order_of_arrival(events, rnd):
    one, other = live(RULES, rnd.sample(events, len(events)))[0], live(RULES, events)[0]
    assert of(one) == of(other)
    assert (one.account, one.is_live) == (other.account, other.is_live)


@unhurried
@given(histories, st.randoms(use_true_random=False))
def test_an_event_sent_twice_counts_once(events, rnd):
    twice = events + rnd.sample(events, len(events) // 2)
    assert live(RULES, twice) == live(RULES, events)


@unhurried
@given(histories, st.data())
def test_a_kept_state_and_the_rest_give_what_the_whole_gives(events, data):
    cut = data.draw(st.integers(0, len(events)))
    before, first = live(RULES, events[:cut])
    kept = STATE.validate_json(STATE.dump_json(before))
    after, second = live(RULES, events[cut:], kept, events[:cut])
    assert kept == before
    assert (after, first + second) == live(RULES, events)


@unhurried
@given(histories)
def test_refolding_changes_nothing_that_was_counted_in_order(events):
    in_time = sorted(events, key=order_key)
    once = live(RULES, in_time)[0]
    late = live(RULES, [*in_time[1:], in_time[0]])[0]
    assert (once.counted, once.profile, once.fit) == (late.counted, late.profile, late.fit)


@unhurried
@given(histories)
def test_the_parts_sum_exactly_to_the_score(events):
    found = of(live(RULES, events)[0])
    written = [Decimal(str(line.value / 1_000_000)) for line in found.lines]
    assert sum(written, Decimal(0)) == Decimal(str(found.total / 1_000_000))


@unhurried
@given(histories, st.lists(st.integers(0, 40), max_size=4))
def test_requests_of_operators_move_no_score_no_profile_and_no_stage(events, hours):
    asked = [activity("rescore.requested", NOON + n * 6 * HOUR, event_id=f"r{n}") for n in set(hours)]
    of_leads = [event for event in events if event.type != "rescore.requested"]
    with_requests, without = live(NOBODY, [*of_leads, *asked])[0], live(NOBODY, of_leads)[0]
    at = max(with_requests.latest, without.latest)
    assert assess(with_requests, NOBODY, at) == assess(without, NOBODY, at)
    facts = ("profile", "fit", "account", "lead_source", "stage", "cycle", "wins", "is_live")
    assert [getattr(with_requests, name) for name in facts] == [getattr(without, name) for name in facts]


@settings(max_examples=300, deadline=None)
@given(histories)
def test_a_request_qualifies_only_whom_the_threshold_admits_and_nobody_has_in_hand(events):
    lead, log = live(NOBODY, events)[0], list(events)
    asked = activity("rescore.requested", lead.as_of, event_id="asked")
    after = apply(lead, asked, RULES, log)
    told = [event for event in after.events if event.type == "lead.qualified"]
    enough = assess(after.state, RULES, lead.latest).total >= 45_000_000
    assert bool(told) == (enough and lead.stage in {"lead", "lost", "disqualified", "churned"})
    assert all(event.data.value("backfill") is not lead.is_live for event in told)
    assert apply(after.state, asked.model_copy(update={"id": "again"}), RULES).events == ()


@unhurried
@given(histories)
def test_caps_and_floors_hold(events):
    found = of(live(RULES, events)[0])
    assert -5_000_000 <= found.fit <= 30_000_000
    assert 0 <= found.engagement <= 90_000_000
    assert found.groups["content"] <= 40_000_000
    assert found.groups["seen"] >= -12_000_000


@unhurried
@given(histories, st.integers(0, 200), st.integers(-50, 50))
def test_the_quick_comparison_agrees_with_the_exact_score(events, hours, offset):
    lead, _ = live(RULES, events)
    at = lead.latest + hours * 3_600_000_000
    exact = assess(lead, RULES, at).total
    assert reaches(lead, RULES, at, exact + offset) is (offset <= 0)


@settings(max_examples=300, deadline=None)
@given(histories)
def test_a_lead_qualifies_at_most_once_for_each_cycle_and_win_unless_it_was_given_back(events):
    lead, emitted = live(RULES, [e for e in events if e.type != "lead.rejected"])
    keys = [(past.cycle, past.wins) for past in lead.qualified]
    assert len(keys) == len(set(keys)) == sum(e.type == "lead.qualified" for e in emitted)
    assert len({event.id for event in emitted}) == len(emitted)


@settings(max_examples=300, deadline=None)
@given(histories)
def test_every_fall_below_the_threshold_by_time_alone_is_told_and_nothing_else(events):
    in_time = sorted(events, key=order_key)
    lead = LeadScore()
    for event in [activity("demo.requested", NOON - HOUR, event_id="first"), *in_time]:
        before, at = assess(lead, RULES, lead.latest).total, to_microseconds(event.time)
        fell = before >= 45_000_000 > assess(lead, RULES, at).total
        decided = apply(lead, event, RULES)
        told = [to_microseconds(one.time) for one in decided.events if one.type == "lead.cooled"]
        assert bool(told) or not (fell and lead.has_qualified)
        assert all(
            before >= 45_000_000 > assess(lead, RULES, moment).total and lead.latest < moment <= at for moment in told
        )
        lead = decided.state


@unhurried
@given(histories, st.integers(0, 60), st.integers(0, 60))
def test_a_timer_tells_the_very_fall_that_the_next_activity_would_tell(events, days, more):
    lead, _ = live(RULES, sorted(events, key=order_key))
    later = activity("call.attempted", lead.as_of + (days + more) * 24 * HOUR, event_id="later")
    by_activity = apply(lead, later, RULES)
    timed = on_due(lead, "lead-1", lead.as_of + days * 24 * HOUR, RULES)
    after = apply(timed.state, later, RULES)
    cooled = [event for event in by_activity.events if event.type == "lead.cooled"]
    assert [event for event in (*timed.events, *after.events) if event.type == "lead.cooled"] == cooled
    assert after.state == by_activity.state
