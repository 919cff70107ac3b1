"""What the integration tests share."""

import logging
from collections.abc import AsyncIterator, Iterator

import pytest
import structlog

from shared.provisioning import apply_topics, read_topics
from shared.topics import LEAD_ACTIVITY
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


@pytest.fixture
def broker(kafka: KafkaAddress, topic_prefix: str, monkeypatch: pytest.MonkeyPatch) -> str:
    """The name of a fresh topic of activities, to which the command line sends."""
    apply_topics(kafka.bootstrap_servers, topic_prefix, read_topics())
    monkeypatch.setenv("BATON_KAFKA", kafka.bootstrap_servers)
    monkeypatch.setenv("BATON_TOPIC_PREFIX", topic_prefix)
    return topic_prefix + LEAD_ACTIVITY
