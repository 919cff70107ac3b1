"""Who of a pool gets the next lead."""

from collections import Counter
from collections.abc import Mapping
from datetime import UTC, datetime
from fractions import Fraction

from hypothesis import given
from hypothesis import strategies as st
from pydantic import TypeAdapter

from services.routing.desk import Desk, PoolState, RepState
from services.routing.picking import Ask, settle, weigh
from services.routing.records import LEAD, Candidate, Record, choose, redecide
from services.routing.rules import Pool, Rep, RoutingRules
from tests.unit.routing.routing_office import Office, at, decisions, one_pool, only, rules_of

NOON = datetime(2026, 4, 6, 3, tzinfo=UTC)


def pick(desk: Desk, rules: RoutingRules, at: datetime = NOON) -> Record:
    return settle(weigh(Ask("lead", "is", 1, 1), rules.pools["p"], desk, rules, at), desk, rules)


def pool_of(weights: Mapping[str, float]) -> RoutingRules:
    reps = {name: Rep(name, name, ("is",), Fraction(weight)) for name, weight in weights.items()}
    return RoutingRules(teams={"is": None}, reps=reps, pools={"p": Pool("p", "is", tuple(weights))})


def test_two_equal_members_get_fifteen_each_of_thirty_leads() -> None:
    office = Office(rules_of(one_pool(["a", "b"])))
    assert office.given(range(30)) == {"a": 15, "b": 15}


def test_weights_of_200_100_100_give_30_15_15_of_sixty_leads() -> None:
    office = Office(rules_of(one_pool(["a", "b", "c"], a="weight: 200", b="weight: 100", c="weight: 100")))
    assert office.given(range(60)) == {"a": 30, "b": 15, "c": 15}


def test_equal_members_take_turns_in_list_order() -> None:
    desk, rules = Desk(), pool_of({"a": 1, "b": 1, "c": 1})
    assert [pick(desk, rules).chosen for _ in range(6)] == ["a", "b", "c", "a", "b", "c"]


def test_of_two_with_the_same_balance_the_least_recently_given_comes_first() -> None:
    even = [
        Candidate("a", Fraction(1), 0, last_given=7),
        Candidate("b", Fraction(1), 0, last_given=2),
    ]
    assert choose("weighted_round_robin", even).rep == "b"
    assert choose("least_open", even).rep == "b"


def test_least_open_gives_to_the_member_with_the_fewest_open_leads() -> None:
    office = Office(rules_of(one_pool(["a", "b"], ", pick: least_open")))
    office.desk.reps["a"] = RepState(open=3)
    assert office.given(range(5)) == {"b": 4, "a": 1}


def test_one_who_comes_back_from_leave_is_not_flooded() -> None:
    office = Office(rules_of(one_pool(["a", "b"], a="leave: [{from: 2026-04-07, to: 2026-04-10}]")))
    office.given(range(10))
    for number in range(10, 30):
        office.tell("lead.qualified", f"10:{number}", f"lead-{number}", day=2)
        assert office.owner(f"lead-{number}") == "b"
    for number in range(30, 40):
        office.tell("lead.qualified", f"10:{number}", f"lead-{number}", day=7)
    assert Counter(office.owner(f"lead-{number}") for number in range(30, 40)) == {"a": 5, "b": 5}


def test_a_pool_on_leave_has_its_next_opening_when_the_leave_is_over() -> None:
    away = "calendar: tokyo, leave: [{from: 2026-04-06, to: 2026-04-07}]"
    office = Office(rules_of(one_pool(["a"], a=away)))
    office.tell("lead.qualified", "10:00")
    assert office.desk.wakes["p"] == at("09:00", day=2)


def test_leave_is_inclusive_in_the_reps_own_zone() -> None:
    leave = "calendar: always, leave: [{from: 2026-04-07, to: 2026-04-07}]"
    rules = rules_of(one_pool(["a"], a=leave))
    chosen = [pick(Desk(), rules, at(clock, day)).chosen for clock, day in (("23:59", 0), ("00:00", 1), ("23:59", 1))]
    assert chosen == ["a", None, None]
    assert pick(Desk(), rules, at("00:00", 2)).chosen == "a"


