"""A live system of its own for each test module."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from services.local.system import LocalSystem
from tests.fakes.slack import FakeSlack
from tests.servers import KafkaAddress, PostgresAddress
from tests.support.servings import TraceSink, serving
from tests.support.systems import live_system

PLAYBOOK = Path(__file__).parents[2] / "deploy" / "playbook"


@pytest.fixture(scope="module")
def system(
    kafka: KafkaAddress, postgres: PostgresAddress, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[LocalSystem]:
    folder = tmp_path_factory.mktemp("system")
    with live_system(kafka.bootstrap_servers, postgres.dsn, folder, PLAYBOOK) as running:
        yield running


@dataclass
class Observed:
    """A live system whose Slack messages and spans can be looked at."""

    system: LocalSystem
    slack: FakeSlack
    traces: TraceSink


@pytest.fixture(scope="module")
def observed(
    kafka: KafkaAddress, postgres: PostgresAddress, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Observed]:
    folder, slack, traces = tmp_path_factory.mktemp("observed"), FakeSlack(), TraceSink()
    with serving(slack.app) as slack_url, serving(traces.app) as traces_url:
        settings = {
            "BATON_SLACK_TOKEN": "xoxb-test",
            "BATON_SLACK_URL": f"{slack_url}/api/",
            "BATON_SLACK_SIGNING_SECRET": "secret",
            "OTEL_EXPORTER_OTLP_ENDPOINT": traces_url,
            "OTEL_BSP_SCHEDULE_DELAY": "200",
        }
        with live_system(kafka.bootstrap_servers, postgres.dsn, folder, PLAYBOOK, settings) as system:
            yield Observed(system, slack, traces)
