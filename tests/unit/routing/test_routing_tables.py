"""Who gets how many leads: tables of shares, leave, joining, leaving and caps."""

from collections import Counter
from datetime import datetime, timedelta

import pytest

from services.routing.playbook import load
from shared.playbook import PlaybookFolder
from tests.unit.routing.routing_office import Office, at, one_pool, rules_of

Reps = dict[str, str]
THREE = ("a", "b", "c")


def office_of(reps: Reps, pool: str = "") -> Office:
    return Office(rules_of(one_pool(list(reps), pool, **{rep: keys for rep, keys in reps.items() if keys})))


def give(office: Office, leads: int, day: int = 0) -> Counter[str | None]:
    """Qualify so many new leads, one a minute from ten o'clock on that day; how many each rep got, None for nobody."""
    names = [f"lead-{len(office.leads) + number}" for number in range(leads)]
    for minute, name in enumerate(names):
        office.take(office.event("lead.qualified", name, time=at("10:00", day) + timedelta(minutes=minute)))
    return Counter(office.owner(name) for name in names)


@pytest.mark.parametrize(
    ("reps", "leads", "shares"),
    [
        pytest.param({"a": "", "b": ""}, 30, {"a": 15, "b": 15}, id="two equal members"),
        pytest.param({"a": "", "b": ""}, 31, {"a": 16, "b": 15}, id="two equal members, an odd lead"),
        pytest.param({"a": "", "b": "", "c": ""}, 30, {"a": 10, "b": 10, "c": 10}, id="three equal members"),
        pytest.param(
            {"a": "weight: 200", "b": "weight: 100", "c": "weight: 100"},
            60,
            {"a": 30, "b": 15, "c": 15},
            id="weights 200, 100 and 100",
        ),
        pytest.param({"a": "weight: 0.5", "b": ""}, 30, {"a": 10, "b": 20}, id="half a position"),
        pytest.param({"a": "weight: 5", "b": "", "c": ""}, 14, {"a": 10, "b": 2, "c": 2}, id="weights 5, 1 and 1"),
        pytest.param({"a": "weight: 0", "b": "", "c": ""}, 30, {"b": 15, "c": 15}, id="a weight of 0 is no share"),
        pytest.param({"a": "active: false", "b": ""}, 30, {"b": 30}, id="one who is not active"),
        pytest.param({"a": "daily_cap: 4", "b": ""}, 30, {"a": 4, "b": 26}, id="a daily cap, the rest to the other"),
        pytest.param({"a": "open_cap: 4", "b": ""}, 30, {"a": 4, "b": 26}, id="an open cap, the rest to the other"),
        pytest.param(
            {"a": "daily_cap: 4", "b": "daily_cap: 6"}, 30, {"a": 4, "b": 6, None: 20}, id="both at their cap"
        ),
        pytest.param({"a": "daily_cap: 0", "b": "open_cap: 0"}, 5, {None: 5}, id="caps of 0: all wait"),
        pytest.param({"a": "leave: [2026-04-06]", "b": "", "c": ""}, 30, {"b": 15, "c": 15}, id="one on leave"),
        pytest.param(
            {"a": "weight: 2, leave: [2026-04-06]", "b": "weight: 2", "c": ""},
            30,
            {"b": 20, "c": 10},
            id="the heavy one on leave",
        ),
    ],
)
def test_each_member_gets_the_share_of_the_leads_that_their_weight_gives(
    reps: Reps, leads: int, shares: dict[str | None, int]
) -> None:
    assert give(office_of(reps), leads) == shares


@pytest.mark.parametrize("before", [0, 1, 2, 3, 30, 31])
@pytest.mark.parametrize("during", [0, 1, 20, 200])
def test_one_who_was_on_leave_gets_a_third_again_and_no_more(before: int, during: int) -> None:
    office = office_of({"a": "leave: [{from: 2026-04-07, to: 2026-04-10}]", "b": "", "c": ""})
    give(office, before)
    assert give(office, during, day=1)["a"] == 0
    back = give(office, 30, day=7)
    assert all(abs(back[rep] - 10) <= 1 for rep in THREE), back


def test_while_one_is_away_the_others_share_by_their_weights_and_then_all_do_again() -> None:
    office = office_of({"a": "weight: 2", "b": "", "c": ""})
    assert give(office, 40) == {"a": 20, "b": 10, "c": 10}
    office.tell("rep.away", "11:00", "a")
    assert give(office, 20, day=1) == {"b": 10, "c": 10}
    office.tell("rep.back", "09:00", "a", day=2)
    assert give(office, 40, day=2) == {"a": 20, "b": 10, "c": 10}


def playbook_of(members: tuple[str, ...]) -> str:
    return one_pool(THREE).replace("members: [a, b, c]", f"members: [{', '.join(members)}]")


@pytest.mark.parametrize("before", [2, 3, 30, 31, 200])
def test_one_who_joins_gets_an_equal_part_of_what_comes_and_nothing_of_what_has_been(before: int) -> None:
    office = Office(rules_of(playbook_of(("a", "b"))))
    give(office, before)
    office.rules = rules_of(playbook_of(THREE))
    joined = give(office, 30, day=1)
    assert all(abs(joined[rep] - 10) <= 1 for rep in THREE), joined


