"""What the integration tests share."""

from collections.abc import AsyncIterator

import pytest

from tests.integration.tiny import Tiny, tiny_service
from tests.servers import KafkaAddress


@pytest.fixture
async def tiny(kafka: KafkaAddress, database: str, topic_prefix: str) -> AsyncIterator[Tiny]:
    """A tiny service, ready to be run in parts."""
    async with tiny_service(kafka.bootstrap_servers, database, topic_prefix) as tiny:
        yield tiny
