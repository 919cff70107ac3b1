"""`baton check`: mistakes in a playbook, each with its place."""

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

from services.cli import app
from shared.playbook import PlaybookFolder

DEPLOYED = Path(__file__).parents[3] / "deploy" / "playbook"


@pytest.fixture
def check(tmp_path):
    def check(files, *options):
        for name, text in files.items():
            (tmp_path / name).write_text(text)
        return CliRunner().invoke(app, ["check", str(tmp_path), *options])

    return check


def test_the_example_playbook_is_without_mistakes_and_has_a_version():
    result = CliRunner().invoke(app, ["check", str(DEPLOYED)])
    assert result.exit_code == 0
    assert PlaybookFolder.read(DEPLOYED).version in result.stdout


@pytest.mark.parametrize(
    ("name", "text", "problem"),
    [
        (
            "calendars.yaml",
            "calendars: {a: {timezone: Asia/Tokio, hours: {}}}",
            "calendars.yaml:1:27: unknown time zone",
        ),
        ("scoring.yaml", "mql: {treshold: 60}", "scoring.yaml:1:7: unknown key 'treshold'; did you mean 'threshold'?"),
        ("routing.yaml", "teams: []", "routing.yaml:1:8:"),
        ("sla.yaml", "clocks: [{id: a}]", "sla.yaml:1:10: the key 'team' is missing"),
        ("alerts.yaml", "stale: 3", "alerts.yaml:1:8:"),
        ("company.yaml", "time_zone: UTC", "company.yaml:1:1: unknown key 'time_zone'; did you mean 'timezone'?"),
        ("kpi.yaml", "calendar: tokyo", 'kpi.yaml:1:11: unknown calendar "tokyo"'),
    ],
)
def test_a_folder_with_some_of_the_files_is_checked_for_those(check, name, text, problem):
    result = check({name: text})
    assert result.exit_code == 1
    assert problem in result.stdout


def test_the_mistakes_of_all_files_are_listed_at_once(check):
    result = check({"scoring.yaml": "mql: {treshold: 60}", "routing.yaml": "pols: []"}, "--json")
    assert result.exit_code == 1
    assert {problem["file"] for problem in json.loads(result.stdout)["problems"]} == {"scoring.yaml", "routing.yaml"}


def test_a_file_that_is_none_of_a_playbook_is_a_warning(check):
    result = check({"scoring.yaml": (DEPLOYED / "scoring.yaml").read_text(), "scorings.yaml": "x"})
    assert result.exit_code == 0
    assert "warning: scorings.yaml is no file of a playbook" in result.stderr


def test_an_empty_folder_is_no_playbook(check, tmp_path):
    result = check({})
    assert result.exit_code == 1
    assert result.stdout.startswith(f"{tmp_path}: no file of a playbook is here; expected some of company.yaml, ")


def test_a_folder_that_is_not_there_is_wrong_use(tmp_path):
    assert CliRunner().invoke(app, ["check", str(tmp_path / "nowhere")]).exit_code == 2


DOUBTFUL = {
    "scoring.yaml": "mql: {threshold: 10}",
    "routing.yaml": """
teams: [fs]
pools: [{id: p, team: fs}]
rules:
  - {id: a, team: fs, pool: p, when: {field: employes, op: ge, value: 9}}
  - {id: b, team: fs, pool: p}
""",
    "sla.yaml": "clocks: [{id: a, team: fs, within: 4h, when: {field: raeson, op: exists}}]",
}
DOUBTS = {
    "scoring.yaml:1:18: a score of 10 is out of reach: at most 0 can be had",
    "routing.yaml:5:46: unknown field 'employes'; did you mean 'employees'?",
    "sla.yaml:1:54: unknown field 'raeson'; did you mean 'reason'?",
}


def test_what_is_legal_and_probably_not_meant_is_a_warning(check):
    result = check(DOUBTFUL)
    assert result.exit_code == 0
    assert set(result.stderr.splitlines()) == {f"warning: {doubt}" for doubt in DOUBTS}


def test_warnings_are_told_beside_the_problems_of_other_files(check):
    result = check(DOUBTFUL | {"alerts.yaml": "stale: 3"}, "--json")
    assert result.exit_code == 1
    told = json.loads(result.stdout)
    assert [problem["file"] for problem in told["problems"]] == ["alerts.yaml"]
    assert len(told["warnings"]) == len(DOUBTS)
