"""The stage on which the model plays: a real Postgres, and clocks that stand still."""

import asyncio
import logging
import secrets
from collections.abc import Callable, Iterator
from contextlib import AsyncExitStack
from functools import partial
from urllib.parse import urlsplit

import asyncpg
import pytest
import structlog

from shared import consumer, firing, holding, lanes, lease, publisher, relay
from tests.model.machine import Model
from tests.model.replica import Parts
from tests.model.stage import LONG_SECONDS, Stage, stage_on
from tests.servers import PostgresAddress

Create = Callable[[Parts], Model]


@pytest.fixture
def running() -> Iterator[asyncio.Runner]:
    """A loop for a test that is not asynchronous itself: Hypothesis calls its rules one by one."""
    with asyncio.Runner() as runner:
        yield runner


@pytest.fixture
def stage(running: asyncio.Runner, postgres: PostgresAddress, monkeypatch: pytest.MonkeyPatch) -> Iterator[Stage]:
    name = f"baton_{secrets.token_hex(6)}"
    running.run(_administer(postgres, f"CREATE DATABASE {name}"))
    held = AsyncExitStack()
    try:
        dsn = urlsplit(postgres.dsn)._replace(path=f"/{name}").geturl()
        stage = running.run(held.enter_async_context(stage_on(dsn)))
        _stop_clocks(stage, monkeypatch)
        monkeypatch.setattr(publisher, "new_producer", stage.new_producer)
        yield stage
    finally:
        running.run(held.aclose())
        running.run(_administer(postgres, f"DROP DATABASE {name} WITH (FORCE)"))


@pytest.fixture
def create(running: asyncio.Runner, stage: Stage) -> Create:
    """A world of replicas that are made of these parts."""
    return partial(Model, running, stage)


def _stop_clocks(stage: Stage, patch: pytest.MonkeyPatch) -> None:
    """No error and no partition is rested for, no hint waits, no answer is late: what time brings, the model says."""
    for module in (firing, lease, relay):
        patch.setattr(module, "monotonic_seconds", stage.monotonic_seconds)
    for module, name in ((consumer, "FIRST_BACKOFF_SECONDS"), (relay, "ERROR_SECONDS"), (lanes, "HINT_SECONDS")):
        patch.setattr(module, name, 0.0)
    for module, name in (
        (relay, "SEND_SECONDS"),
        (holding, "SHORTEST_PATIENCE_SECONDS"),
        (holding, "LONGEST_PATIENCE_SECONDS"),
        (lanes, "HINT_TIMEOUT_SECONDS"),
    ):
        patch.setattr(module, name, LONG_SECONDS)


async def _administer(postgres: PostgresAddress, statement: str) -> None:
    connection = await asyncpg.connect(postgres.dsn)
    try:
        await connection.execute(statement)
    finally:
        await connection.close()


@pytest.fixture(autouse=True)
def quiet() -> Iterator[None]:
    """What a fault makes Baton log is not shown: there are thousands of them."""
    before = structlog.get_config()
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.CRITICAL))
    yield
    structlog.configure(**before)
