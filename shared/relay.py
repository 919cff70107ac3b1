"""The relay: the only thing that publishes. It sends the oldest unsent rows, awaits acknowledgement, and deletes."""

import asyncio
from collections import Counter
from collections.abc import Sequence

import structlog
from aiokafka.errors import BrokerResponseError

from shared import outbox
from shared.clock import monotonic_seconds
from shared.db import Pool
from shared.errors import is_transient
from shared.holding import Holding, culprit
from shared.lease import Lease, LostLeaseError
from shared.metrics import Metrics
from shared.outbox import Outgoing, Source
from shared.partition_sending import Outcome
from shared.publisher import SEND_SECONDS, Publisher
from shared.settings import Settings

log = structlog.get_logger()

MOST_ROWS = 2000
IDLE_SECONDS = 0.05
ERROR_SECONDS = 1.0
SHARE_OF_LEASE = 0.8
"""A send is given up while so much of the lease is over: the rest is for giving up and for deleting."""


class Relay:
    """Publishes from its sources while it holds the lease; what one partition does not take holds up no other."""

    def __init__(
        self, service: str, settings: Settings, pool: Pool, sources: Sequence[Source], metrics: Metrics
    ) -> None:
        self._service = service
        self._pool = pool
        self._sources = sources
        self._metrics = metrics
        self._lease = Lease(settings.lease_seconds)
        self._publisher = Publisher(settings.kafka, settings.topic_prefix)
        self._holding = Holding(self._publisher.place_of)
        self.wake = asyncio.Event()
        self.alive_at = monotonic_seconds()
        """When it last came round, whatever came of it."""
        self.unanswered_since: float | None = None
        """Since when Kafka has given no answer at all, not even a refusal, to what it sends."""

    async def run(self, stopping: asyncio.Event) -> None:
        try:
            while not stopping.is_set():
                self.alive_at = monotonic_seconds()
                if not await self._once():
                    await self._rest(IDLE_SECONDS)
            await self._once()
        finally:
            await self._publisher.close()
            await self._give_up_lease()

    async def _once(self) -> bool:
        """One pass over the sources; whether there was anything to send."""
        held = self._holding.keys(monotonic_seconds())
        try:
            if any([await self._publish(source) for source in self._sources]):
                return True
            if not held:
                self.unanswered_since = None
        except LostLeaseError:
            self._lease.forget()
            log.warning("relay lease lost", service=self._service)
        except Exception as error:
            if not is_transient(error):
                raise
            self._metrics.relay_errors.labels(self._service).inc()
            log.warning("publishing will be tried again", error_type=type(error).__name__)
            await self._rest(ERROR_SECONDS)
        return False

    async def _publish(self, source: Source) -> bool:
        """Send and delete. No connection is held while Kafka is waited for."""
        rows = await self._choose(source, monotonic_seconds())
        if not rows:
            return False
        seconds = min(SEND_SECONDS, self._lease.seconds_left * SHARE_OF_LEASE)
        if seconds <= 0:
            raise LostLeaseError
        outcomes = await self._deliver(rows, seconds)
        await self._settle(source, outcomes)
        for outcome in outcomes:
            self._note(outcome)
        return True

    async def _deliver(self, rows: Sequence[Outgoing], seconds: float) -> list[Outcome[Outgoing]]:
        if self.unanswered_since is None:
            self.unanswered_since = monotonic_seconds()
        outcomes = await self._publisher.deliver(rows, seconds, self._holding.patience(rows))
        if any(outcome.sent or isinstance(outcome.error, BrokerResponseError) for outcome in outcomes):
            self.unanswered_since = None
        return outcomes

    async def _choose(self, source: Source, now: float) -> list[Outgoing]:
        """The oldest rows of partitions that are not held; none without the lease."""
        async with self._pool.acquire() as connection:
            if await self._lease.hold(connection):
                while rows := await source.pending(connection, MOST_ROWS, self._holding.keys(now)):
                    if free := self._holding.free(rows, now):
                        return free
        return []

    async def _settle(self, source: Source, outcomes: Sequence[Outcome[Outgoing]]) -> None:
        """Delete what was acknowledged, and lay aside what Kafka refuses for what it is."""
        sent = [row for outcome in outcomes for row in outcome.sent]
        refused = [(row, type(outcome.failure).__name__) for outcome in outcomes if (row := culprit(outcome))]
        async with self._pool.acquire() as connection, connection.transaction():
            await self._lease.check(connection)
            if refused:
                await outbox.lay_aside(connection, refused)
            await source.sent(connection, [*sent, *(row for row, _ in refused)])
        for topic, n in Counter(row.topic for row in sent).items():
            self._metrics.events_out.labels(self._service, topic).inc(n)
        for row, error_type in refused:
            self._metrics.events_refused.labels(self._service, row.topic, error_type).inc()
            log.error("event refused by Kafka", topic=row.topic, seq=row.seq, error_type=error_type)

    def _note(self, outcome: Outcome[Outgoing]) -> None:
        self._holding.learn(outcome, monotonic_seconds())
        if outcome.failure:
            self._metrics.relay_errors.labels(self._service).inc()
            (topic, partition), error_type = outcome.place, type(outcome.failure).__name__
            log.warning("partition will be tried again", topic=topic, partition=partition, error_type=error_type)

    async def _give_up_lease(self) -> None:
        try:
            await self._lease.give_up(self._pool)
        except Exception as error:
            if not is_transient(error):
                raise
            log.warning("lease left to expire", error_type=type(error).__name__)

    async def _rest(self, seconds: float) -> None:
        try:
            await asyncio.wait_for(self.wake.wait(), seconds)
        except TimeoutError:
            return
        self.wake.clear()
