"""A real Prometheus scrapes the running services: every query of the dashboard and of the alert rules is answered."""

import asyncio
import json
import re
import shutil
import socket
import subprocess
import time
import urllib.parse
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from yaml import safe_dump, safe_load

from services.local.system import LocalSystem
from shared.clock import set_clock
from tests.e2e.conftest import Observed
from tests.support.live import Connected, activity, publish, until_quiet

pytestmark = [
    pytest.mark.servers,
    pytest.mark.skipif(shutil.which("prometheus") is None, reason="Debian's package prometheus is not installed"),
]
DEPLOY = Path(__file__).parents[2] / "deploy"
DASHBOARD = DEPLOY / "grafana/dashboards/baton/leads-flowing.json"
PATIENCE_SECONDS = 60
QUIET_UNTIL_IT_HAPPENS = re.compile(
    r"relay_errors|commit_failures|rewinds|gap_records|wrong_partition|retries|refused_total|refusals"
)
"""Counters with labels have no series before their first fault."""


@contextmanager
def prometheus(system: LocalSystem, folder: Path) -> Iterator[str]:
    """The server with the deployment's own configuration and rules, aimed at this system; its URL."""
    config = safe_load((DEPLOY / "prometheus/prometheus.yml").read_text())
    config["global"] = {"scrape_interval": "1s", "evaluation_interval": "1s"}
    config["rule_files"] = [str(DEPLOY / "prometheus/rules/*.yaml")]
    config.pop("alerting")
    (job,) = config["scrape_configs"]
    job["static_configs"] = [
        {"targets": [f"127.0.0.1:{process.port}"], "labels": {"service": name}}
        for name, process in system.services.items()
    ]
    (folder / "prometheus.yml").write_text(safe_dump(config))
    with socket.create_server(("127.0.0.1", 0)) as free:
        address = f"127.0.0.1:{free.getsockname()[1]}"
    command = ["prometheus", f"--config.file={folder}/prometheus.yml", f"--storage.tsdb.path={folder}/data"]
    with (folder / "prometheus.log").open("w") as log:
        server = subprocess.Popen([*command, f"--web.listen-address={address}"], stdout=log, stderr=log)
    try:
        yield f"http://{address}"
    finally:
        server.terminate()
        server.wait()


def ask(url: str, query: str) -> list[dict[str, object]]:
    try:
        with urllib.request.urlopen(f"{url}/api/v1/query?query={urllib.parse.quote(query)}") as answer:
            return list(json.load(answer)["data"]["result"])
    except OSError:
        return []


def rule_healths(url: str) -> set[str]:
    with urllib.request.urlopen(f"{url}/api/v1/rules") as answer:
        return {rule["health"] for group in json.load(answer)["data"]["groups"] for rule in group["rules"]}


def panel_queries() -> list[tuple[str, str]]:
    panels = json.loads(DASHBOARD.read_text())["panels"]
    found = [(panel["title"], target["expr"]) for panel in panels for target in panel.get("targets", [])]
    return [
        (title, re.sub(r"\$__rate_interval|\$__range|\$__interval", "30s", expr).replace("$service", ".*"))
        for title, expr in found
    ]


def rule_metrics() -> set[str]:
    """What the alert rules look at: their conditions are rightly empty while all is well, their metrics must exist."""
    text = (DEPLOY / "prometheus/rules/baton.yaml").read_text()
    return {name for name in re.findall(r"\bbaton_[a-z_]+\b", text) if not QUIET_UNTIL_IT_HAPPENS.search(name)}


async def test_every_query_of_the_dashboard_and_the_rules_returns_data(observed: Observed, tmp_path: Path) -> None:
    system = observed.system
    async with Connected(system, "routing") as connection:
        await set_clock(connection, datetime(2026, 11, 24, 2, tzinfo=UTC), 60)
    at = datetime(2026, 11, 24, 1, 30, tzinfo=UTC)
    with prometheus(system, tmp_path) as url:
        end, missing = time.monotonic() + PATIENCE_SECONDS, {"everything"}
        number = 0
        while missing and time.monotonic() < end:
            raised = (f"{number}-{n}" for n in range(5))
            events = [activity(name, "demo.requested", f"prom-{name}", at.isoformat()) for name in raised]
            await publish(system, [*events, events[0], b"not json"])
            number, at = number + 1, at + timedelta(seconds=1)
            await asyncio.sleep(1)
            missing = {expr for _, expr in panel_queries() if not ask(url, expr)}
            missing = {expr for expr in missing if not QUIET_UNTIL_IT_HAPPENS.search(expr)}
            missing |= {name for name in rule_metrics() if not ask(url, name)}
        rules = rule_healths(url)
    assert missing == set()
    assert rules == {"ok"}
    await until_quiet(system)
