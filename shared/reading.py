"""Whether our reading has caught up: lag is never the rep's fault."""

from collections.abc import Sequence
from typing import NamedTuple

import structlog

from shared import outbox, positions
from shared.db import Pool
from shared.errors import is_transient
from shared.kafka import ANSWER_SECONDS, KafkaLogs
from shared.positions import Place

log = structlog.get_logger()


class Unread(NamedTuple):
    """Offsets not yet handled: from the stored position up to the end of the log."""

    start: int
    end: int


class Reading:
    """Compares the stored positions of a service with the ends of all partitions of its input topics."""

    def __init__(self, logs: KafkaLogs, topics: Sequence[str]) -> None:
        self._logs = logs
        self._topics = topics

    async def unread(self, pool: Pool) -> dict[Place, Unread]:
        """What is not yet handled, by partition. Raises KafkaError or TimeoutError when Kafka is silent."""
        ends = await self._logs.ends()
        async with pool.acquire(timeout=ANSWER_SECONDS) as connection:
            stored = await positions.read(connection, self._topics)
        fresh = [place for place in ends if place not in stored]
        stored |= await self._logs.beginnings(fresh) if fresh else {}
        return {place: Unread(stored[place], end) for place, end in ends.items() if end > stored[place]}

    async def lag(self, pool: Pool) -> dict[Place, int]:
        """Records not yet handled, by partition. Raises KafkaError or TimeoutError when Kafka is silent."""
        return {place: unread.end - unread.start for place, unread in (await self.unread(pool)).items()}

    async def caught_up(self, pool: Pool) -> bool:
        """Whether everything that stood in Kafka or in an outbox of ours when asked has been handled."""
        async with pool.acquire(timeout=ANSWER_SECONDS) as connection:
            if await outbox.holds_activity(connection):
                return False
        try:
            lag = await self.lag(pool)
        except Exception as error:
            if not is_transient(error):
                raise
            log.warning("timers held: Kafka does not tell its ends", error_type=type(error).__name__)
            return False
        return not lag
