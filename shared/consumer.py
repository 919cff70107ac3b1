"""The batch runner: one Postgres transaction a batch, in which positions, inbox, state, outbox, timers and quarantine
change together. Kafka is told the offsets afterwards, as a hint only."""

import asyncio
import random
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Generic, TypeVar

import structlog

from shared import db, outbox, positions, quarantine
from shared.active_playbook import ActivePlaybook
from shared.clock import domain_now, monotonic_seconds, read_clock
from shared.db import Connection, Pool
from shared.done import Done, count
from shared.errors import is_misfit, is_transient
from shared.guard import PositionGuard, RewindError, firsts
from shared.inbox import Received
from shared.kafka import KafkaLogs
from shared.metrics import Metrics
from shared.positions import Place
from shared.quarantine import Refused
from shared.records import Record
from shared.resting import told_to_stop
from shared.screening import Breaker, BreakerOpenError, Screening
from shared.service import Batch, Service
from shared.settings import Settings
from shared.telemetry import batch_span, link_to
from shared.transaction import Transaction

P = TypeVar("P")

log = structlog.get_logger()

FIRST_BACKOFF_SECONDS = 0.05
LONGEST_BACKOFF_SECONDS = 5.0


class StoppedError(Exception):
    """The process is stopping or its partitions were taken away; what was not committed will be read again."""


