"""Five bugs that systems of this kind have had, each in place of a part of Baton: what the model is there to find."""

from collections.abc import Sequence
from datetime import datetime
from typing import Final

from shared import positions
from shared.consumer import Runner, StoppedError, begin
from shared.db import Connection
from shared.done import Done
from shared.firing import TimerLoop
from shared.guard import RewindError, firsts
from shared.lanes import Lane
from shared.outbox import Keys, OutboxSource, Outgoing
from shared.quarantine import Refused
from shared.records import Record
from shared.timers import Timer
from tests.model.replica import Parts

TABLES: Final = """
CREATE TABLE routing.planted_last_sent (seq bigint NOT NULL);
CREATE TABLE routing.planted_running (kind text, subject text);
"""


class CommitsFirst(Runner[str]):
    """The position is committed, then the effect."""

    async def _transact(self, records: Sequence[Record], refusal: Refused | None) -> Done[str]:
        async with self._pool.acquire() as connection, connection.transaction():
            stored = await positions.lock(connection, self._guard.starts(firsts(records)))
            done = Done[str](records, 0, self._breaker.run, self._guard.check(records, stored))
            unread = [record for record in records if record.offset >= stored[record.topic, record.partition]]
            await _advance(connection, records)
        if not unread:
            return done
        async with self._pool.acquire() as connection, connection.transaction():
            transaction = await begin(connection, self._service, self._playbook)
            return await self._handle(transaction, unread, refusal, done)


class LeavesBatch(Runner[str]):
    """An error ends the batch instead of being waited out."""

    async def _wait(self, backoff: float, error: Exception) -> float:
        raise StoppedError


class NeverSeeks(Lane[str]):
    """Nobody goes back to where the batch that failed began."""

    def _rewind(self, rewind: RewindError) -> None:
        """Read on."""


class InboxOnly(Runner[str]):
    """Only ids tell what is new; the position is written, and never asked."""

    async def _apply(self, connection: Connection, records: Sequence[Record], refusal: Refused | None) -> Done[str]:
        transaction = await begin(connection, self._service, self._playbook)
        done = Done[str](records, 0, self._breaker.run, {})
        done = await self._handle(transaction, records, refusal, done)
        await positions.lock(connection, self._guard.starts(firsts(records)))
        await _advance(connection, records)
        return done


async def _advance(connection: Connection, records: Sequence[Record]) -> None:
    await positions.advance(connection, {(r.topic, r.partition): r.offset + 1 for r in records})


class ByLastSent(OutboxSource):
    """Rows are sent beyond the last `seq` that was sent, as if they became visible in the order of their numbers."""

    async def pending(self, connection: Connection, limit: int, held: Keys) -> Sequence[Outgoing]:
        last = await connection.fetchval("SELECT max(seq) FROM planted_last_sent") or 0
        return [row for row in await super().pending(connection, limit, held) if row.seq > last]

    async def sent(self, connection: Connection, outgoing: Sequence[Outgoing]) -> None:
        await super().sent(connection, outgoing)
        rows = [(row.seq,) for row in outgoing]
        await connection.executemany("INSERT INTO planted_last_sent (seq) VALUES ($1)", rows)


class RunningState(TimerLoop[str]):
    """Timers are marked as running in a transaction of its own, then fired; what is marked is nobody else's."""

    async def _page(self, now: datetime, after: Timer | None, *, caught_up: bool) -> list[Timer]:
        async with self._pool.acquire() as connection:
            running = await connection.fetch("SELECT kind, subject FROM planted_running")
        marked = {(row["kind"], row["subject"]) for row in running}
        page = await super()._page(now, after, caught_up=caught_up)
        return [timer for timer in page if (timer.kind, timer.subject) not in marked]

    async def _fire(self, kind: str, due: Sequence[Timer], now: datetime, *, caught_up: bool) -> int:
        rows = [(timer.kind, timer.subject) for timer in due]
        async with self._pool.acquire() as connection:
            await connection.executemany("INSERT INTO planted_running (kind, subject) VALUES ($1, $2)", rows)
        fired = await super()._fire(kind, due, now, caught_up=caught_up)
        async with self._pool.acquire() as connection:
            mark = "DELETE FROM planted_running WHERE kind = $1 AND subject = $2"
            await connection.executemany(mark, rows)
        return fired


SOUND: Final = Parts()
LEAVES_BATCH: Final = Parts(runner=LeavesBatch)
PLANTED: Final = {
    "commit before effect": Parts(runner=CommitsFirst),
    "no seek after an exception": Parts(runner=LeavesBatch, lane=NeverSeeks),
    "inbox without position": Parts(runner=InboxOnly),
    "outbox selected by id > last": Parts(source=ByLastSent),
    "timer with a running state": Parts(timers=RunningState),
}
