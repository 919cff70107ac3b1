"""What the integration tests share."""

import logging
from collections.abc import AsyncIterator, Iterator

import pytest
import structlog

from tests.integration.facts import Topic
from tests.integration.tiny import Tiny, make_topic, tiny_service
from tests.servers import KafkaAddress


@pytest.fixture(autouse=True)
def quiet() -> Iterator[None]:
    """No tracebacks with every local, which structlog draws in colour at a second each where nothing is set up."""
    before = structlog.get_config()
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.CRITICAL))
    yield
    structlog.configure(**before)


@pytest.fixture
async def tiny(kafka: KafkaAddress, database: str, topic_prefix: str) -> AsyncIterator[Tiny]:
    """A tiny service, ready to be run in parts."""
    async with tiny_service(kafka.bootstrap_servers, database, topic_prefix) as tiny:
        yield tiny


@pytest.fixture
async def topic(kafka: KafkaAddress, topic_prefix: str) -> Topic:
    """A topic of two partitions, and a FastStream that reads it."""
    await make_topic(kafka.bootstrap_servers, f"{topic_prefix}facts", 2)
    return Topic(kafka.bootstrap_servers, f"{topic_prefix}facts")
