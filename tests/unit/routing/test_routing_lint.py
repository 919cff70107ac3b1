"""What `baton check` warns of in `routing.yaml` and `sla.yaml`: legal, and probably not meant."""

from datetime import datetime
from pathlib import Path

import pytest

from services.routing import lint, staffing
from services.routing.playbook import load
from services.routing.written import RoutingFile, SlaFile
from shared.playbook import PlaybookFolder
from tests.unit.routing.routing_office import CALENDARS, MONDAY, RELAY, TOKYO

EXAMPLE = Path(__file__).parents[3] / "deploy" / "playbook"
MORE_CALENDARS = """
  never: {timezone: Asia/Tokyo, hours: {}}
  holidays: {timezone: Asia/Tokyo, hours: {mon-fri: ["09:00-18:00"]}, holidays: {closed: [2026-04-08]}}
"""
ORDINARY = datetime(2026, 4, 1, 9, tzinfo=TOKYO)
REP = "{id: aoki, team: fs, calendar: tokyo}"


def office(*, reps: str = REP, members: str = "aoki", rules: str = "", more_pools: str = "") -> str:
    return f"""
teams: [fs]
reps: [{reps}]
pools:
  - {{id: all, team: fs, members: [{members}]}}
{more_pools}
rules:
{rules}
  - {{id: rest, team: fs, pool: all}}
"""


def doubts(routing: str, sla: str = "clocks: []", at: datetime = MONDAY) -> list[str]:
    folder = PlaybookFolder.of({"routing.yaml": routing, "sla.yaml": sla, "calendars.yaml": CALENDARS + MORE_CALENDARS})
    written = folder.load("routing.yaml", RoutingFile), folder.load("sla.yaml", SlaFile)
    return list(map(str, sorted([*lint.warnings(*written), *staffing.warnings(*written, load(folder), at)])))


def rule(name: str, when: str, more: str = "") -> str:
    return f"  - {{id: {name}, team: fs, pool: all, when: {when}{more}}}"


def test_the_example_company_raises_no_doubts_on_an_ordinary_day() -> None:
    folder = PlaybookFolder.read(EXAMPLE)
    written = folder.load("routing.yaml", RoutingFile), folder.load("sla.yaml", SlaFile)
    assert [*lint.warnings(*written), *staffing.warnings(*written, load(folder), ORDINARY)] == []


LARGE = "{field: employees, op: ge, value: 1000}"
HUGE = "{field: employees, op: ge, value: 5000}"


@pytest.mark.parametrize(
    ("rules", "says"),
    [
        ([rule("a", LARGE), rule("b", HUGE)], "9:5: no lead reaches the rule b: a above holds of every lead of which"),
        ([rule("a", "{all: []}"), rule("b", HUGE)], "9:5: no lead reaches the rule b: a above holds of every lead"),
        ([rule("a", "{any: []}")], "8:40: the rule a chooses among nothing: it holds of no lead"),
        (["  - {id: a, team: fs, pool: all}"], "9:5: no lead reaches the rule rest: a above takes every lead"),
    ],
)
def test_a_rule_that_no_lead_reaches_is_doubtful(rules: list[str], says: str) -> None:
    assert any(told.startswith(f"routing.yaml:{says}") for told in doubts(office(rules="\n".join(rules))))


@pytest.mark.parametrize(
    "rules",
    [
        [rule("a", HUGE), rule("b", LARGE)],
        [rule("a", LARGE), rule("b", "{field: country, op: eq, value: JP}")],
        [rule("a", LARGE, ", owner: from_event"), rule("b", LARGE)],
    ],
)
def test_rules_that_take_something_are_not_doubtful(rules: list[str]) -> None:
    assert doubts(office(rules="\n".join(rules))) == []


@pytest.mark.parametrize(
    ("routing", "says"),
    [
        (office(members=""), "5:5: the pool all has no members: its leads wait for ever"),
        (
            office(reps="{id: aoki, team: fs, weight: 0}"),
            "5:34: every member of the pool all has a weight of 0 or is not active: its leads wait for ever",
        ),
    ],
)
def test_a_pool_of_which_nobody_can_take_a_lead_is_doubtful(routing: str, says: str) -> None:
    assert doubts(routing) == [f"routing.yaml:{says}"]


def needing(skills: str, *, weight: int = 1) -> str:
    rep = f"{{id: aoki, team: fs, calendar: tokyo, skills: [english], weight: {weight}}}"
    return office(reps=f"{rep}, {BABA}", members="aoki, baba", rules=rule("is-en", LARGE, f", needs: [{skills}]"))


