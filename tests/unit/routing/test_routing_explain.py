"""Why a lead has its owner and clocks, why another rep has not got it, and who would get such a lead."""

from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.routing.desk import Desk, PoolState, RepState
from services.routing.explain import tell_decision
from services.routing.explain_absence import why_not
from services.routing.explain_clocks import tell_absent, tell_clock
from services.routing.records import LEAD, Candidate, Record, choose
from services.routing.rules import RoutingRules
from services.routing.trial import first_team, trial
from services.routing.written import RoutingFile, SlaFile
from shared.playbook import LoadedFile, load_file
from tests.unit.routing.routing_office import ACCEPT, RELAY, Office, at, one_pool, rules_of

LARGE = """
teams: [is, fs]
reps:
  - {id: aoki, team: is, calendar: tokyo, daily_cap: 1}
  - {id: baba, team: is, calendar: tokyo, leave: [{from: 2026-04-06, to: 2026-04-08}]}
  - {id: chiba, name: Chiba Yoko, team: is, calendar: tokyo, open_cap: 0}
  - {id: doi, team: fs, calendar: tokyo}
pools:
  - {id: big, team: is, members: [aoki, baba]}
  - {id: small, team: is, members: [chiba]}
  - {id: fs-all, team: fs, members: [doi], at_work: next}
rules:
  - {id: cards, team: is, when: {field: lead_source, op: eq, value: exhibition}, owner: from_event, pool: small}
  - {id: large, team: is, when: {field: employees, op: ge, value: 1000}, pool: big}
  - {id: rest, team: is, pool: small}
  - {id: fs-rest, team: fs, pool: fs-all}
"""


def routing_file(text: str = RELAY) -> LoadedFile[RoutingFile]:
    return load_file(text, "routing.yaml", RoutingFile)


def qualified(office: Office, clock: str = "09:00", lead: str = "lead-1", **data: object) -> Record:
    office.tell("lead.qualified", clock, lead, **data)
    return office.records[-1]


def tried(profile, team="is", clock="10:00", desk=None, text=LARGE):
    return trial(profile, team, at(clock), desk or Desk(), rules_of(text), routing_file(text))


def test_a_decision_tells_the_rule_the_pool_and_each_candidate_with_their_balance():
    office = Office()
    record = qualified(office)
    told = tell_decision(record, office.rules, routing_file())
    assert told.summary == "aoki was picked from the pool is-all: the largest balance of those who could take it"
    assert [(rule.id, rule.place, rule.holds) for rule in told.rules] == [("is-rest", "routing.yaml:14", True)]
    assert [(one.rep, one.balance_before, one.balance_after) for one in told.candidates] == [
        ("aoki", 0.0, -0.5),
        ("baba", 0.0, 0.5),
    ]
    assert told.agrees


def test_a_record_that_its_own_inputs_do_not_give_again_is_told_to_disagree():
    office = Office()
    record = qualified(office)
    forged = Record(**{name: getattr(record, name) for name in record.__slots__} | {"chosen": "baba"})
    told = tell_decision(forged, office.rules, routing_file())
    assert (told.redecided, told.agrees) == ("aoki", False)


def test_a_rep_whose_turn_it_was_not_is_told_by_both_balances():
    office = Office()
    told = why_not(qualified(office), "baba", office.rules)
    assert told.verdict == "not_their_turn"
    assert told.why == (
        "not their turn: balance +0.500 against +0.500 of aoki; at a tie aoki had waited longer or stands before"
    )


def test_a_rep_of_another_team_is_told_which_rule_led_to_which_pool():
    office = Office()
    told = why_not(qualified(office), "chiba", office.rules)
    assert (told.verdict, told.pools_of_rep) == ("not_in_pool", ("fs-all",))
    assert "the rule is-rest led; chiba is of the team fs, the lead was given to is" in told.why


def test_the_rep_who_got_the_lead_is_told_so():
    office = Office()
    assert why_not(qualified(office), "aoki", office.rules).verdict == "got_it"