def test_one_who_joins_starts_level_with_the_others() -> None:
    desk = Desk()
    for _ in range(11):
        pick(desk, pool_of({"a": 1, "b": 1}))
    joined = [pick(desk, pool_of({"a": 1, "b": 1, "new": 1})).chosen for _ in range(9)]
    assert Counter(joined) == {"a": 3, "b": 3, "new": 3}


def test_nobody_gets_more_than_their_daily_cap_and_the_next_day_counts_anew() -> None:
    office = Office(rules_of(one_pool(["a", "b"], a="daily_cap: 2, calendar: always")))
    assert office.given(range(10)) == {"a": 2, "b": 8}
    for lead in ("x", "y"):
        office.tell("lead.qualified", "00:00", lead, day=1)
    assert {office.owner("x"), office.owner("y")} == {"a", "b"}


def test_an_open_cap_binds_until_a_lead_is_done() -> None:
    office = Office(rules_of(one_pool(["a"], a="open_cap: 1")))
    office.tell("lead.qualified", "09:00", "first")
    told = office.tell("lead.qualified", "09:01", "second")
    assert decisions(told) == ["lead.waiting"]
    office.tell("lead.recycled", "09:30", "first")
    assert office.desk.wakes["p"] == at("09:30")
    assert only(office.drain(at("09:30"), "p")[0], "lead.assigned").subject == "second"


def test_the_record_tells_why_each_was_passed_over() -> None:
    keys = {
        "off": "calendar: tokyo",
        "left": "active: false",
        "gone": "leave: [2026-04-06], calendar: always",
        "full": "open_cap: 0",
        "done": "daily_cap: 0",
        "none": "weight: 0",
    }
    rules = rules_of(one_pool([*keys, "ill", "here"], **keys))
    desk = Desk(reps={"ill": RepState(away=True)})
    record = pick(desk, rules, at("08:00"))
    assert {candidate.rep: candidate.passed_over for candidate in record.candidates} == {
        "off": "off hours",
        "left": "inactive",
        "gone": "on leave",
        "full": "open cap",
        "done": "daily cap",
        "none": "weight 0",
        "ill": "away",
        "here": None,
    }
    assert record.chosen == "here"


def test_assign_overlooks_hours_but_neither_leave_nor_caps() -> None:
    rules = rules_of(
        one_pool(["a", "b"], ", when_all_away: assign", a="calendar: tokyo, leave: [2026-04-06]", b="calendar: tokyo")
    )
    record = pick(Desk(), rules, at("22:00"))
    assert (record.chosen, record.hours_overlooked) == ("b", True)


def test_assign_gives_to_those_at_work_as_long_as_there_is_one() -> None:
    rules = rules_of(one_pool(["a", "b"], ", when_all_away: assign", a="calendar: tokyo"))
    assert {pick(Desk(), rules, at("22:00")).chosen for _ in range(4)} == {"b"}


def test_at_work_next_passes_nobody_over_for_the_hour() -> None:
    rules = rules_of(one_pool(["a"], ", at_work: next", a="calendar: tokyo"))
    assert pick(Desk(), rules, at("22:00")).chosen == "a"


def test_an_absence_ends_at_its_time_or_when_the_rep_is_back() -> None:
    office = Office(rules_of(one_pool(["a"])))
    office.tell("rep.away", "09:00", "a", until=at("11:00").isoformat())
    office.tell("lead.qualified", "10:00", "first")
    assert (office.owner("first"), office.desk.wakes["p"]) == (None, at("11:00"))
    office.tell("rep.back", "10:30", "a")
    assert office.desk.wakes["p"] == at("10:30")


def test_an_old_absence_read_late_does_not_overrule_a_return() -> None:
    office = Office(rules_of(one_pool(["a"])))
    office.tell("rep.back", "10:00", "a")
    office.tell("rep.away", "09:00", "a")
    office.tell("lead.qualified", "10:30")
    assert office.owner() == "a"


