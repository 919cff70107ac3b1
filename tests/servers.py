"""Where the tests' Kafka and Postgres come from: named by environment, else containers if asked for, else embedded."""

import os
import shutil
import subprocess
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest

from shared.embedded import EmbeddedStackError, KafkaServer, PostgresServer

KAFKA_IMAGE = "confluentinc/cp-kafka:7.9.0"
POSTGRES_IMAGE = "postgres:18"
UNAVAILABLE: list[str] = []


@dataclass(frozen=True, slots=True)
class KafkaAddress:
    """A broker that the tests may use."""

    bootstrap_servers: str


@dataclass(frozen=True, slots=True)
class PostgresAddress:
    """A Postgres server that the tests may create databases on."""

    dsn: str


def wants_containers(environ: Mapping[str, str] = os.environ) -> bool:
    """Whether containers are asked for and a Docker engine answers."""
    if environ.get("BATON_TEST_CONTAINERS") != "1" or not (docker := shutil.which("docker")):
        return False
    return subprocess.run([docker, "version"], capture_output=True, check=False).returncode == 0


def source(variable: str, environ: Mapping[str, str] = os.environ) -> str:
    """Where the server comes from that `variable` may name, in words."""
    if environ.get(variable):
        return f"named by {variable}"
    return "container" if wants_containers(environ) else "embedded"


@contextmanager
def available() -> Iterator[None]:
    """Without the servers a test is skipped and the summary says so; under CI it fails."""
    try:
        yield
    except EmbeddedStackError as error:
        reason = str(error)
    else:
        return
    if os.environ.get("CI"):
        pytest.fail(reason, pytrace=False)
    UNAVAILABLE.append(reason)
    pytest.skip(reason)


@contextmanager
def kafka_server(folder: Path, environ: Mapping[str, str] = os.environ) -> Iterator[KafkaAddress]:
    """A broker for as long as the block lasts. Raises EmbeddedStackError when there is none to be had."""
    if named := environ.get("BATON_KAFKA"):
        yield KafkaAddress(named)
    elif wants_containers(environ):
        from testcontainers.community.kafka import KafkaContainer

        without_surprises = (
            KafkaContainer(KAFKA_IMAGE).with_kraft().with_env("KAFKA_AUTO_CREATE_TOPICS_ENABLE", "false")
        )
        with without_surprises as container:
            yield KafkaAddress(container.get_bootstrap_server())
    else:
        with KafkaServer(folder) as server:
            yield KafkaAddress(server.bootstrap_servers)


@contextmanager
def postgres_server(folder: Path, environ: Mapping[str, str] = os.environ) -> Iterator[PostgresAddress]:
    """A Postgres for as long as the block lasts. Raises EmbeddedStackError when there is none to be had."""
    if named := environ.get("BATON_POSTGRES"):
        yield PostgresAddress(named)
    elif wants_containers(environ):
        from testcontainers.community.postgres import PostgresContainer

        with PostgresContainer(POSTGRES_IMAGE, driver=None).with_command("-c max_connections=200") as container:
            yield PostgresAddress(container.get_connection_url())
    else:
        with PostgresServer(folder) as server:
            yield PostgresAddress(server.dsn)
