"""Servers for the tests that need them. Without any such test, none is started."""

import secrets
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import asyncpg
import pytest
from hypothesis import HealthCheck, settings

from shared.embedded import EmbeddedStack
from tests.fault.catalogue import ROWS
from tests.fault.sometimes import SEEN
from tests.servers import (
    UNAVAILABLE,
    KafkaAddress,
    PostgresAddress,
    available,
    kafka_server,
    postgres_server,
    source,
)

TRIED: set[int] = set()
"""The rows of the catalogue of faults whose tests passed."""
SERVER_FIXTURES = {"kafka", "postgres", "database", "fresh_stack"}


# Examples are judged by what they show, not by how long a busy machine takes for them.
settings.register_profile("baton", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("baton")


def pytest_configure(config: pytest.Config) -> None:
    config.addinivalue_line("markers", "servers: needs a real Kafka or Postgres (set for every test that asks for one)")
    config.addinivalue_line("markers", "row(*numbers): tries these faults of tests/fault/catalogue.py")
    config.addinivalue_line("markers", "long: run by `make fault`, too long for `make test`")


def pytest_report_header() -> str:
    return f"servers: Kafka {source('BATON_KAFKA')}, Postgres {source('BATON_POSTGRES')}"


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if SERVER_FIXTURES & set(getattr(item, "fixturenames", ())):
            item.add_marker(pytest.mark.servers)
        for mark in item.iter_markers("row"):
            item.user_properties.extend(("row", number) for number in mark.args)


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    for reason in UNAVAILABLE:
        terminalreporter.write_line(f"servers: tests were left out: {reason}", yellow=True)
    if TRIED:
        terminalreporter.write_line(f"faults: {len(TRIED)} of {len(ROWS)} rows of the catalogue tried in this run")
    for fault, times in sorted(SEEN.items()):
        terminalreporter.write_line(f"faults: {fault}: {times}", red=not times)


def pytest_sessionfinish(session: pytest.Session) -> None:
    """A worker of pytest-xdist tells what it has seen."""
    if (told := getattr(session.config, "workeroutput", None)) is not None:
        told.update(seen=dict(SEEN), unavailable=UNAVAILABLE)


@pytest.hookimpl(optionalhook=True)
def pytest_testnodedown(node: Any) -> None:
    told = getattr(node, "workeroutput", {})
    SEEN.update(told.get("seen", {}))
    UNAVAILABLE.extend(told.get("unavailable", ()))


def pytest_runtest_logreport(report: pytest.TestReport) -> None:
    if report.when == "call" and report.passed:
        TRIED.update(number for name, number in report.user_properties if name == "row")


@pytest.fixture(scope="session")
def kafka(tmp_path_factory: pytest.TempPathFactory) -> Iterator[KafkaAddress]:
    """The broker that all tests share; keep apart by `topic_prefix`."""
    with available(), kafka_server(tmp_path_factory.mktemp("kafka")) as address:
        yield address


@pytest.fixture(scope="session")
def postgres(tmp_path_factory: pytest.TempPathFactory) -> Iterator[PostgresAddress]:
    """The Postgres that all tests share; keep apart by `database`."""
    with available(), postgres_server(tmp_path_factory.mktemp("postgres")) as address:
        yield address


@pytest.fixture
async def database(postgres: PostgresAddress) -> AsyncIterator[str]:
    """The DSN of an empty database of the test's own."""
    name = f"baton_{secrets.token_hex(6)}"
    await _administer(postgres, f"CREATE DATABASE {name}")
    yield urlsplit(postgres.dsn)._replace(path=f"/{name}").geturl()
    await _administer(postgres, f"DROP DATABASE {name} WITH (FORCE)")


async def _administer(postgres: PostgresAddress, statement: str) -> None:
    connection = await asyncpg.connect(postgres.dsn)
    try:
        await connection.execute(statement)
    finally:
        await connection.close()


@pytest.fixture
def topic_prefix() -> str:
    """A beginning for topic names that no other test uses."""
    return f"t{secrets.token_hex(4)}."


@pytest.fixture
def fresh_stack(tmp_path: Path) -> Iterator[EmbeddedStack]:
    """A Kafka and a Postgres of the test's own, to be killed and restarted at will."""
    with available(), EmbeddedStack(tmp_path / "stack") as stack:
        yield stack
