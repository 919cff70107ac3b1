"""The batch runner: one Postgres transaction a batch, in which positions, inbox, state, outbox, timers and quarantine
change together. Kafka is told the offsets afterwards, as a hint only."""

import asyncio
import random
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Generic, TypeVar

import structlog

from shared import positions, quarantine
from shared.active_playbook import ActivePlaybook
from shared.clock import DomainClock, monotonic_seconds, read_clock
from shared.db import Connection, Pool
from shared.errors import TransientError, is_transient
from shared.events import Event, InvalidEventError, decode
from shared.inbox import Received
from shared.kafka import KafkaLogs
from shared.metrics import Metrics
from shared.positions import Place
from shared.quarantine import Refused
from shared.records import Record, partition_of, peek_type
from shared.service import Batch, Service
from shared.settings import Settings
from shared.telemetry import batch_span, link_to
from shared.topics import LEAD_PARTITIONS, LEAD_TOPICS
from shared.transaction import Transaction

P = TypeVar("P")

log = structlog.get_logger()

FIRST_BACKOFF_SECONDS = 0.05
LONGEST_BACKOFF_SECONDS = 5.0


class RewindError(Exception):
    """Records before these have not been handled: the reader has to go back to the stored positions."""

    def __init__(self, to: dict[Place, int]) -> None:
        super().__init__(", ".join(f"{topic}/{partition} to {offset}" for (topic, partition), offset in to.items()))
        self.to = to


class StoppedError(Exception):
    """The process is stopping; what was not committed will be read again."""


class BreakerOpenError(TransientError):
    """So many records in a row are bad that the topic, not the record, is at fault."""