@pytest.mark.parametrize("before", [3, 30, 31, 32])
def test_one_who_leaves_the_pool_gets_nothing_more_and_the_others_share_alike(before: int) -> None:
    office = Office(rules_of(playbook_of(THREE)))
    give(office, before)
    held = office.desk.reps["c"].open
    office.rules = rules_of(playbook_of(("a", "b")))
    assert give(office, 20, day=1) == {"a": 10, "b": 10}
    assert office.desk.reps["c"].open == held


def test_one_who_left_and_joins_again_is_not_paid_for_the_time_between() -> None:
    office = Office(rules_of(playbook_of(THREE)))
    assert give(office, 30) == {"a": 10, "b": 10, "c": 10}
    office.rules = rules_of(playbook_of(("a", "b")))
    assert give(office, 100, day=1) == {"a": 50, "b": 50}
    office.rules = rules_of(playbook_of(THREE))
    assert give(office, 30, day=2) == {"a": 10, "b": 10, "c": 10}


@pytest.mark.parametrize(
    ("zone", "given_at", "midnight"),
    [
        pytest.param("Asia/Tokyo", "2026-04-06T10:00+09:00", "2026-04-07T00:00+09:00", id="Tokyo"),
        pytest.param("America/Los_Angeles", "2026-04-06T10:00+09:00", "2026-04-06T00:00-07:00", id="a day behind"),
        pytest.param("Europe/Berlin", "2026-03-29T00:30+01:00", "2026-03-30T00:00+02:00", id="Berlin, a short day"),
        pytest.param("Europe/Berlin", "2026-10-25T00:30+02:00", "2026-10-26T00:00+01:00", id="Berlin, a long day"),
        pytest.param("America/Sao_Paulo", "2018-11-03T12:00-03:00", "2018-11-04T01:00-02:00", id="a skipped midnight"),
        pytest.param("America/Sao_Paulo", "2019-02-16T23:30-02:00", "2019-02-17T00:00-03:00", id="an hour twice"),
        pytest.param(
            "America/Havana", "2026-10-31T12:00-04:00", "2026-11-01T00:00-04:00", id="a midnight that comes twice"
        ),
    ],
)
def test_leads_over_the_daily_cap_wait_until_midnight_of_the_reps_zone_and_go_oldest_first(
    zone: str, given_at: str, midnight: str
) -> None:
    calendars = f'calendars: {{around: {{timezone: {zone}, hours: {{mon-sun: ["00:00-24:00"]}}}}}}'
    routing = one_pool(["a"], a="calendar: around, daily_cap: 2")
    files = {"routing.yaml": routing, "sla.yaml": "clocks: []", "calendars.yaml": calendars}
    office, moment = Office(load(PlaybookFolder.of(files))), datetime.fromisoformat(given_at)
    office.now = moment
    for place, lead in enumerate(("z", "y", "x", "w", "v")):
        office.take(office.event("lead.qualified", lead, time=moment + timedelta(seconds=place)))
    assert [office.owner(lead) for lead in "zyxwv"] == ["a", "a", None, None, None]
    next_day = datetime.fromisoformat(midnight)
    assert office.desk.wakes["p"] == next_day
    assert office.drain(next_day - timedelta(seconds=1), "p")[0] == []
    told, again = office.drain(next_day, "p")
    assert [event.subject for event in told if event.type == "lead.assigned"] == ["x", "w"]
    assert again is not None
    assert again.astimezone(next_day.tzinfo).date() == next_day.date() + timedelta(days=1)


def test_an_open_cap_gives_the_oldest_waiting_lead_to_whoever_has_finished_one() -> None:
    office = office_of({"a": "open_cap: 2", "b": "open_cap: 2"})
    assert give(office, 7) == {"a": 2, "b": 2, None: 3}
    office.tell("lead.recycled", "11:00", "lead-1")
    told, again = office.drain(at("11:00"), "p")
    assigned = [(event.subject, event.data.value("owner_id")) for event in told if event.type == "lead.assigned"]
    assert (assigned, again) == ([("lead-4", "b")], None)


def test_a_cap_reached_by_reassignments_counts_as_one_reached_by_new_leads() -> None:
    office = office_of({"a": "", "b": "daily_cap: 2", "c": "leave: [2026-04-06]"})
    assert give(office, 2) == {"a": 1, "b": 1}
    office.tell("lead.rejected", "10:30", "lead-0", rep_id="a", reason="not_mine")
    assert office.owner("lead-0") == "b"
    assert give(office, 10) == {"a": 10}


def test_least_open_levels_what_is_open_and_then_takes_turns() -> None:
    office = office_of({"a": "", "b": "", "c": ""}, ", pick: least_open")
    assert give(office, 30) == {"a": 10, "b": 10, "c": 10}
    for number in range(0, 30, 3):
        office.tell("lead.recycled", "11:00", f"lead-{number}")
    assert give(office, 9) == {"a": 9}
    assert give(office, 31, day=1) == {"a": 11, "b": 10, "c": 10}