@pytest.mark.parametrize(
    ("about", "clock", "why"),
    [
        ("calendar: tokyo", "20:00", "off hours; at work again 2026-04-07 09:00 JST"),
        ("leave: [{from: 2026-04-01, to: 2026-04-09}]", "09:00", "on leave until 2026-04-09"),
        ("daily_cap: 0", "09:00", "daily cap: 0 leads had been given on 2026-04-06"),
        ("open_cap: 0", "09:00", "open cap: 0 open leads of 0"),
        ("active: false", "09:00", "not active in the playbook"),
    ],
)
def test_whoever_was_passed_over_is_told_why_with_numbers_and_ends(about, clock, why):
    office = Office(rules_of(one_pool(["aoki", "baba"], aoki=about, baba="")))
    told = why_not(qualified(office, clock), "aoki", office.rules)
    assert (told.verdict, told.why) == ("passed_over", why)


def test_one_who_is_away_is_told_until_when():
    office = Office()
    office.take(office.event("rep.away", "aoki", time=at("08:00"), until=at("12:00").isoformat()))
    told = why_not(qualified(office), "aoki", office.rules, office.desk)
    assert told.why == "away until 2026-04-06 12:00 JST"


def test_an_owner_named_by_a_person_was_not_picked():
    office = Office()
    qualified(office)
    office.tell("owner.changed", "10:00", owner_id="baba", rep_id="aoki")
    assert why_not(office.records[-1], "aoki", office.rules).verdict == "named"


def test_a_lead_that_waits_was_got_by_nobody():
    office = Office(rules_of(one_pool(["aoki", "baba"], aoki="calendar: tokyo", baba="calendar: tokyo")))
    told = tell_decision(qualified(office, "20:00"), office.rules, routing_file(one_pool(["aoki", "baba"])))
    assert told.summary == "it waits: nobody of the pool p could take it"
    assert told.agrees


def test_a_clock_tells_its_rule_its_length_and_what_is_to_come():
    office = Office(rules_of(sla=ACCEPT))
    qualified(office)
    clock = office.leads["lead-1"].clocks[0]
    told = tell_clock(clock, office.rules, load_file(ACCEPT, "sla.yaml", SlaFile))
    assert (told.place, told.within, told.calendar, told.due_at) == (
        "sla.yaml:3",
        "15m",
        "working hours of aoki",
        at("09:15"),
    )
    assert [(step.number, step.at, step.action) for step in told.ladder] == [
        (1, at("09:15"), "remind"),
        (2, at("09:25"), "reassign"),
        (3, at("09:45"), "notify"),
    ]


def test_a_clock_that_does_not_run_tells_the_value_that_keeps_it_from_it():
    text = ACCEPT.replace("starts: assigned", "when: {field: reason, op: eq, value: instant}")
    office = Office(rules_of(sla=text))
    qualified(office)
    state = office.leads["lead-1"]
    absent = list(tell_absent(state, state.handoffs["is"], load_file(text, "sla.yaml", SlaFile)))
    assert [(one.id, one.why) for one in absent] == [("accept", "does not apply: reason is threshold")]


def test_a_clock_that_was_met_has_ended():
    office = Office(rules_of(sla=ACCEPT))
    qualified(office)
    office.tell("lead.accepted", "09:05", rep_id="aoki")
    state = office.leads["lead-1"]
    absent = list(tell_absent(state, state.handoffs["is"], load_file(ACCEPT, "sla.yaml", SlaFile)))
    assert [one.why for one in absent] == ["has ended: it was met, or cancelled"]


def test_each_rule_that_was_tried_says_what_kept_it_from_holding():
    found = tried({"employees": 1200})
    assert found.decision is not None
    assert [(rule.id, rule.holds, rule.why) for rule in found.decision.rules] == [
        ("cards", False, "lead_source is not known"),
        ("large", True, "employees is 1200"),
    ]
    assert found.owner == "aoki"


