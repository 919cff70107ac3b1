"""Dashboards: stable to link to, and readable to somebody who sees them for the first time."""

import re

from yaml import safe_load

from tests.unit.deploy.deploy_files import DASHBOARDS, DEPLOY, containers, dashboards


def test_dashboard_keeps_its_address() -> None:
    for path, dashboard in zip(DASHBOARDS, dashboards(), strict=True):
        assert dashboard.uid == f"{path.parent.name}-{path.stem}"
        assert len(dashboard.uid) <= 40
        assert dashboard.id is None
        assert "baton" in dashboard.tags


def test_every_panel_says_what_it_shows_and_in_which_unit() -> None:
    for panel in (panel for dashboard in dashboards() for panel in dashboard.graphs):
        defaults = panel.field_config["defaults"]
        assert isinstance(defaults, dict)
        assert defaults["unit"], panel.title
        assert panel.description.endswith("."), panel.title
        assert panel.datasource == {"type": "prometheus", "uid": "${datasource}"}, panel.title


def test_panels_have_titles_and_numbers_of_their_own() -> None:
    for dashboard in dashboards():
        assert len({panel.id for panel in dashboard.panels}) == len(dashboard.panels)
        assert len({panel.title for panel in dashboard.panels}) == len(dashboard.panels)


def test_first_row_answers_whether_all_is_right() -> None:
    for dashboard in dashboards():
        first, *others = dashboard.panels
        assert (first.type, first.title) == ("row", "Is it all right?")
        rows = [i for i, panel in enumerate(others) if panel.type == "row"]
        assert {panel.type for panel in others[: rows[0]]} == {"stat"}


def test_rates_follow_the_zoom_of_the_dashboard() -> None:
    for target in (t for d in dashboards() for panel in d.graphs for t in panel.targets):
        assert set(re.findall(r"rate\([^\[]*\[([^\]]+)\]", target.expr)) <= {"$__rate_interval"}, target.expr


def test_data_source_that_the_dashboards_choose_is_provisioned() -> None:
    (source,) = safe_load((DEPLOY / "grafana/provisioning/datasources/prometheus.yaml").read_text())["datasources"]
    for dashboard in dashboards():
        variable = dashboard.templating["list"][0]
        assert (variable["name"], variable["query"]) == ("datasource", source["type"])
        assert variable["current"] == {"text": source["name"], "value": source["uid"]}


def test_grafana_finds_the_dashboards_where_they_are_mounted() -> None:
    (provider,) = safe_load((DEPLOY / "grafana/provisioning/dashboards/baton.yaml").read_text())["providers"]
    assert f"./deploy/grafana/dashboards:{provider['options']['path']}:ro" in containers()["grafana"].volumes
    assert provider["allowUiUpdates"] is False
