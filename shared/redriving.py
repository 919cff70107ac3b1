"""What quarantine releases is driven again: by the service that refused it, each record in its own transaction."""

import asyncio
from datetime import timedelta
from typing import Generic, TypeVar

import structlog

from shared import quarantine
from shared.active_playbook import ActivePlaybook
from shared.clock import monotonic_seconds
from shared.consumer import admit, begin
from shared.db import Pool
from shared.errors import is_transient
from shared.events import InvalidEventError, decode
from shared.inbox import Received
from shared.metrics import Metrics
from shared.quarantine import Kept, Refused
from shared.service import Batch, Service
from shared.settings import Settings
from shared.transaction import Transaction

P = TypeVar("P")

log = structlog.get_logger()

RECORDS_A_TURN = 20
TURN_SECONDS = 0.25
MOST_DOUBLINGS = 8
"""A record that cannot be judged now rests for 1 s, 2 s, 4 s … at most 256 s."""
FORGET_SECONDS = 60.0


class Redriving(Generic[P]):
    """Drives the released records of one service, and forgets those that have been done for long."""

    def __init__(
        self, service: Service[P], settings: Settings, pool: Pool, playbook: ActivePlaybook[P], metrics: Metrics
    ) -> None:
        self._service = service
        self._settings = settings
        self._pool = pool
        self._playbook = playbook
        self._metrics = metrics
        self._forgets_at = 0.0

    async def turn(self, stopping: asyncio.Event) -> bool:
        """Drive what was released, or whose time has come, but only for a moment; whether more may wait."""
        await self._forget_done()
        until = monotonic_seconds() + TURN_SECONDS
        for _ in range(RECORDS_A_TURN):
            if not await self._drive_next():
                return False
            if stopping.is_set() or monotonic_seconds() > until:
                break
        return True

    async def _forget_done(self) -> None:
        if (now := monotonic_seconds()) >= self._forgets_at:
            async with self._pool.acquire() as connection:
                await quarantine.forget_done(connection, timedelta(days=self._settings.quarantine_done_days))
            self._forgets_at = now + FORGET_SECONDS

    async def _drive_next(self) -> bool:
        """Whether there was one. A failure that is not of the record's transaction is raised."""
        kept: Kept | None = None
        try:
            async with (
                asyncio.timeout(self._settings.batch_timeout_seconds),
                self._pool.acquire() as connection,
                connection.transaction(),
            ):
                transaction = await begin(connection, self._service, self._playbook)
                kept = await quarantine.claim_retry(connection, transaction.decided_at)
                if kept:
                    await self._apply(transaction, kept)
        except Exception as error:
            if kept is None:
                raise
            leave = self._put_off if is_transient(error) else self._refuse
            await leave(kept, error)
        return kept is not None

    async def _apply(self, transaction: Transaction[P], kept: Kept) -> None:
        item = Received(decode(kept.record.value, kept.record.header_map), kept.record)
        fresh, conflicts = await admit(transaction.connection, self._service, [item])
        if fresh:
            await self._service.subscription.handle(Batch(fresh), transaction)
        await transaction.flush()
        await quarantine.settle(transaction.connection, [kept.id])
        await quarantine.add(transaction.connection, conflicts)

    async def _put_off(self, kept: Kept, error: Exception) -> None:
        length = timedelta(seconds=2 ** min(kept.attempts, MOST_DOUBLINGS))
        self._metrics.retries.labels(self._service.name, type(error).__name__).inc()
        log.warning("record put off", quarantine_id=kept.id, error_type=type(error).__name__, length=str(length))
        async with self._pool.acquire() as connection:
            await quarantine.put_off(connection, kept.id, length)

    async def _refuse(self, kept: Kept, error: Exception) -> None:
        text = str(error) if isinstance(error, InvalidEventError) else f"{type(error).__name__}: see the service's log"
        log.warning("record refused again", quarantine_id=kept.id, error_type=type(error).__name__)
        async with self._pool.acquire() as connection:
            await quarantine.add(connection, [Refused(kept.record, kept.reason, text)])
