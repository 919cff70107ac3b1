"""Whether our reading has caught up: lag is never the rep's fault."""

from collections.abc import Mapping, Sequence
from datetime import datetime
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


class _Asked(NamedTuple):
    """Where the logs ended at a moment of domain time."""

    at: datetime
    ends: Mapping[Place, int]


class Reading:
    """Compares the stored positions of a service with the ends of all partitions of its input topics."""

    def __init__(self, logs: KafkaLogs, topics: Sequence[str]) -> None:
        self._logs = logs
        self._topics = topics
        self._asked: _Asked | None = None

    async def unread(self, pool: Pool) -> dict[Place, Unread]:
        """What is not yet handled, by partition. Raises KafkaError or TimeoutError when Kafka is silent."""
        return await self._short_of(await self._logs.ends(), pool)

    async def _short_of(self, ends: Mapping[Place, int], pool: Pool) -> dict[Place, Unread]:
        async with pool.acquire(timeout=ANSWER_SECONDS) as connection:
            stored = await positions.read(connection, self._topics)
        fresh = [place for place in ends if place not in stored]
        stored |= await self._logs.beginnings(fresh) if fresh else {}
        return {place: Unread(stored[place], end) for place, end in ends.items() if end > stored[place]}

    async def lag(self, pool: Pool) -> dict[Place, int]:
        """Records not yet handled, by partition. Raises KafkaError or TimeoutError when Kafka is silent."""
        return {place: unread.end - unread.start for place, unread in (await self.unread(pool)).items()}

    async def caught_up(self, pool: Pool, now: datetime) -> datetime | None:
        """A moment, `now` or one asked about before, for which all is handled that stood in Kafka then or in an outbox
        of ours; None while there is none.

        Asked again, it waits for the ends of the first question: under steady traffic something is always unread.
        """
        try:
            asked = self._asked = self._asked or await self._ask(pool, now)
            if asked is None or await self._short_of(asked.ends, pool):
                return None
        except Exception as error:
            if not is_transient(error):
                raise
            log.warning("timers held: Kafka does not tell its ends", error_type=type(error).__name__)
            return None
        self._asked = None
        return asked.at

    async def _ask(self, pool: Pool, now: datetime) -> "_Asked | None":
        """The ends of now; None while an outbox holds an activity, which stands beyond them."""
        async with pool.acquire(timeout=ANSWER_SECONDS) as connection:
            if await outbox.holds_activity(connection):
                return None
        return _Asked(now, await self._logs.ends())