def test_a_lead_that_nobody_can_take_would_wait_until_somebody_can():
    desk = Desk(reps={"aoki": RepState(given={at("09:00").date(): 1})})
    found = tried({"employees": 5000}, desk=desk)
    assert (found.owner, found.next_at) == (None, at("09:00", 1))
    assert [one.why for one in found.decision.candidates] == [
        "daily cap: 1 leads had been given on 2026-04-06",
        "on leave until 2026-04-08",
    ]


def test_a_lead_that_needs_what_nobody_of_the_pool_has_would_wait_until_the_playbook_changes():
    text = LARGE.replace("value: 1000}, pool: big", "value: 1000}, needs: [english], pool: big")
    found = tried({"employees": 5000}, text=text)
    assert (found.owner, found.next_at, found.lacking) == (None, None, ("english",))
    assert tried({}, text=text).lacking == ()


def test_whoever_exchanged_the_cards_would_get_the_lead():
    found = tried({"lead_source": "exhibition", "exchanged_by": "aoki"})
    assert found.owner == "aoki"
    assert found.decision.summary == "aoki was not picked but named: by the rule cards"


def test_a_trial_gives_nothing_and_changes_nothing():
    desk = Desk(pools={"big": PoolState(seq=3)})
    tried({"employees": 1200}, desk=desk)
    assert (desk.pools["big"], desk.reps, desk.changed_pools) == (PoolState(seq=3), {}, set())


def test_without_inside_sales_new_leads_are_for_field_sales():
    assert first_team(rules_of(LARGE)) == "is"
    text = LARGE.replace("teams: [is, fs]", "teams: [fs]").replace("team: is", "team: fs")
    assert first_team(rules_of(text)) == "fs"


def test_a_team_without_rules_would_give_the_lead_to_nobody():
    rules = RoutingRules(teams={"is": None})
    found = trial({}, "is", at("09:00"), Desk(), rules, routing_file())
    assert (found.owner, found.decision) == (None, None)


candidates = st.lists(
    st.tuples(st.integers(1, 5), st.integers(-LEAD, LEAD), st.integers(0, 9), st.booleans()), min_size=1, max_size=6
)


@given(candidates, st.sampled_from(["weighted_round_robin", "least_open"]))
def test_whatever_was_decided_everyone_of_the_pool_is_told_why(drawn, pick):
    office = Office()
    members = tuple(
        Candidate(f"rep-{n}", Fraction(weight), balance, n, open_, "away" if away else None)
        for n, (weight, balance, open_, away) in enumerate(drawn)
    )
    choice = choose(pick, members)
    record = Record(
        "assigned" if choice.rep else "waiting",
        "lead-1",
        "is",
        1,
        1,
        at("09:00"),
        "v1",
        pool="p",
        pick=pick,
        candidates=members,
        chosen=choice.rep,
        balances_after=dict(choice.balances),
    )
    told = tell_decision(record, office.rules, routing_file())
    assert told.agrees
    assert all(one.why for one in told.candidates)
    for one in told.candidates:
        verdict = why_not(record, one.rep, office.rules).verdict
        assert verdict == (
            "got_it" if one.rep == choice.rep else "passed_over" if one.passed_over else "not_their_turn"
        )


def test_a_reassignment_tells_the_breach_that_it_came_after():
    office = Office(rules_of(sla=ACCEPT))
    qualified(office)
    office.fire(at("09:30"))
    told = tell_decision(office.records[-1], office.rules, routing_file())
    assert told.summary.startswith("baba was picked from the pool is-all, after clock.breached:accept: ")
    assert [one.why for one in told.candidates] == ["had this lead already in this handoff", "chosen"]


def test_a_lead_that_nobody_else_can_take_stays_with_its_owner():
    office = Office(rules_of(one_pool(["aoki"], aoki=""), ACCEPT))
    qualified(office)
    office.fire(at("09:30"))
    record = office.records[-1]
    told = tell_decision(record, office.rules, routing_file(one_pool(["aoki"])))
    assert told.summary == "it stays with its owner: nobody else of the pool p could take it (clock.breached:accept)"
    assert told.agrees
