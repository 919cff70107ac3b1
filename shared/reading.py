"""Whether our reading has caught up: lag is never the rep's fault."""

from collections.abc import Sequence

import structlog

from shared import outbox, positions
from shared.db import Connection
from shared.errors import is_transient
from shared.kafka import KafkaLogs
from shared.positions import Place

log = structlog.get_logger()


class Reading:
    """Compares the stored positions of a service with the ends of all partitions of its input topics."""

    def __init__(self, logs: KafkaLogs, topics: Sequence[str]) -> None:
        self._logs = logs
        self._topics = topics

    async def lag(self, connection: Connection) -> dict[Place, int]:
        """Records not yet handled, by partition. Raises KafkaError or TimeoutError when Kafka is silent."""
        ends = await self._logs.ends()
        stored = await positions.read(connection, self._topics)
        unread = [place for place in ends if place not in stored]
        begins = await self._logs.beginnings(unread) if unread else {}
        return {place: max(0, end - stored.get(place, begins.get(place, 0))) for place, end in ends.items()}

    async def caught_up(self, connection: Connection) -> bool:
        """Whether everything that stood in Kafka or in an outbox of ours when asked has been handled."""
        if await outbox.holds_activity(connection):
            return False
        try:
            lag = await self.lag(connection)
        except Exception as error:
            if not is_transient(error):
                raise
            log.warning("timers held: Kafka does not tell its ends", error_type=type(error).__name__)
            return False
        return not any(lag.values())
