"""A live system of its own for each test module."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from services.local.system import LocalSystem
from tests.servers import KafkaAddress, PostgresAddress
from tests.support.systems import live_system

PLAYBOOK = Path(__file__).parents[2] / "deploy" / "playbook"


@pytest.fixture(scope="module")
def system(
    kafka: KafkaAddress, postgres: PostgresAddress, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[LocalSystem]:
    folder = tmp_path_factory.mktemp("system")
    with live_system(kafka.bootstrap_servers, postgres.dsn, folder, PLAYBOOK) as running:
        yield running