class Runner(Generic[P]):
    """Applies batches of records to one service. Each lane has a runner of its own; they share the playbook cache."""

    def __init__(
        self,
        service: Service[P],
        settings: Settings,
        pool: Pool,
        logs: KafkaLogs,
        playbook: ActivePlaybook[P],
        metrics: Metrics,
    ) -> None:
        self._service = service
        self._settings = settings
        self._pool = pool
        self._logs = logs
        self._playbook = playbook
        self._metrics = metrics
        self._guard = PositionGuard()
        future = timedelta(seconds=settings.future_seconds)
        self._screening = Screening(service.name, future, metrics)
        self._breaker = Breaker(settings.breaker_after)
        self._held = False
        self._given_up = self._assigned_anew = False
        self._stopped = metrics.consumer_stopped.labels(service.name)
        self.stopping = asyncio.Event()
        self.failed = False
        self.alive_at = monotonic_seconds()

    def forget(self) -> None:
        """Forget, before the next batch, what is known of partitions: they may have been another's meanwhile."""
        self._assigned_anew = True
        self.alive_at = monotonic_seconds()

    def give_up(self) -> None:
        """Let the batch in hand finish, but do not try it again: its partitions are being taken away."""
        self._given_up = True

    async def take(self, records: Sequence[Record]) -> dict[Place, int]:
        """Handle records, ordered by partition and offset; returns the offsets reached.

        Transient errors are waited out here, permanent ones isolated by halving. Raises RewindError, naming every
        partition of the batch, where records before these are missing, and StoppedError.
        """
        if self._assigned_anew:
            self._guard.forget()
        self._given_up = self._assigned_anew = False
        await self._learn_starts(records)
        try:
            await self._patiently(records)
        except RewindError as rewind:
            raise RewindError(firsts(records) | rewind.to) from None
        self.alive_at = monotonic_seconds()
        return {(r.topic, r.partition): r.offset + 1 for r in records}

    @property
    def _goes_on(self) -> bool:
        return not (self._given_up or self.stopping.is_set())

    async def _learn_starts(self, records: Sequence[Record]) -> None:
        backoff = FIRST_BACKOFF_SECONDS
        while unknown := self._guard.unknown(firsts(records)):
            if not self._goes_on:
                raise StoppedError
            try:
                self._guard.learn(await self._logs.beginnings(unknown))
            except Exception as error:
                if not is_transient(error):
                    raise
                backoff = await self._wait(backoff, error)

    async def _patiently(self, records: Sequence[Record], refusal: Refused | None = None) -> None:
        backoff = FIRST_BACKOFF_SECONDS
        while self._goes_on:
            try:
                done = await self._transact(records, refusal)
            except RewindError:
                raise
            except Exception as error:
                if not is_transient(error):
                    if refusal:
                        raise
                    return await self._isolate(records, error)
                backoff = await self._wait(backoff, error)
                if isinstance(error, TimeoutError) and len(records) > 1:
                    return await self._halve(records)
            else:
                return self._settle(done)
        self._hold(False)
        raise StoppedError

    def _settle(self, done: Done[P]) -> None:
        self._hold(False)
        self._breaker.run = done.bad_run
        count(self._metrics, self._service, done)

    async def _halve(self, records: Sequence[Record]) -> None:
        half = len(records) // 2
        await self._patiently(records[:half])
        await self._patiently(records[half:])

    async def _isolate(self, records: Sequence[Record], error: Exception) -> None:
        """Halve the batch until the one record that cannot be handled is alone, and quarantine that one."""
        if len(records) > 1:
            return await self._halve(records)
        log.error("record refused", topic=records[0].topic, error_type=type(error).__name__, exc_info=error)
        text = f"{type(error).__name__}: the handler could not apply it; see the service's log at this time"
        return await self._patiently(records, Refused(records[0], "handler", text))

    async def _wait(self, backoff: float, error: Exception) -> float:
        self.alive_at = monotonic_seconds()
        self._metrics.retries.labels(self._service.name, type(error).__name__).inc()
        self._hold(isinstance(error, BreakerOpenError))
        tell = log.error if is_misfit(error) else log.warning
        tell("batch will be tried again", error_type=type(error).__name__, in_seconds=backoff)
        pause = backoff * random.uniform(0.5, 1.0)  # noqa: S311 - jitter, not a secret
        stopping = await told_to_stop(self.stopping, pause)
        self.alive_at = monotonic_seconds()
        return backoff if stopping else min(backoff * 2, LONGEST_BACKOFF_SECONDS)

    def _hold(self, held: bool) -> None:
        """Say whether the breaker holds this lane; the gauge counts the lanes that it holds."""
        self._stopped.inc(held - self._held)
        self._held = held

    async def _transact(self, records: Sequence[Record], refusal: Refused | None) -> Done[P]:
        with (
            self._metrics.handle_seconds.labels(self._service.name).time(),
            batch_span(self._service.name, (r.topic for r in records), len(records)),
        ):
            async with db.transaction(self._pool, self._settings.batch_timeout_seconds) as connection:
                return await self._apply(connection, records, refusal)

    async def _apply(self, connection: Connection, records: Sequence[Record], refusal: Refused | None) -> Done[P]:
        stored = await positions.lock(connection, self._guard.starts(firsts(records)))
        lost = self._guard.check(records, stored)
        unread = [r for r in records if r.offset >= stored[r.topic, r.partition]]
        done = Done[P](records, len(records) - len(unread), self._breaker.run, lost)
        if unread:
            await outbox.require_room(connection, self._settings.outbox_full)
            transaction = await begin(connection, self._service, self._playbook)
            done = await self._handle(transaction, unread, refusal, done)
            await positions.advance(connection, {(r.topic, r.partition): r.offset + 1 for r in unread})
        return done

    async def _handle(
        self, transaction: Transaction[P], records: Sequence[Record], refusal: Refused | None, done: Done[P]
    ) -> Done[P]:
        connection = transaction.connection
        clock = await read_clock(connection)
        types = self._service.subscription.types(transaction.playbook)
        good, refused = ([], [refusal]) if refusal else self._screening.screen(records, clock, types)
        fresh, conflicts = await admit(connection, self._service, good)
        refused += conflicts
        done.bad_run = self._breaker.after(records, good, refused)
        if fresh:
            link_to(item.event for item in fresh)
            await self._service.subscription.handle(Batch(fresh), transaction)
        await quarantine.add(connection, [r for r in refused if self._keeps(r)])
        await transaction.flush()
        done.refused, done.transaction = refused, transaction
        done.duplicates = len(good) - len(fresh) - len(conflicts)
        done.skipped += len(records) - len(good) - len(refused) + len(conflicts)
        return done

    def _keeps(self, refused: Refused) -> bool:
        return refused.reason != "invalid" or refused.record.topic in self._service.keeps_invalid


async def begin(
    connection: Connection, service: Service[P], playbook: ActivePlaybook[P], decided_at: datetime | None = None
) -> Transaction[P]:
    """The transaction of a batch or of timers, with the playbook in force and the domain time of its decisions."""
    active = await playbook.read(connection)
    decided_at = decided_at or await domain_now(connection)
    return Transaction(connection, service.name, decided_at, active.rules, active.version)


async def admit(
    connection: Connection, service: Service[P], good: Sequence[Received]
) -> tuple[list[Received], list[Refused]]:
    """What is new of the good records, and what repeats a known id with another body."""
    if not good:
        return [], []
    admission = await service.admit(connection, good)
    text = "an event of this source and id was taken in before with another body; give mended content a new id"
    return admission.fresh, [Refused(item.record, "conflict", text) for item in admission.conflicts]
