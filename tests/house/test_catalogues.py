"""The catalogues are complete and say what the code says."""

import re
from importlib import import_module
from pathlib import Path

import pytest
from pydantic import SecretStr
from pydantic_settings import BaseSettings
from yaml import safe_load

from services.alerts.settings import SlackSettings
from shared.settings import Settings
from tests.house.documents import README, README_JA, ROOT, rows, text_of, tracked
from tests.unit.deploy.deploy_files import DEPLOY, containers, exposed

SETTINGS, METRICS = ROOT / "docs/settings.md", ROOT / "docs/metrics.md"
SERVICES = ("scoring", "routing", "alerts", "kpi")
NO_SETTING = {"BATON_NS"}
COMPOSE = (ROOT / "docker-compose.yml").read_text()


def listed_settings() -> dict[str, str]:
    """Default by name, as the catalogue has them."""
    table = [row for row in rows(SETTINGS) if row[0].startswith("`BATON_")]
    return {row[0].strip("`"): "" if row[1] == "(empty)" else row[1].strip("`") for row in table}


def defaults(model: type[BaseSettings]) -> dict[str, str]:
    prefix = str(model.model_config["env_prefix"])
    plain = {name: field.default for name, field in model.model_fields.items()}
    return {
        f"{prefix}{name.upper()}": value.get_secret_value() if isinstance(value, SecretStr) else str(value)
        for name, value in plain.items()
    }


def named_settings() -> set[str]:
    code = [path for path in tracked() if path.suffix == ".py" and path.is_relative_to(ROOT)]
    texts = [text_of(path) for path in code] + [COMPOSE]
    found = {name for text in texts for name in re.findall(r"\bBATON_[A-Z_]*[A-Z]\b", text)}
    return (found - NO_SETTING) | defaults(Settings).keys() | defaults(SlackSettings).keys()


def test_every_setting_is_in_the_catalogue_and_nothing_else() -> None:
    assert set(listed_settings()) == named_settings()


def test_defaults_in_the_catalogue_are_those_of_the_code() -> None:
    listed = listed_settings()
    in_code = defaults(Settings) | defaults(SlackSettings) | dict(re.findall(r"\$\{(BATON_\w+):-([^}]*)\}", COMPOSE))
    assert {name: listed[name] for name in in_code} == in_code


def family(series: str) -> tuple[str, str]:
    """(name, kind) of the metric that a series belongs to."""
    if found := re.fullmatch(r"(.*)_(bucket|sum|count)", series):
        return found[1], "histogram"
    return series, "counter" if series.endswith("_total") else "gauge"


def test_every_metric_is_in_the_catalogue_with_its_kind_and_labels() -> None:
    table = [row for row in rows(METRICS) if row[0].startswith("`baton_")]
    listed = {(name.strip("`"), kind): set(re.findall(r"\w+", labels)) for name, kind, labels, _ in table}
    in_code = {family(series): set(labels - {"service"}) for series, labels in exposed().items() if "baton_" in series}
    assert listed == in_code


@pytest.mark.parametrize("readme", [README, README_JA], ids=lambda path: path.name)
@pytest.mark.parametrize("service", SERVICES)
def test_readme_tells_what_each_service_reads_and_where_it_answers(readme: Path, service: str) -> None:
    (row,) = [row for row in rows(readme) if re.match(rf"{service}\b", row[0])]
    subscription = import_module(f"services.{service}.app").create().subscription
    assert re.findall(r"`([^`]+)`", row[1]) == list(subscription.topics)
    assert row[3] == str(containers()[service].environment["BATON_HTTP_PORT"])


def test_readme_names_every_topic() -> None:
    topics = {topic["name"] for topic in safe_load((DEPLOY / "kafka/topics.yaml").read_text())["topics"]}
    assert {topic for topic in topics if f"`{topic}`" not in text_of(README)} == set()
