"""`routing.yaml` and `sla.yaml`: what is accepted, and where each mistake is."""

from datetime import timedelta
from pathlib import Path

import pytest

from services.routing.lint import warnings
from services.routing.playbook import load
from services.routing.written import RoutingFile, SlaFile
from shared.playbook import PlaybookError, PlaybookFolder
from tests.unit.routing.routing_office import ACCEPT, CALENDARS, RELAY, rules_of

EXAMPLE = Path(__file__).parents[3] / "deploy" / "playbook"


def problems(routing: str = RELAY, sla: str = "clocks: []", calendars: str = CALENDARS) -> list[str]:
    texts = {"routing.yaml": routing, "sla.yaml": sla, "calendars.yaml": calendars}
    with pytest.raises(PlaybookError) as refused:
        load(PlaybookFolder.of(texts))
    return str(refused.value).splitlines()


def test_the_example_company_hands_leads_over_between_three_teams() -> None:
    rules = load(PlaybookFolder.read(EXAMPLE))
    assert list(rules.teams) == ["is", "fs", "cs"]
    assert len(rules.reps) == 12
    assert all(rules.rules[team] and rules.clocks[team] for team in rules.teams)
    assert all(rep.calendar is not None and str(rep.zone) == "Asia/Tokyo" for rep in rules.reps.values())


def test_only_inside_sales_loses_a_lead_automatically_in_the_example() -> None:
    rules = load(PlaybookFolder.read(EXAMPLE))
    reassigning = {
        clock.team
        for team in rules.clocks.values()
        for clock in team
        for step in clock.ladder
        if step.action == "reassign"
    }
    assert reassigning == {"is"}


def test_the_smallest_playbook_needs_one_team_and_nothing_else() -> None:
    rules = load(PlaybookFolder.of({"routing.yaml": "teams: [fs]\n"}))
    assert (list(rules.teams), rules.reps, rules.clocks["fs"]) == (["fs"], {}, ())


def test_what_is_left_out_has_its_default() -> None:
    rep_of_two = "{teams: [is, fs], reps: [{id: a, team: [is, fs]}], pools: [{id: p, team: is}, {id: q, team: fs}], "
    every_lead = "rules: [{id: r, team: is, pool: p}, {id: s, team: fs, pool: q}]}"
    rules = load(PlaybookFolder.of({"routing.yaml": rep_of_two + every_lead}))
    rep = rules.reps["a"]
    assert (rep.name, rep.teams, rep.weight, rep.daily_cap, rep.open_cap, rep.active) == (
        "a",
        ("is", "fs"),
        1,
        None,
        None,
        True,
    )


def test_the_ladder_is_read_as_it_is_written() -> None:
    files = {"routing.yaml": RELAY, "sla.yaml": ACCEPT, "calendars.yaml": CALENDARS}
    clock = load(PlaybookFolder.of(files)).clocks["is"][0]
    assert clock.within.working_time == timedelta(minutes=15)
    assert [(step.action, step.target) for step in clock.ladder] == [
        ("remind", "owner"),
        ("reassign", "pool"),
        ("notify", "manager"),
    ]


@pytest.mark.parametrize(
    ("old", "new", "expected"),
    [
        (
            "members: [aoki, baba]",
            "members: [aoki, bana]",
            "routing.yaml:10:44: unknown member bana; did you mean baba?",
        ),
        ("pool: fs-all}", "pool: fs-al}", "routing.yaml:15:35: unknown pool fs-al; did you mean fs-all?"),
        ("[is, fs, cs]", "[is, fs]", "routing.yaml:8:22: unknown team cs; known: fs, is"),
        ("calendar: tokyo}", "calendar: tokio}", "routing.yaml:4:36: unknown calendar tokio; did you mean tokyo?"),
        ("pool: cs-all}", "pool: fs-all}", "routing.yaml:16:35: the pool fs-all is of the team fs, the rule of cs"),
        ("[aoki, baba]", "[aoki, aoki]", "routing.yaml:10:44: the member aoki is listed twice in the pool is-all"),
        ("id: baba", "id: aoki", "routing.yaml:5:10: the id aoki is given twice in reps; ids are unique"),
        (
            "  - {id: cs-rest, team: cs, pool: cs-all}\n",
            "",
            "routing.yaml:2:17: the team cs has no rule, so nobody would get its leads; add one, or take the team out",
        ),
        (
            "[is, fs, cs]",
            "[{id: is, manager: aoky}, fs, cs]",
            "routing.yaml:2:27: unknown manager aoky; did you mean aoki?",
        ),
        ("[is, fs, cs]", "[{id: is, fallback: rep-99}, fs, cs]", "routing.yaml:2:28: unknown fallback rep-99; known:"),
        (
            "members: [endo]",
            "members: [endo, baba]",
            "routing.yaml:12:44: the member baba is of the team is, the pool cs-all of cs",
        ),
        ("[is, fs, cs]", "[is, fs, cs, is]", "routing.yaml:2:21: the team is is listed twice"),
    ],
)
def test_a_mistake_between_entries_is_told_with_its_place(old: str, new: str, expected: str) -> None:
    assert any(problem.startswith(expected) for problem in problems(RELAY.replace(old, new, 1)))


