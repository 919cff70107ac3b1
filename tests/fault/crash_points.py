"""Crash points: each call of a process to Postgres, Kafka or Slack is one before it, and one when it took effect.

Only what runs inside `CrashPoints.watched` is counted, so that a test may look on through the same libraries.
"""

import asyncio
import functools
import os
import random
from collections.abc import AsyncIterator, Awaitable, Callable, Coroutine, Generator, Iterator
from contextlib import contextmanager
from contextvars import ContextVar, copy_context
from dataclasses import dataclass, field
from enum import Enum
from typing import Any, TypeVar

import asyncpg
import pytest
from aiokafka import AIOKafkaConsumer, AIOKafkaProducer
from slack_sdk.web.async_client import AsyncWebClient

T = TypeVar("T")
Call = Callable[..., Awaitable[Any]]

PORTS = (
    *((asyncpg.Connection, name) for name in ("execute", "executemany", "fetch", "fetchrow", "fetchval")),
    *((AIOKafkaConsumer, name) for name in ("start", "getmany", "commit", "beginning_offsets", "end_offsets")),
    *((AIOKafkaProducer, name) for name in ("start", "partitions_for", "send_batch")),
    (AsyncWebClient, "api_call"),
)
"""The calls by which a process touches anything outside; BEGIN and COMMIT are `execute` of a connection."""
PASSED_OVER = "SELECT pg_advisory_unlock_all()"
"""How the pool resets each connection that it gets back: it is no step of ours, and there are many."""
SHOWN = 60
"""So much of a statement names a crash point."""


class Crash(BaseException):
    """The process is gone, as after `kill -9`: nothing that it still does reaches anybody."""


class End(Enum):
    """How a process ends at its crash point."""

    KILLED = "kill -9"
    TOLD_TO_STOP = "SIGTERM"


@dataclass
class CrashPoints:
    """Counts the points of a process, and ends it at one of them."""

    at: int | None = None
    end: End = End.KILLED
    where: str = ""
    passed: list[str] = field(default_factory=list)
    dead: bool = False
    stopping: asyncio.Event = field(default_factory=asyncio.Event)

    @property
    def happened(self) -> bool:
        return bool(self.where)

    async def watched(self, life: Coroutine[Any, Any, None]) -> None:
        """Live until the end or the crash, which nothing may swallow."""
        context = copy_context()
        context.run(_watching.set, self)
        try:
            await asyncio.get_running_loop().create_task(life, context=context)
        except Crash:
            assert self.dead
        else:
            assert not self.dead, f"the crash {self.where} was swallowed"

    async def call(self, name: str, call: Callable[[], Awaitable[T]]) -> T:
        self._come_to(f"before {name}")
        result = await call()
        self._come_to(f"after {name}")
        return result

    def _come_to(self, where: str) -> None:
        if self.dead:
            raise Crash
        self.passed.append(where)
        if len(self.passed) == self.at:
            self.where = where
            self.stopping.set()
            if self.end is End.KILLED:
                self.dead = True
                raise Crash


_watching: ContextVar[CrashPoints | None] = ContextVar("watching", default=None)


class _Acknowledgement:
    """Kafka's answer to a batch: that it came, and that we have not noted it yet, is a crash point too."""

    def __init__(self, points: CrashPoints, answer: Awaitable[object]) -> None:
        self._points, self._answer = points, answer

    def __await__(self) -> Generator[Any, None, object]:
        async def answered() -> object:
            return await self._answer

        return self._points.call("acknowledgement", answered).__await__()


async def unwatched(looking_on: Coroutine[Any, Any, T]) -> T:
    """What the test does in the middle of a life, which is no step of that life."""
    context = copy_context()
    context.run(_watching.set, None)
    return await asyncio.get_running_loop().create_task(looking_on, context=context)


@contextmanager
def ports_watched() -> Iterator[None]:
    """The libraries' calls are crash points of whoever is watched, for as long as the block lasts."""
    with pytest.MonkeyPatch.context() as patch:
        for owner, name in PORTS:
            patch.setattr(owner, name, _watched(f"{owner.__name__}.{name}", getattr(owner, name)))
        yield


def _watched(name: str, call: Call) -> Call:
    @functools.wraps(call)
    async def port(this: object, *args: object, **kwargs: object) -> object:
        points = _watching.get()
        what = args[0] if args and isinstance(args[0], str) else ""
        if points is None or (what.startswith(PASSED_OVER) and not points.dead):
            return await call(this, *args, **kwargs)
        answer = await points.call(f"{name} {what[:SHOWN]}".strip(), lambda: call(this, *args, **kwargs))
        return _Acknowledgement(points, answer) if name.endswith("send_batch") else answer

    return port


def seed() -> int:
    """Of this run; `BATON_SEED` repeats one."""
    return int(os.environ.get("BATON_SEED") or random.SystemRandom().randrange(1_000_000))


async def each_point(
    live: Callable[[CrashPoints], Awaitable[None]], *, first: int = 1, every: int = 1, end: End = End.KILLED
) -> AsyncIterator[CrashPoints]:
    """Live again and again, each time up to a later point, until a life ends without having come to its point.

    The last one yielded is of that life: nothing happened to it.
    """
    at = first
    while True:
        points = CrashPoints(at, end)
        await live(points)
        yield points
        if not points.happened:
            return
        at += every
