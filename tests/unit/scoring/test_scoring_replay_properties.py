"""Any rules over any history: checkpoints kept on the way, rules that change on the way, and scores of the past."""

import json
from dataclasses import fields
from datetime import timedelta
from decimal import Decimal

from hypothesis import given
from hypothesis import strategies as st
from pydantic import TypeAdapter

from services.scoring.commands import score_file
from services.scoring.contributions import assess
from services.scoring.domain import apply, needs_history
from services.scoring.instants import to_microseconds
from services.scoring.state import LeadScore
from tests.unit.scoring.scoring_leads import HOUR, NOON, activity, live, playbook
from tests.unit.scoring.scoring_oracle import slow_score

STATE = TypeAdapter(LeadScore)
DECIDED_ONCE = {"version", "qualified", "rearmed", "stage", "cycle", "wins", "cools_at", "cooled_at"}
"""What rests on the qualifications, which are decided once and stay whatever the rules become."""
TYPES = ("content.downloaded", "web.visited", "seminar.attended")

amounts = st.decimals(-40, 60, places=2).map(float)
bounds = st.fixed_dictionaries({}, optional={"cap": st.integers(5, 80), "floor": st.integers(-30, 4)})
fading = st.sampled_from(
    [{}, {"half_life": "36h"}, {"half_life": "7d"}, {"half_life": None}, {"window": "1d"}, {"window": "3d"}]
)
repeats = st.sampled_from(
    ["always", "once", {"once_per": "asset_id"}, {"at_most": 2, "per": "2d"}, {"at_most": 1, "per": "12h"}]
)
conditions = st.sampled_from([{}, {"when": {"field": "asset_id", "op": "eq", "value": "a"}}])


@st.composite
def engagement_rules(draw, name):
    on = draw(st.lists(st.sampled_from(TYPES), min_size=1, max_size=2, unique=True))
    kept = draw(st.sampled_from([{}, {"keep": 1}, {"keep": 1}, {"keep": 3}]))
    return (
        {"id": name, "on": on, "points": draw(amounts), "repeat": draw(repeats)}
        | draw(fading)
        | draw(conditions)
        | kept
    )


@st.composite
def files(draw):
    """A scoring.yaml of up to two fit rules and up to six rules of engagement in up to two groups."""
    fitting = [
        {"id": f"fit{n}", "points": draw(amounts), "when": {"field": "industry", "op": "eq", "value": industry}}
        for n, industry in enumerate(draw(st.lists(st.sampled_from(["it", "food"]), max_size=2)))
    ]
    groups = [
        {"id": f"g{g}", "rules": [draw(engagement_rules(f"r{g}{n}")) for n in range(draw(st.integers(1, 3)))]}
        | draw(bounds)
        for g in range(draw(st.integers(1, 2)))
    ]
    engagement = {"groups": groups, "half_life": draw(st.sampled_from([None, "5d"]))} | draw(bounds)
    mql = {"threshold": draw(st.integers(10, 50)), "rearm_below": 5, "instant": ["demo.requested"]}
    return {"fit": {"rules": fitting} | draw(bounds), "engagement": engagement, "mql": mql}


def loaded(file):
    return playbook(json.dumps(file))


MOVES = ("demo.requested", "opportunity.won", "lead.recycled", "lead.rejected", "call.connected")
TELLING = st.fixed_dictionaries({}, optional={"industry": st.sampled_from(["it", "food", "toys"])})
ABOUT = st.fixed_dictionaries({}, optional={"asset_id": st.sampled_from("abc")})


@st.composite
def activities(draw):
    kind = draw(st.sampled_from([*TYPES * 3, "profile.updated", *MOVES]))
    data = draw(TELLING if kind == "profile.updated" else ABOUT) if kind not in MOVES else {}
    at = NOON + draw(st.integers(0, 14)) * 12 * HOUR + timedelta(microseconds=draw(st.sampled_from([0, 0, 1])))
    name, source = draw(st.integers(0, 10_000)), draw(st.sampled_from(["urn:a", "urn:b"]))
    return activity(kind, at, event_id=f"x{name}", source=source, **data)


def histories_of(length):
    return st.lists(activities(), min_size=length, max_size=length, unique_by=lambda event: (event.source, event.id))


# The length is drawn first: left to itself, a list of up to 25 is mostly one of five.
histories = st.integers(1, 25).flatmap(histories_of)
moments = st.integers(-1, 40).map(lambda halves: NOON + halves * 12 * HOUR)


def facts(lead):
    """What is a function of the set of activities and the rules alone."""
    return {each.name: getattr(lead, each.name) for each in fields(lead) if each.name not in DECIDED_ONCE}


def points(micro):
    return Decimal(micro) / 1_000_000


@given(files(), histories, moments)
def test_the_score_as_of_any_time_is_told_from_the_activities_up_to_it_and_nothing_else(file, events, as_of):
    rules, known = loaded(file), [event for event in events if event.time <= as_of]
    told = list(score_file(events, rules, as_of=as_of))
    assert told == list(score_file(known, rules, as_of=as_of))
    assert bool(told) is bool(known)
    if told:
        fit, engagement = slow_score(file, events, as_of)
        assert (told[0]["fit"], told[0]["engagement"]) == (float(fit), float(engagement))