def test_a_skill_that_nobody_of_the_pool_has_lets_the_rules_leads_wait_for_ever() -> None:
    says = "nobody of the pool all has english and german, which the rule is-en needs: its leads wait for ever"
    (told,) = doubts(needing("english, german"))
    assert told.endswith(says)
    assert doubts(needing("english")) == []
    assert len(doubts(needing("english", weight=0))) == 1


def test_rules_that_one_rule_takes_whole_are_told_together() -> None:
    same = [rule(f"r{number}", HUGE) for number in range(5)]
    (told,) = doubts(office(rules="\n".join([rule("a", LARGE), *same])))
    says = "no lead reaches 5 rules, from r0 to r4: a above holds of every lead of which they hold"
    assert told == f"routing.yaml:9:5: {says}"


def test_of_very_many_rules_without_effect_the_first_are_told_and_the_rest_counted() -> None:
    def equal(number: int, copy: int) -> str:
        return rule(f"r{number}-{copy}", f"{{field: country, op: eq, value: c{number}}}")

    rules = [equal(number, copy) for copy in range(2) for number in range(50)]
    told = doubts(office(rules="\n".join(rules)))
    assert len(told) == 21
    assert told[-1].endswith(
        ": no lead reaches 30 rules, from r20-1 to r49-1 either: each is taken whole by a rule above"
    )


def test_a_rule_for_one_of_several_values_is_found_below_the_rule_that_takes_them() -> None:
    wide = rule("a", "{all: [{field: country, op: eq, value: jp}]}")
    narrow = rule("b", "{all: [{field: country, op: in, value: [JP]}, {field: employees, op: ge, value: 10}]}")
    (told,) = doubts(office(rules=f"{wide}\n{narrow}"))
    assert "no lead reaches the rule b: a above holds of every lead of which it holds" in told


AWAY = "{id: aoki, team: fs, calendar: tokyo, leave: [{from: 2026-04-09, to: 2026-04-13, name: 休暇}]}"
BABA = "{id: baba, team: fs, calendar: tokyo}"


def test_days_on_which_a_whole_pool_is_on_leave_are_doubtful() -> None:
    assert doubts(office(reps=AWAY)) == [
        (
            "routing.yaml:5:34: from Thu 2026-04-09 to Mon 2026-04-13 nobody of the pool all is there "
            "(aoki is on leave until 2026-04-13, 休暇): its leads wait, or nobody answers them"
        )
    ]


def test_a_holiday_of_one_calendar_leaves_its_pool_empty_while_the_team_works() -> None:
    assert doubts(office(reps=f"{{id: aoki, team: fs, calendar: holidays}}, {BABA}")) == [
        (
            "routing.yaml:5:34: on Wed 2026-04-08 nobody of the pool all is there (aoki has a day off): "
            "its leads wait, or nobody answers them"
        )
    ]


@pytest.mark.parametrize(
    ("routing", "at"),
    [
        (office(reps=f"{AWAY}, {BABA}", members="aoki, baba"), MONDAY),
        (office(reps=AWAY), ORDINARY.replace(month=5)),
        (office(), MONDAY),
        (office(reps="{id: aoki, team: fs, calendar: holidays}"), MONDAY),
        (office(reps=f"{REP}, {{id: baba, team: fs, calendar: always}}"), MONDAY),
    ],
)
def test_where_somebody_is_there_no_day_is_doubtful(routing: str, at: datetime) -> None:
    assert doubts(routing, at=at) == []


def clock(
    within: str = "4h",
    warn: str = "",
    ladder: str = "",
    calendar: str = "tokyo",
    stops: str = "lead.accepted",
    **more: str,
) -> str:
    keys = {"within": within, "warn": f"[{warn}]", "on_breach": f"[{ladder}]", "stops": f"[{stops}]", **more}
    written = ", ".join(f"{key}: {value}" for key, value in keys.items())
    return f"clocks: [{{id: c, team: fs, calendar: {calendar}, {written}}}]"


TWO = office(reps=f"{REP}, {BABA}", members="aoki, baba")


