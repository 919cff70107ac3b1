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


@pytest.mark.parametrize("name", ["scorring.yaml", "scoring.yml", "Scoring.YAML"])
def test_a_file_whose_name_is_nearly_that_of_a_missing_one_is_a_problem(check, name):
    result = check({"company.yaml": "timezone: Asia/Tokyo", name: "mql: {threshold: 60}"})
    assert (result.exit_code, result.stdout) == (
        1,
        f"{name}: this is no file of a playbook; did you mean scoring.yaml? Rename it\n",
    )
    assert result.stderr == ""


def test_what_is_wrong_between_files_is_told_beside_what_is_wrong_inside_others(check):
    files = {
        "scoring.yaml": "mql: {treshold: 60}",
        "sla.yaml": "clocks: [{id: a, team: fs, within: soon}]",
        "routing.yaml": """
teams: [fs]
pools: [{id: p, team: fs, members: [rep-55]}]
rules: [{id: b, team: fs, pool: p}]
""",
    }
    told = check(files).stdout
    assert "scoring.yaml:1:7: unknown key 'treshold'" in told
    assert "sla.yaml:1:36:" in told
    assert "routing.yaml:3:37: unknown member rep-55" in told


def test_examples_of_a_part_are_run_whatever_is_wrong_in_another(check):
    told = check({"scoring.yaml": "examples: [{name: nobody, expect: {score: 5}}]", "alerts.yaml": "stale: 3"}).stdout
    assert "example 'nobody': expected 5 points" in told
    assert "alerts.yaml:1:8:" in told


def test_a_broken_calendars_file_makes_no_calendar_unknown(check):
    routing = "teams: [{id: fs, calendar: tokyo}]\npools: [{id: p, team: fs}]\nrules: [{id: b, team: fs, pool: p}]"
    told = check({"calendars.yaml": "calendars: 3", "routing.yaml": routing}).stdout
    assert told.startswith("calendars.yaml:1:12:")
    assert "unknown calendar" not in told


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
    "sla.yaml": "clocks: [{id: a, team: fs, within: 4h, when: {field: raeson, op: exists}, stops: [call.connected]}]",
}
DOUBTS = {
    "scoring.yaml:1:18: a score of 10 is out of reach: at most 0 can be had",
    "routing.yaml:3:9: the pool p has no members: its leads wait for ever",
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


def test_a_file_is_answered_with_the_folder_to_give():
    result = CliRunner().invoke(app, ["check", str(DEPLOYED / "scoring.yaml")])
    assert result.exit_code == 2
    assert result.stderr.endswith(f"so give the folder: baton check {DEPLOYED}\n")


def test_the_examples_are_run_and_counted(check):
    result = check({name: text.read_text() for name in ("scoring.yaml",) if (text := DEPLOYED / name)})
    assert result.exit_code == 0
    assert result.stdout.endswith(": 1 file, 11 examples, no problems\n")


def test_an_example_that_comes_out_otherwise_is_a_problem(check):
    result = check({"scoring.yaml": "examples: [{name: nobody, expect: {score: 5}}]"})
    assert result.exit_code == 1
    assert "scoring.yaml:1:12: example 'nobody': expected 5 points, got 0: no rule gave anything\n" in result.stdout


def test_who_is_away_is_asked_of_the_days_after_the_time_that_is_given():
    away = "warning: routing.yaml:"
    for at, told in (("2026-09-13T09:00:00+09:00", True), ("2026-10-05T09:00:00+09:00", False)):
        result = CliRunner().invoke(app, ["check", str(DEPLOYED), "--at", at])
        assert result.exit_code == 0
        assert ("Mon 2026-09-14 to Fri 2026-09-18 nobody of the pool fs-kansai" in result.stderr) is told
        assert (away in result.stderr) is told


LABELS = """labels:
  case_stdy: Case study
  case_study: Case study
  cap:content: Enough
  accept: Accepted
  exhibition: Trade show
"""


def test_a_label_that_names_nothing_is_doubtful(check):
    files = {name: (DEPLOYED / name).read_text() for name in ("scoring.yaml",)}
    result = check(
        files
        | {"alerts.yaml": LABELS, "sla.yaml": "clocks: [{id: accept, team: is, within: 4h, stops: [call.connected]}]"}
    )
    (told,) = result.stderr.splitlines()
    assert told.startswith("warning: alerts.yaml:2:3: 'case_stdy' names no rule of scoring.yaml, no clock of sla.yaml")


@pytest.mark.parametrize(("locale", "is_told"), [("jp", True), ("de_DE", True), ("ja_JP", False), ("en", False)])
def test_a_locale_that_is_none_is_doubtful(check, locale, is_told):
    result = check({"company.yaml": f"locale: {locale}"})
    told = f"warning: company.yaml:1:9: Baton does not speak '{locale}', its messages would be English: en or ja\n"
    assert result.stderr == (told if is_told else "")
