"""`routing.yaml` and `sla.yaml`: what is accepted, and where each mistake is."""

from datetime import timedelta
from pathlib import Path

import pytest

from services.routing.playbook import load
from shared.playbook import PlaybookError, PlaybookFolder
from tests.unit.routing.routing_office import ACCEPT, CALENDARS, RELAY

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
    rules = load(PlaybookFolder.of({"routing.yaml": "teams: [is, fs]\nreps: [{id: a, team: [is, fs]}]\n"}))
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
        ("[is, fs, cs]", "[is, fs, cs, is]", "routing.yaml:2:21: the team is is listed twice"),
    ],
)
def test_a_mistake_between_entries_is_told_with_its_place(old: str, new: str, expected: str) -> None:
    assert any(problem.startswith(expected) for problem in problems(RELAY.replace(old, new, 1)))


@pytest.mark.parametrize("key", ["when: {field: employees, op: ge, value: 1000}", "owner: from_event"])
def test_the_last_rule_of_a_team_takes_every_lead(key: str) -> None:
    told = problems(RELAY.replace("{id: fs-rest, team: fs, ", f"{{id: fs-rest, team: fs, {key}, "))
    assert len(told) == 1
    assert "the last rule of the team fs must take every lead" in told[0]
    assert told[0].startswith("routing.yaml:15:")


@pytest.mark.parametrize(
    ("old", "new", "expected"),
    [
        ("lead.accepted", "lead.acepted", "unknown action of a rep lead.acepted; did you mean lead.accepted?"),
        ("within: 15m", "within: 15m\n    calendar: kobe", "unknown calendar kobe"),
        ("within: 15m", "within: 1d", "is not working time"),
        ("remind: owner", "remind: owner, notify: manager", "a step does one of"),
    ],
)
def test_a_mistake_in_a_clock_is_told(old: str, new: str, expected: str) -> None:
    told = problems(sla=ACCEPT.replace(old, new, 1))
    assert len(told) == 1
    assert told[0].startswith("sla.yaml:")
    assert expected in told[0]
