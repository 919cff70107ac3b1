"""The deployment files, read once, in the shapes that the tests look at."""

import ast
import json
import re
from collections.abc import Iterator
from pathlib import Path

from prometheus_client.metrics import MetricWrapperBase
from pydantic import BaseModel, Field, JsonValue, TypeAdapter
from yaml import safe_load

from shared.metrics import Metrics

ROOT = Path(__file__).parents[3]
DEPLOY = ROOT / "deploy"
RULES = DEPLOY / "prometheus/rules/baton.yaml"
RULE_TESTS = sorted((DEPLOY / "prometheus/tests").glob("*.yaml"))
DASHBOARDS = sorted((DEPLOY / "grafana/dashboards").rglob("*.json"))
RUNBOOKS = ROOT / "docs/runbooks"
SUFFIXES = {"counter": ("_total",), "gauge": ("",), "histogram": ("_bucket", "_count", "_sum")}


class Rule(BaseModel):
    alert: str
    expr: str
    labels: dict[str, str]
    annotations: dict[str, str]


class Container(BaseModel):
    """A service of the compose file; hardening that is not written down is absent."""

    image: str
    init: bool = False
    read_only: bool = False
    cap_drop: list[str] = []
    cap_add: list[str] = []
    security_opt: list[str] = []
    ports: list[str] = []
    volumes: list[str] = []
    command: list[str] = []
    profiles: list[str] = []
    mem_limit: str = ""
    restart: str = "no"
    environment: dict[str, str | int | None] = {}
    healthcheck: dict[str, JsonValue] = {}
    depends_on: dict[str, dict[str, str]] = {}


class Target(BaseModel):
    expr: str
    legendFormat: str  # noqa: N815 - Grafana's name


class Panel(BaseModel):
    id: int
    type: str
    title: str
    description: str = ""
    datasource: dict[str, str] = {}
    field_config: dict[str, dict[str, JsonValue] | list[JsonValue]] = Field(default={}, alias="fieldConfig")
    targets: list[Target] = []


class Dashboard(BaseModel):
    id: int | None
    uid: str
    tags: list[str]
    templating: dict[str, list[dict[str, JsonValue]]]
    panels: list[Panel]

    @property
    def graphs(self) -> list[Panel]:
        return [panel for panel in self.panels if panel.type != "row"]


def rules() -> list[Rule]:
    groups = TypeAdapter(list[dict[str, JsonValue]]).validate_python(safe_load(RULES.read_text())["groups"])
    return [rule for group in groups for rule in TypeAdapter(list[Rule]).validate_python(group["rules"])]


def containers() -> dict[str, Container]:
    compose = safe_load((ROOT / "docker-compose.yml").read_text())
    return TypeAdapter(dict[str, Container]).validate_python(compose["services"])


def dashboards() -> list[Dashboard]:
    return [Dashboard.model_validate(json.loads(path.read_text())) for path in DASHBOARDS]


def exposed() -> dict[str, frozenset[str]]:
    """The series that Baton exposes, with the labels of each."""
    metrics = Metrics("scoring")
    declared = [m for m in vars(metrics).values() if isinstance(m, MetricWrapperBase)]
    families = [(m._name, str(m._type), frozenset(m._labelnames)) for m in declared]
    own = {m._name for m in declared}
    families += [(f.name, f.type, frozenset({"service"})) for f in metrics.registry.collect() if f.name not in own]
    families += [found for path in (ROOT / "services").rglob("*.py") for found in _constructed(path)]
    return {name + suffix: labels for name, kind, labels in families for suffix in SUFFIXES[kind]}


def _constructed(path: Path) -> Iterator[tuple[str, str, frozenset[str]]]:
    for node in ast.walk(ast.parse(path.read_text())):
        match node:
            case ast.Call(
                func=ast.Name(id="Counter" | "Gauge" | "Histogram" as kind),
                args=[ast.Constant(value=str(name)), _, ast.Tuple(elts=labels), *_],
            ) if name.startswith("baton_"):
                yield name, kind.lower(), frozenset(str(ast.literal_eval(label)) for label in labels)


def series_of(expression: str) -> set[str]:
    """The names of the series that a PromQL expression reads."""
    bare = re.sub(r'"[^"]*"|\{[^}]*\}|\[[^\]]*\]|\b(by|without|on|ignoring)\s*\([^)]*\)', " ", expression)
    names = re.findall(r"(?<![\w.])([a-zA-Z_]\w*)\b(?!\s*\()", bare)
    return set(names) - {"and", "or", "unless", "offset"} - set(re.findall(r"offset\s+(\w+)", bare))


def labels_of(expression: str) -> set[str]:
    """The labels that a PromQL expression selects or groups by."""
    unquoted = re.sub(r'"[^"]*"', '""', expression)
    selected = re.findall(r"(\w+)\s*[=!]~?\"", unquoted)
    grouped = [name for names in re.findall(r"\bby\s*\(([^)]*)\)", unquoted) for name in re.findall(r"\w+", names)]
    return {*selected, *grouped}