@dataclass(slots=True)
class Done(Generic[P]):
    """What a committed batch did, for counting."""

    received: int = 0
    skipped: int = 0
    duplicates: int = 0
    refused: Sequence[Refused] = ()
    transaction: Transaction[P] | None = None


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
        self._starts: dict[Place, int] = {}
        self._sought: dict[Place, int] = {}
        self._bad_run = 0
        self.stopping = asyncio.Event()
        self.failed = False
        self.alive_at = monotonic_seconds()

    def forget(self) -> None:
        """Forget what is known of partitions; they may have been another process's meanwhile."""
        self._sought.clear()
        self._starts.clear()

    async def take(self, records: Sequence[Record]) -> dict[Place, int]:
        """Handle records, ordered by partition and offset; returns the offsets reached.

        Transient errors are waited out here, permanent ones isolated by halving. Raises RewindError where records
        before these are missing, and StoppedError.
        """
        await self._learn_starts(records)
        await self._patiently(records)
        self.alive_at = monotonic_seconds()
        return {(r.topic, r.partition): r.offset + 1 for r in records}

    async def _learn_starts(self, records: Sequence[Record]) -> None:
        unknown = {(r.topic, r.partition) for r in records} - self._starts.keys()
        backoff = FIRST_BACKOFF_SECONDS
        while unknown and not self.stopping.is_set():
            try:
                self._starts.update(await self._logs.beginnings(unknown))
            except Exception as error:
                if not is_transient(error):
                    raise
                backoff = await self._wait(backoff, error)
            else:
                return
        if unknown - self._starts.keys():
            raise StoppedError

    async def _patiently(self, records: Sequence[Record], refusal: Refused | None = None) -> None:
        backoff = FIRST_BACKOFF_SECONDS
        while not self.stopping.is_set():
            try:
                done = await self._transact(records, refusal)
            except RewindError:
                raise
            except Exception as error:  # noqa: BLE001 - every error is told apart: waited out, or isolated
                if is_transient(error):
                    backoff = await self._wait(backoff, error)
                    continue
                return await self._isolate(records, error)
            else:
                return self._count(records, done)
        raise StoppedError

    async def _isolate(self, records: Sequence[Record], error: Exception) -> None:
        """Halve the batch until the one record that cannot be handled is alone, and quarantine that one."""
        if len(records) > 1:
            half = len(records) // 2
            await self._patiently(records[:half])
            return await self._patiently(records[half:])
        log.error("record refused", topic=records[0].topic, error_type=type(error).__name__, exc_info=error)
        text = f"{type(error).__name__}: the handler could not apply it; see the service's log at this time"
        return await self._patiently(records, Refused(records[0], "handler", text))

    async def _wait(self, backoff: float, error: Exception) -> float:
        self.alive_at = monotonic_seconds()
        self._metrics.retries.labels(self._service.name, type(error).__name__).inc()
        self._metrics.consumer_stopped.labels(self._service.name).set(isinstance(error, BreakerOpenError))
        log.warning("batch will be tried again", error_type=type(error).__name__, in_seconds=backoff)
        pause = backoff * random.uniform(0.5, 1.0)  # noqa: S311 - jitter, not a secret
        try:
            await asyncio.wait_for(self.stopping.wait(), pause)
        except TimeoutError:
            return min(backoff * 2, LONGEST_BACKOFF_SECONDS)
        return backoff

    async def _transact(self, records: Sequence[Record], refusal: Refused | None) -> Done[P]:
        with (
            self._metrics.handle_seconds.labels(self._service.name).time(),
            batch_span(self._service.name, (r.topic for r in records), len(records)),
        ):
            async with (
                asyncio.timeout(self._settings.batch_timeout_seconds),
                self._pool.acquire() as connection,
                connection.transaction(),
            ):
                return await self._apply(connection, records, refusal)

    async def _apply(self, connection: Connection, records: Sequence[Record], refusal: Refused | None) -> Done[P]:
        stored = await positions.lock(connection, {p: self._starts[p] for p in _places(records)})
        self._guard(records, stored)
        unread = [r for r in records if r.offset >= stored[r.topic, r.partition]]
        done = Done[P](received=len(records), skipped=len(records) - len(unread))
        if unread:
            transaction = await begin(connection, self._service, self._playbook)
            done = await self._handle(transaction, unread, refusal, done)
            await positions.advance(connection, {(r.topic, r.partition): r.offset + 1 for r in unread})
        return done

    def _guard(self, records: Sequence[Record], stored: dict[Place, int]) -> None:
        """Go back once where the first record lies above the stored position; a second time it is a hole in the log."""
        firsts: dict[Place, int] = {}
        for record in records:
            firsts.setdefault((record.topic, record.partition), record.offset)
        behind = {
            place: stored[place]
            for place, first in firsts.items()
            if first > stored[place] and self._sought.get(place) != stored[place]
        }
        if behind:
            self._sought.update(behind)
            raise RewindError(behind)
        for place, first in firsts.items():
            if first > stored[place] and self._starts[place] > stored[place]:
                self._metrics.gap_records.labels(self._service.name, place[0]).set(self._starts[place] - stored[place])
                log.critical("records lost to retention", topic=place[0], partition=place[1], missing=first)

    async def _handle(
        self, transaction: Transaction[P], records: Sequence[Record], refusal: Refused | None, done: Done[P]
    ) -> Done[P]:
        connection = transaction.connection
        clock = await read_clock(connection)
        good, refused = ([], [refusal]) if refusal else self._sort_out(records, clock)
        self._watch_for_poison(refused, good)
        fresh, conflicts = await admit(connection, self._service, good)
        refused += conflicts
        if fresh:
            link_to(item.event for item in fresh)
            await self._service.subscription.handle(Batch(fresh), transaction)
        await quarantine.add(connection, [r for r in refused if self._keeps(r)])
        await transaction.flush()
        done.refused, done.transaction = refused, transaction
        done.duplicates = len(good) - len(fresh) - len(conflicts)
        done.skipped += len(records) - len(good) - len(refused) + len(conflicts)
        return done

    def _sort_out(self, records: Sequence[Record], clock: DomainClock) -> tuple[list[Received], list[Refused]]:
        good: list[Received] = []
        refused: list[Refused] = []
        for record in records:
            if self._reads(peek_type(record)):
                try:
                    event = decode(record.value, record.header_map)
                except InvalidEventError as error:
                    refused.append(Refused(record, "invalid", str(error)))
                    continue
                if self._reads(event.type):
                    self._place(Received(event, record), clock, good, refused)
        return good, refused

    def _place(self, item: Received, clock: DomainClock, good: list[Received], refused: list[Refused]) -> None:
        record, event = item.record, item.event
        if not _in_its_partition(record, event):
            self._metrics.wrong_partition.labels(self._service.name, record.topic).inc()
        ahead = event.time - clock.at(record.appended_at)
        if ahead > timedelta(seconds=self._settings.future_seconds):
            refused.append(
                Refused(record, "future", f"its time, {event.time:%Y-%m-%dT%H:%M:%SZ}, is to come", event.time)
            )
        else:
            good.append(item)

    def _reads(self, event_type: str | None) -> bool:
        types = self._service.subscription.types
        return types is None or event_type is None or event_type in types

    def _keeps(self, refused: Refused) -> bool:
        return refused.reason != "invalid" or refused.record.topic in self._service.keeps_invalid

    def _watch_for_poison(self, refused: Sequence[Refused], good: Sequence[Received]) -> None:
        run = len(refused) + (0 if good else self._bad_run)
        if run > self._settings.breaker_after and not good:
            raise BreakerOpenError(f"{run} records in a row were refused")
        self._bad_run = run if refused and not good else 0

    def _count(self, records: Sequence[Record], done: Done[P]) -> None:
        name, metrics = self._service.name, self._metrics
        metrics.consumer_stopped.labels(name).set(0)
        metrics.batch_records.labels(name).observe(len(records))
        for topic, n in Counter(r.topic for r in records).items():
            metrics.records_in.labels(name, topic).inc(n)
        metrics.records_skipped.labels(name, records[0].topic).inc(done.skipped)
        metrics.records_duplicate.labels(name, records[0].topic).inc(done.duplicates)
        for refused in done.refused:
            metrics.records_failed.labels(name, refused.record.topic, refused.reason).inc()
        if done.transaction and self._service.count:
            self._service.count(metrics, list(done.transaction.emitted.values()))


async def begin(connection: Connection, service: Service[P], playbook: ActivePlaybook[P]) -> Transaction[P]:
    """The transaction of a batch or of timers, with the playbook in force and the domain time of its decisions."""
    active = await playbook.read(connection)
    decided_at: datetime = await connection.fetchval("SELECT baton.domain_now()")
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


def _places(records: Sequence[Record]) -> list[Place]:
    return list(dict.fromkeys((r.topic, r.partition) for r in records))


def _in_its_partition(record: Record, event: Event) -> bool:
    if record.topic not in LEAD_TOPICS:
        return True
    key = event.subject.encode()
    return record.key == key and record.partition == partition_of(key, LEAD_PARTITIONS)