@given(files(), histories)
def test_what_is_told_sums_exactly_and_keeps_to_every_cap_and_floor(file, events):
    told = next(iter(score_file(events, loaded(file))))
    values = {rule: Decimal(0) for rule in ("cap:fit", "cap:engagement")}
    for line in told["contributions"]:
        values[line["rule"]] = values.get(line["rule"], Decimal(0)) + Decimal(str(line["value"]))
    assert sum(values.values()) == Decimal(str(told["score"])) == points_of(told, "fit") + points_of(told, "engagement")
    for group in file["engagement"]["groups"]:
        ids = [rule["id"] for rule in group["rules"]] + [f"cap:{group['id']}"]
        assert_within(group, sum((values.get(name, Decimal(0)) for name in ids), Decimal(0)))
    assert_within(file["engagement"], points_of(told, "engagement"))
    assert_within(file["fit"], points_of(told, "fit"))


def points_of(told, part):
    return Decimal(str(told[part]))


def assert_within(section, total):
    assert section.get("floor", -(10**9)) <= total <= section.get("cap", 10**9)


@given(files(), histories, st.randoms(use_true_random=False))
def test_any_order_of_arrival_with_any_repetition_ends_in_the_same_facts(file, events, rnd):
    rules = loaded(file)
    arrived = rnd.choices(events, k=2 * len(events)) + rnd.sample(events, len(events))
    assert facts(live(rules, arrived)[0]) == facts(live(rules, sorted(events, key=lambda event: event.time))[0])


@given(files(), histories)
def test_a_late_activity_that_its_history_holds_already_counts_once(file, events):
    rules, lead = loaded(file), LeadScore()
    for done, event in enumerate(events):
        log = events[:done] if needs_history(lead, event, rules) else None
        decided = apply(lead, event, rules, log)
        assert log is None or apply(lead, event, rules, [*log, event.model_copy()]) == decided
        lead = decided.state


@given(files(), histories)
def test_a_state_stored_and_read_back_after_each_activity_goes_on_as_one_that_never_was(file, events):
    rules, kept, told = loaded(file), LeadScore(), []
    for done, event in enumerate(events):
        lead, emitted = live(rules, [event], kept, events[:done])
        kept, told = STATE.validate_json(STATE.dump_json(lead)), told + emitted
    assert (kept, told) == live(rules, events)


@given(files(), files(), histories, st.data())
def test_rules_that_change_on_the_way_leave_the_score_of_the_new_rules_over_the_whole(old, new, events, data):
    cut = data.draw(st.integers(0, len(events) - 1))
    before, _ = live(loaded(old), events[:cut])
    rules = loaded(new)
    after, _ = live(rules, events[cut:], before, events[:cut])
    whole, _ = live(rules, events)
    assert facts(after) == facts(whole)
    found = assess(after, rules, after.latest)
    assert found == assess(whole, rules, whole.latest)
    assert (points(found.fit), points(found.engagement)) == slow_score(new, events, max(e.time for e in events))


@given(files(), files(), histories, st.data())
def test_rules_tried_and_taken_back_leave_no_trace_in_the_score(kept, tried, events, data):
    first, last = sorted(data.draw(st.tuples(st.integers(0, len(events) - 1), st.integers(0, len(events) - 1))))
    rules, other = loaded(kept), loaded(tried)
    lead, _ = live(rules, events[:first])
    lead, _ = live(other, events[first:last], lead, events[:first])
    lead, _ = live(rules, events[last:], lead, events[:last])
    assert facts(lead) == facts(live(rules, events)[0])


@given(files(), files(), histories, st.data())
def test_a_change_of_rules_takes_back_no_qualification(old, new, events, data):
    cut = data.draw(st.integers(0, len(events)))
    before, _ = live(loaded(old), events[:cut])
    after, told = live(loaded(new), events[cut:], before, events[:cut])
    assert after.qualified[: len(before.qualified)] == before.qualified
    assert len(after.qualified) - len(before.qualified) == sum(event.type == "lead.qualified" for event in told)


EVERY_KIND = [
    {"id": "always"},
    {"id": "once", "repeat": "once"},
    {"id": "per_object", "repeat": {"once_per": "asset_id"}},
    {"id": "at_most", "repeat": {"at_most": 30, "per": "4d"}},
    {"id": "fading", "half_life": "7d"},
    {"id": "hard_cut", "window": "30d"},
]


def test_the_state_of_a_lead_does_not_grow_with_its_history():
    rules = [{"on": "content.downloaded", "points": 1, "keep": 20} | kind for kind in EVERY_KIND]
    compiled, lead, sizes = loaded({"engagement": {"groups": [{"id": "g", "rules": rules}]}}), LeadScore(), {}
    for n in range(1, 3_001):
        event = activity("content.downloaded", NOON + n * HOUR, event_id=f"{n:06}", asset_id="abc"[n % 3])
        lead, _ = live(compiled, [event], lead)
        if n in (1_000, 3_000):
            sizes[n] = len(STATE.dump_json(lead))
    assert sizes[3_000] - sizes[1_000] < len("counted in one digit more, for each rule")
    assert lead.counted["always"].total == 3_000


@given(files(), histories, st.integers(0, 300))
def test_a_score_is_the_same_whichever_checkpoint_it_is_asked_of(file, events, hours):
    rules = loaded(file)
    as_of = to_microseconds(max(event.time for event in events) + hours * HOUR)
    in_time = sorted(events, key=lambda event: event.time)
    asked = {assess(live(rules, arrived)[0], rules, as_of).total for arrived in (events, in_time, in_time[::-1])}
    assert len(asked) == 1
