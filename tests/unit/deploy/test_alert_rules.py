"""Alert rules: each is tested both ways, reads what is exposed, and leads to a page that helps."""

import re
import shutil
import subprocess
from pathlib import Path

import pytest
from pydantic import BaseModel, JsonValue, TypeAdapter
from yaml import safe_load

from tests.unit.deploy.deploy_files import (
    DEPLOY,
    ROOT,
    RULE_TESTS,
    RULES,
    RUNBOOKS,
    dashboards,
    exposed,
    labels_of,
    rules,
    series_of,
)

PROMETHEUS_OWN = {"up": frozenset({"job", "service", "instance"}), "ALERTS": frozenset({"alertname", "alertstate"})}
SECTIONS = ["What it means", "Who suffers", "Look first", "How to mend it", "How to know that it is over"]


class Expectation(BaseModel):
    alertname: str
    exp_alerts: list[dict[str, JsonValue]]


def expectations() -> list[Expectation]:
    tests = [test for path in RULE_TESTS for test in safe_load(path.read_text())["tests"]]
    return [found for t in tests for found in TypeAdapter(list[Expectation]).validate_python(t["alert_rule_test"])]


def promtool(*arguments: str) -> subprocess.CompletedProcess[str]:
    found = shutil.which("promtool")
    if found is None:
        pytest.skip("promtool is not on this machine (Debian: apt-get install prometheus)")
    return subprocess.run([found, *arguments], capture_output=True, text=True, check=False)


def test_every_alert_has_a_test_in_which_it_fires() -> None:
    firing = {expected.alertname for expected in expectations() if expected.exp_alerts}
    assert firing == {rule.alert for rule in rules()}


def test_every_alert_has_a_test_in_which_it_stays_silent() -> None:
    silent = {expected.alertname for expected in expectations() if not expected.exp_alerts}
    assert silent == {rule.alert for rule in rules()}


@pytest.mark.parametrize("path", RULE_TESTS, ids=lambda path: path.stem)
def test_alerts_fire_and_stay_silent_as_their_tests_say(path: Path) -> None:
    run = promtool("test", "rules", str(path))
    assert run.returncode == 0, run.stdout + run.stderr


def test_rules_are_valid_to_prometheus_itself() -> None:
    run = promtool("check", "rules", str(RULES))
    assert run.returncode == 0, run.stdout + run.stderr


def test_dashboard_questions_are_valid_to_prometheus_itself(tmp_path: Path) -> None:
    expressions = [t.expr for d in dashboards() for panel in d.graphs for t in panel.targets]
    asked = [expression.replace("$__rate_interval", "5m") for expression in expressions]
    recorded = "".join(f"  - record: question_{i}\n    expr: {e!r}\n" for i, e in enumerate(asked))
    path = tmp_path / "questions.yaml"
    path.write_text(f"groups:\n- name: questions\n  rules:\n{recorded}")
    run = promtool("check", "rules", "--lint=none", str(path))
    assert run.returncode == 0, run.stdout + run.stderr


def test_alertmanager_accepts_its_configuration() -> None:
    found = shutil.which("amtool")
    if found is None:
        pytest.skip("amtool is not on this machine (Debian: apt-get install prometheus-alertmanager)")
    path = DEPLOY / "alertmanager/alertmanager.yml"
    run = subprocess.run([found, "check-config", str(path)], capture_output=True, text=True, check=False)
    assert run.returncode == 0, run.stdout + run.stderr


def test_every_alert_says_how_urgent_it_is_and_whom_it_concerns() -> None:
    for rule in rules():
        assert rule.labels["severity"] in {"page", "ticket"}, rule.alert
        assert "team" in {*rule.labels, *labels_of(rule.expr)}, rule.alert
        assert {"summary", "description", "runbook_url"} == set(rule.annotations), rule.alert


def test_every_severity_has_somebody_who_is_told() -> None:
    routes = safe_load((DEPLOY / "alertmanager/alertmanager.yml").read_text())["route"]["routes"]
    routed = {matcher for route in routes for matcher in route["matchers"]}
    assert {f'severity="{rule.labels["severity"]}"' for rule in rules()} == routed


def test_every_alert_leads_to_a_runbook_that_exists_and_answers_the_five_questions() -> None:
    for rule in rules():
        page = ROOT / rule.annotations["runbook_url"]
        assert page == RUNBOOKS / f"{rule.alert}.md"
        assert re.findall(r"^## (.*)$", page.read_text(), re.MULTILINE) == SECTIONS, page.name


def test_runbooks_are_listed_and_none_is_left_over() -> None:
    listed = re.findall(r"\]\((\w+)\.md\)", (RUNBOOKS / "README.md").read_text())
    pages = {path.stem for path in RUNBOOKS.glob("*.md")} - {"README"}
    assert sorted(listed) == sorted(pages) == sorted(rule.alert for rule in rules())


def test_panels_and_pages_that_a_runbook_points_to_exist() -> None:
    panels = {panel.title for dashboard in dashboards() for panel in dashboard.graphs}
    for page in RUNBOOKS.glob("*.md"):
        text = page.read_text()
        named = [
            n
            for names in re.findall(r'panels? ("[^"]+"(?: and "[^"]+")*)', text)
            for n in re.findall('"([^"]+)"', names)
        ]
        assert set(named) <= panels, page.name
        assert all((RUNBOOKS / target).exists() for target in re.findall(r"\]\(([^)]+\.md)\)", text)), page.name


def test_alerts_read_only_what_the_services_expose() -> None:
    known = exposed() | PROMETHEUS_OWN
    for rule in rules():
        read = series_of(rule.expr)
        assert read <= known.keys(), rule.alert
        labels = frozenset[str]().union(*(known[name] for name in read))
        assert labels_of(rule.expr) <= labels | {"job", "le"}, rule.alert


def test_dashboards_show_only_what_the_services_expose() -> None:
    known = exposed() | PROMETHEUS_OWN
    for target in (t for d in dashboards() for panel in d.graphs for t in panel.targets):
        read = series_of(target.expr)
        assert read
        assert read <= known.keys(), target.expr
        labels = frozenset[str]().union(*(known[name] for name in read))
        legend = set(re.findall(r"\{\{(\w+)\}\}", target.legendFormat))
        assert labels_of(target.expr) | legend <= labels | {"job", "le"}, target.expr