def test_of_a_pool_whose_id_was_given_to_another_too_nothing_else_is_guessed() -> None:
    assert problems(RELAY.replace("{id: fs-all, team", "{id: is-all, team", 1)) == [
        "routing.yaml:11:10: the id is-all is given twice in pools; ids are unique",
        "routing.yaml:15:35: unknown pool fs-all; one of those with the id is-all may be meant to be it",
    ]


@pytest.mark.parametrize("key", ["when: {field: employees, op: ge, value: 1000}", "owner: from_event"])
def test_the_last_rule_of_a_team_takes_every_lead(key: str) -> None:
    told = problems(RELAY.replace("{id: fs-rest, team: fs, ", f"{{id: fs-rest, team: fs, {key}, "))
    assert len(told) == 1
    assert "the last rule of the team fs must take every lead" in told[0]
    assert told[0].startswith("routing.yaml:15:")


@pytest.mark.parametrize(
    ("old", "new", "expected"),
    [
        ("lead.accepted", "lead.acepted", "unknown activity lead.acepted; did you mean lead.accepted?"),
        ("within: 15m", "within: 15m\n    calendar: kobe", "unknown calendar kobe"),
        ("within: 15m", "within: 1d", "is not working time"),
        ("remind: owner", "remind: owner, notify: manager", "a step does one of"),
        ("notify: manager", "notify: mangaer", "unknown recipient mangaer; did you mean manager?"),
    ],
)
def test_a_mistake_in_a_clock_is_told(old: str, new: str, expected: str) -> None:
    told = problems(sla=ACCEPT.replace(old, new, 1))
    assert len(told) == 1
    assert told[0].startswith("sla.yaml:")
    assert expected in told[0]


@pytest.mark.parametrize("recipient", ["manager", "fallback", "chiba"])
def test_a_step_notifies_a_role_or_a_rep(recipient: str) -> None:
    clock = rules_of(sla=ACCEPT.replace("notify: manager", f"notify: {recipient}")).clocks["is"][0]
    assert clock.ladder[-1].target == recipient


@pytest.mark.parametrize(
    ("company", "expected"),
    [
        ("time_zone: Asia/Tokyo", "company.yaml:1:1: unknown key 'time_zone'; did you mean 'timezone'?"),
        ("timezone: Asia/Tokio", 'company.yaml:1:11: unknown time zone "Asia/Tokio"'),
        ("version: 2026", "company.yaml:1:10: found the number 2026; text is expected; put it in quotes"),
    ],
)
def test_a_mistake_in_the_company_file_is_told_with_its_place(company: str, expected: str) -> None:
    with pytest.raises(PlaybookError) as refused:
        load(PlaybookFolder.of({"routing.yaml": "teams: [fs]", "company.yaml": company}))
    assert str(refused.value).startswith(expected)


def doubts(routing: str = RELAY, sla: str = ACCEPT) -> list[str]:
    folder = PlaybookFolder.of({"routing.yaml": routing, "sla.yaml": sla})
    return list(map(str, warnings(folder.load("routing.yaml", RoutingFile), folder.load("sla.yaml", SlaFile))))


def test_a_field_that_baton_does_not_know_is_doubtful_where_a_rule_or_a_clock_asks_for_it() -> None:
    asked = RELAY.replace(
        "{id: is-rest,", "{id: a, team: is, pool: is-all, when: {field: employes, op: ge, value: 9}}\n  - {id: is-rest,"
    )
    assert doubts(asked, ACCEPT.replace("team: is", "team: is\n    when: {field: raeson, op: exists}")) == [
        "routing.yaml:14:51: unknown field 'employes'; did you mean 'employees'?",
        "sla.yaml:5:19: unknown field 'raeson'; did you mean 'reason'?",
    ]


def test_the_example_company_asks_for_fields_that_are_known() -> None:
    files = PlaybookFolder.read(EXAMPLE).files
    assert doubts(files["routing.yaml"], files["sla.yaml"]) == []
