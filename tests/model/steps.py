"""Each call of a replica to Postgres or Kafka is a step: before it a turn may be halted, fail, or end with its process.

Nothing here happens at the same time by chance: a turn runs until it is halted, waits for another's lock, or is done.
"""

import asyncio
from collections.abc import Awaitable, Callable, Coroutine
from contextvars import ContextVar, copy_context
from functools import partial
from typing import Any, TypeVar

import asyncpg
from aiokafka.errors import KafkaConnectionError

T = TypeVar("T")

LOOK_SECONDS = 0.01
"""A turn that takes longer is asked whether it waits for a lock; it goes by the answer, not by the time."""
WAITS = "SELECT EXISTS (SELECT FROM pg_stat_activity WHERE pid = $1 AND wait_event_type = 'Lock')"


class Turn:
    """A piece of work of one replica. It is halted before step `halt_at`, counted from 1; 0 lets it run to its end."""

    def __init__(self, work: Coroutine[Any, Any, None], halt_at: int) -> None:
        self._halts_in = halt_at
        self._error: Exception | None = None
        self._stands, self._may_go_on = asyncio.Event(), asyncio.Event()
        self.halted = self.waits_for_lock = self._had_to_wait = False
        self.backend = 0
        context = copy_context()
        context.run(_working.set, self)
        self.task = asyncio.get_running_loop().create_task(work, context=context)
        self.task.add_done_callback(lambda _: self._stands.set())

    @property
    def done(self) -> bool:
        return self.task.done()

    async def step(self) -> None:
        self._halts_in -= 1
        if self._halts_in == 0:
            await self._halt()

    async def got_its_lock(self) -> None:
        """After a statement: one that another's end has set free waits until it is its turn again."""
        if self._had_to_wait:
            await self._halt()

    async def _halt(self) -> None:
        """Stand still until told to go on. Raises the error with which that is told."""
        self.waits_for_lock = self._had_to_wait = False
        self.halted = True
        self._stands.set()
        await self._may_go_on.wait()
        self._may_go_on.clear()
        error, self._error = self._error, None
        if error is not None:
            raise error

    async def go_on(self, looking_on: asyncpg.Connection, halt_at: int = 0, error: Exception | None = None) -> None:
        """From where it was halted, up to its end, to another halt or to a lock that another holds."""
        self.halted, self._halts_in, self._error = False, halt_at, error
        self._stands.clear()
        self._may_go_on.set()
        await self.run(looking_on)

    async def run(self, looking_on: asyncpg.Connection) -> None:
        while not (self.done or self.halted):
            try:
                await asyncio.wait_for(self._stands.wait(), LOOK_SECONDS)
            except TimeoutError:
                self.waits_for_lock = await looking_on.fetchval(WAITS, self.backend)
                if self.waits_for_lock:
                    self._had_to_wait = True
                    return
        if self.done:
            self.task.result()

    async def end(self) -> None:
        """The process is gone: what it had open is rolled back, and nothing more is done."""
        self.task.cancel()
        await asyncio.wait({self.task})


_working: ContextVar[Turn | None] = ContextVar("working", default=None)


async def step() -> None:
    """A call to Kafka is about to be made. Raises KafkaConnectionError where it is to fail."""
    if turn := _working.get():
        try:
            await turn.step()
        except ConnectionResetError:
            raise KafkaConnectionError from None


class SteppedConnection(asyncpg.Connection):
    """A connection whose statements are steps, and after COMMIT another: it is done and nobody knows."""

    def get_reset_query(self) -> str:
        return ""

    async def execute(self, query: str, *args: object, **options: object) -> str:
        return await self._step(query, partial(super().execute, query, *args, **options))

    async def executemany(self, query: str, *args: object, **options: object) -> None:
        await self._step(query, partial(super().executemany, query, *args, **options))

    async def fetch(self, query: str, *args: object, **options: object) -> list[asyncpg.Record]:
        return await self._step(query, partial(super().fetch, query, *args, **options))

    async def fetchrow(self, query: str, *args: object, **options: object) -> asyncpg.Record | None:
        return await self._step(query, partial(super().fetchrow, query, *args, **options))

    async def fetchval(self, query: str, *args: object, **options: object) -> object:
        return await self._step(query, partial(super().fetchval, query, *args, **options))

    async def _step(self, query: str, call: Callable[[], Awaitable[T]]) -> T:
        turn = _working.get()
        if turn is None or query.startswith("ROLLBACK"):
            return await call()
        await turn.step()
        turn.backend = self.get_server_pid()
        answer = await call()
        await turn.got_its_lock()
        if query == "COMMIT;":
            await turn.step()
        return answer