@given(st.integers(2, 6), st.integers(1, 60))
def test_equal_members_never_differ_from_their_share_by_a_whole_lead(members: int, leads: int) -> None:
    names = [f"r{number}" for number in range(members)]
    desk, rules = Desk(), pool_of(dict.fromkeys(names, 1))
    counts = Counter[str | None]()
    for done in range(1, leads + 1):
        counts[pick(desk, rules).chosen] += 1
        assert all(abs(Fraction(done, members) - counts[name]) < 1 for name in names)


@given(st.lists(st.integers(1, 100), min_size=1, max_size=6), st.integers(1, 80))
def test_weighted_members_stay_within_two_leads_of_their_share(weights: list[int], leads: int) -> None:
    names = {f"r{number}": weight for number, weight in enumerate(weights)}
    desk, rules = Desk(), pool_of(names)
    counts = Counter[str | None]()
    for done in range(1, leads + 1):
        counts[pick(desk, rules).chosen] += 1
        shares = {name: Fraction(weight * done, sum(weights)) for name, weight in names.items()}
        assert all(abs(shares[name] - counts[name]) < 2 for name in names)
        assert sum(desk.pools["p"].balances.values()) == 0


@given(st.lists(st.sets(st.sampled_from("abcd")), min_size=1, max_size=40))
def test_balances_sum_to_zero_and_those_of_the_absent_are_frozen(absences: list[set[str]]) -> None:
    desk, rules = Desk(), pool_of({"a": 3, "b": 2, "c": 2, "d": 1})
    for away in absences:
        for name in "abcd":
            desk.reps[name] = RepState(away=name in away)
        before = dict(desk.pool("p").balances)
        record = pick(desk, rules)
        balances = desk.pools["p"].balances
        assert sum(balances.values()) == 0
        assert {name: balances.get(name) for name in away} == {name: before.get(name) for name in away}
        assert (record.chosen is None) == (len(away) == 4)


@given(st.lists(st.tuples(st.sets(st.sampled_from("abcd")), st.sampled_from(("weighted_round_robin", "least_open")))))
def test_every_choice_is_decided_again_from_its_record(steps: list[tuple[set[str], str]]) -> None:
    desk = Desk()
    rules = pool_of({"a": 3, "b": 2, "c": 2, "d": 1})
    kept = TypeAdapter(Record)
    for seq, (away, method) in enumerate(steps, start=1):
        for name in "abcd":
            desk.change_rep(name).away = name in away
        pool = Pool("p", "is", tuple("abcd"), "least_open" if method == "least_open" else "weighted_round_robin")
        record = settle(weigh(Ask("lead", "is", 1, 1), pool, desk, rules, NOON), desk, rules)
        again = kept.validate_json(kept.dump_json(record))
        assert again == record
        assert redecide(again) == record.chosen
        assert record.seq == seq


def test_the_desk_is_stored_and_read_back_as_it_was() -> None:
    desk, rules = Desk(), pool_of({"a": 3, "b": 2, "c": 2})
    for _ in range(5):
        pick(desk, rules)
    pools, reps = TypeAdapter(PoolState), TypeAdapter(RepState)
    assert pools.validate_json(pools.dump_json(desk.pools["p"])) == desk.pools["p"]
    assert reps.validate_json(reps.dump_json(desk.reps["a"])) == desk.reps["a"]
    assert (desk.changed_pools, desk.changed_reps) == ({"p"}, {"a", "b", "c"})


@given(st.lists(st.sets(st.sampled_from(range(12)), max_size=8), min_size=60, max_size=60))
def test_balances_of_many_unlike_weights_stay_small(absences: list[set[int]]) -> None:
    names = {f"r{number}": 1 + number / 1000 for number in range(12)}
    desk, rules = Desk(), pool_of(names)
    for away in absences:
        for number in range(12):
            desk.reps[f"r{number}"] = RepState(away=number in away)
        pick(desk, rules)
    balances = desk.pools["p"].balances.values()
    assert sum(balances) == 0
    assert all(abs(balance) < 3 * LEAD for balance in balances)