@pytest.mark.parametrize(
    ("sla", "says"),
    [
        (clock("4h", "4h"), "the warning after 4h warns nobody: the clock c is due after 4h"),
        (clock("1bd", "2bd"), "the warning after 2bd warns nobody: the clock c is due after 1bd"),
        (clock(ladder="{remind: owner}, {remind: owner}"), "the step to remind the owner is there twice at the same"),
        (clock(ladder="{remind: owner}, {reassign: pool}"), "the owner is reminded and loses the lead at the same"),
        (clock(calendar="never"), "the clock c is never due: the calendar never does not open for 4h of work"),
        (clock("0m"), "the clock c is due the moment it starts: every lead breaches it"),
        (clock("80000h"), "the clock c is due after 80000h of work, which is more than a year"),
        (clock("300bd"), "the clock c is due after 300bd of work, which is more than a year"),
        (clock(stops=""), "nothing stops the clock c: every lead breaches it"),
        (
            clock(starts="[call.attempted]", stops="call.attempted"),
            "whatever stops the clock c starts it again: it ends",
        ),
        (
            clock(starts="[lead.assigned]"),
            "lead.assigned is no activity, but told by Baton itself: no clock hears of it",
        ),
        (clock(pauses="[a.b]", resumes="[a.b]"), "a.b both pauses the clock c and lets it go on"),
        (
            clock(ladder="{after: 1h, reassign: pool}, {after: 2h, reassign: pool}"),
            "the lead is reassigned above already, and its new owner has clocks of their own: this step is reached",
        ),
    ],
)
def test_a_clock_that_cannot_do_what_it_says_is_doubtful(sla: str, says: str) -> None:
    (told,) = doubts(TWO, sla)
    assert f": {says}" in told


@pytest.mark.parametrize("stops", ["lead.assigned", "clock.breached, rep.away"])
def test_a_clock_that_only_what_baton_tells_would_stop_is_stopped_by_nothing(stops: str) -> None:
    *_, told = doubts(TWO, clock(stops=stops))
    assert "is no activity, but told by Baton itself: no clock hears of it" in told
    assert any(
        one.endswith("nothing stops the clock c: every lead breaches it") for one in doubts(TWO, clock(stops=stops))
    )


def test_a_ladder_that_reassigns_where_nobody_else_is_has_no_effect() -> None:
    (told,) = doubts(office(), clock(ladder="{after: 1h, reassign: pool}"))
    assert told.endswith(": in the pool all nobody but aoki could get the lead: it stays with its owner")


@pytest.mark.parametrize(
    "sla",
    [
        clock("4h", "3h"),
        clock("1bd", "3h"),
        clock("0bd"),
        clock(ladder="{remind: owner}, {after: 1h, reassign: pool}"),
        clock(starts="[call.attempted]", stops="call.attempted, lead.sales_qualified"),
        clock(stops="contract.signed_by_both"),
    ],
)
def test_a_clock_that_works_is_not_doubtful(sla: str) -> None:
    assert doubts(TWO, sla) == []


def agreed(handovers: str, routing: str = TWO) -> list[str]:
    return [told.split(": ", 1)[1] for told in doubts(f"{routing}handovers: [{handovers}]\n")]


FIRST = "{from: marketing, to: fs, definition: d, decides: [marketing, fs, manager, aoki]}"


def test_a_handover_to_the_next_department_that_somebody_known_decides_is_not_doubtful() -> None:
    assert agreed(FIRST) == []


@pytest.mark.parametrize(
    ("handover", "says"),
    [
        ("{from: is, to: fs, definition: d}", "no lead is handed from is to fs: the relay is marketing → fs"),
        ("{from: fs, to: cs, definition: d}", "no lead is handed from fs to cs: the relay is marketing → fs"),
        (
            "{from: marketing, to: fs, definition: d, decides: [aoki, is]}",
            "unknown decider is; name a rep by id, manager, or a department (marketing, fs)",
        ),
        (
            "{from: marketing, to: fs, definition: d, when_missing: refuse}",
            "marketing has no owner with whom a lead could stay: what is missing is marked, never refused",
        ),
        (
            f"{FIRST}, {FIRST}",
            "a handover to fs is agreed above; only the fields of the last one are asked for",
        ),
    ],
)
def test_a_handover_that_nobody_makes_or_decides_is_doubtful(handover: str, says: str) -> None:
    assert agreed(handover) == [says]


def test_a_handover_that_leaves_out_a_department_of_the_relay_is_doubtful() -> None:
    (told,) = agreed("{from: marketing, to: fs, definition: d}", RELAY)
    assert told == "no lead is handed from marketing to fs: the relay is marketing → is → fs → cs"
