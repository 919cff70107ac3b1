"""The timer loop: sleeps until the next timer is due, then fires what is due, each lead in a short transaction."""

import asyncio
from collections.abc import Iterable, Sequence
from datetime import datetime
from itertools import groupby
from typing import Generic, TypeVar

import structlog

from shared import db, timers
from shared.active_playbook import ActivePlaybook
from shared.clock import domain_now, monotonic_seconds, read_clock
from shared.consumer import begin
from shared.db import Connection, Pool
from shared.errors import is_transient
from shared.metrics import Metrics
from shared.reading import Reading
from shared.redriving import Redriving
from shared.service import Service
from shared.settings import Settings
from shared.timers import Timer
from shared.transaction import Transaction

P = TypeVar("P")

log = structlog.get_logger()

TIMERS_A_TRANSACTION = 100
LONGEST_SLEEP_SECONDS = 0.25
HELD_SECONDS = 0.1
ERROR_SECONDS = 1.0
FRESH_SECONDS = 0.25
PUT_OFF_SECONDS = 60.0


class TimerLoop(Generic[P]):
    """Fires the timers of one service; in between, a little of what quarantine releases is driven again."""

    def __init__(
        self,
        service: Service[P],
        settings: Settings,
        pool: Pool,
        reading: Reading,
        playbook: ActivePlaybook[P],
        metrics: Metrics,
    ) -> None:
        self._service = service
        self._settings = settings
        self._pool = pool
        self._reading = reading
        self._playbook = playbook
        self._metrics = metrics
        self._redriving = Redriving(service, settings, pool, playbook, metrics)
        self._put_off: dict[tuple[str, str], float] = {}
        self.wake = asyncio.Event()

    async def run(self, stopping: asyncio.Event) -> None:
        while not stopping.is_set():
            try:
                rest = await self._pass(stopping)
            except Exception as error:
                if not is_transient(error):
                    raise
                self._metrics.retries.labels(self._service.name, type(error).__name__).inc()
                log.warning("timers will be tried again", error_type=type(error).__name__)
                rest = ERROR_SECONDS
            await self._rest(rest)

    async def _pass(self, stopping: asyncio.Event) -> float:
        """Fire what is due, then drive some records again; returns for how long to rest."""
        rest = await self._fire_what_is_due()
        more = await self._redriving.turn(stopping)
        self._playbook.show(self._metrics)
        return 0.0 if more else rest

    async def _fire_what_is_due(self) -> float:
        async with self._pool.acquire() as connection:
            now = await domain_now(connection)
            if not await timers.due(connection, now, caught_up=True, after=None, limit=1):
                return await self._until_next(connection, now)
        caught_up_at = await self._reading.caught_up(self._pool, now)
        fired = await self._fire_due(caught_up_at or now, caught_up=caught_up_at is not None)
        return 0.0 if fired else HELD_SECONDS

    async def _until_next(self, connection: Connection, now: datetime) -> float:
        due_at = await timers.next_due_at(connection)
        clock = await read_clock(connection)
        if due_at is None:
            return LONGEST_SLEEP_SECONDS
        return min(LONGEST_SLEEP_SECONDS, max(0.0, clock.machine_seconds(due_at - now)))

    async def _fire_due(self, now: datetime, *, caught_up: bool) -> int:
        """Fire as of `now`: of what becomes due later, nobody has asked yet whether our reading has caught up."""
        fired, after, since = 0, None, monotonic_seconds()
        while chosen := await self._page(now, after, caught_up=caught_up):
            for kind, same_kind in groupby(chosen, key=lambda timer: timer.kind):
                fired += await self._fire_or_put_off(kind, self._willing(same_kind), now, caught_up=caught_up)
            after = chosen[-1]
            if fired and monotonic_seconds() - since > FRESH_SECONDS:
                break
        return fired

    async def _page(self, now: datetime, after: Timer | None, *, caught_up: bool) -> list[Timer]:
        async with self._pool.acquire() as connection:
            return await timers.due(connection, now, caught_up=caught_up, after=after, limit=TIMERS_A_TRANSACTION)

    def _willing(self, chosen: Iterable[Timer]) -> list[Timer]:
        now = monotonic_seconds()
        self._put_off = {timer: until for timer, until in self._put_off.items() if until > now}
        return [timer for timer in chosen if (timer.kind, timer.subject) not in self._put_off]

    async def _fire_or_put_off(self, kind: str, due: Sequence[Timer], now: datetime, *, caught_up: bool) -> int:
        """Fire timers together; where that fails for good, by halves, until the one that cannot fire is put off."""
        if not due:
            return 0
        try:
            return await self._fire(kind, due, now, caught_up=caught_up)
        except Exception as error:
            if is_transient(error):
                raise
            if len(due) > 1:
                half = len(due) // 2
                fired = await self._fire_or_put_off(kind, due[:half], now, caught_up=caught_up)
                return fired + await self._fire_or_put_off(kind, due[half:], now, caught_up=caught_up)
            self._metrics.retries.labels(self._service.name, type(error).__name__).inc()
            log.exception("timer put off", kind=kind, error_type=type(error).__name__)
            self._put_off[kind, due[0].subject] = monotonic_seconds() + PUT_OFF_SECONDS
            return 0

    async def _fire(self, kind: str, due: Sequence[Timer], now: datetime, *, caught_up: bool) -> int:
        if self._service.on_due is None:
            raise LookupError(f"{self._service.name} has a timer {kind} and nothing that fires it")
        async with db.transaction(self._pool, self._settings.batch_timeout_seconds) as connection:
            transaction = await begin(connection, self._service, self._playbook, now)
            transaction.caught_up = caught_up
            await self._service.on_due(transaction, kind, [timer.subject for timer in due])
            await transaction.flush()
            fired_at = await domain_now(connection)
        self._count(transaction, [(fired_at - timer.due_at).total_seconds() for timer in due[: transaction.claimed]])
        return transaction.claimed

    def _count(self, transaction: Transaction[P], late_seconds: Sequence[float]) -> None:
        self._metrics.timers_fired.labels(self._service.name).inc(len(late_seconds))
        for late in late_seconds:
            self._metrics.timer_late_seconds.labels(self._service.name).observe(late)
        if self._service.count:
            self._service.count(self._metrics, list(transaction.emitted.values()))

    async def _rest(self, seconds: float) -> None:
        try:
            await asyncio.wait_for(self.wake.wait(), seconds)
        except TimeoutError:
            return
        self.wake.clear()
