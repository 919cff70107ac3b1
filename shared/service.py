"""What a service is to the shell: a name, a subscription, and the functions that decide."""

import asyncio
from collections.abc import Awaitable, Callable, Coroutine, Sequence
from dataclasses import dataclass
from typing import Generic, TypeVar, overload

from starlette.routing import BaseRoute

from shared import inbox
from shared.db import Connection, Pool
from shared.events import Event
from shared.inbox import Admission, Received
from shared.metrics import Metrics
from shared.outbox import Source
from shared.playbook import PlaybookFolder
from shared.settings import Settings
from shared.transaction import Transaction

P = TypeVar("P")


@dataclass(frozen=True, slots=True)
class Batch:
    """Events that are new to this consumer, in the order in which they were read; per lead that is Kafka's order."""

    received: Sequence[Received]

    @property
    def events(self) -> list[Event]:
        return [item.event for item in self.received]

    @property
    def subjects(self) -> list[str]:
        """The leads (or reps, campaigns) that the events are about, sorted: the order in which to lock them."""
        return sorted({item.event.subject for item in self.received})


OnBatch = Callable[[Batch, Transaction[P]], Awaitable[None]]
TypesRead = Callable[[P], frozenset[str] | None]
OnDue = Callable[[Transaction[P], str, list[str]], Awaitable[None]]
Admit = Callable[[Connection, Sequence[Received]], Awaitable[Admission]]


@dataclass(frozen=True)
class Subscription(Generic[P]):
    """A handler and what it reads: `types` under the playbook in force; None means every type."""

    topics: tuple[str, ...]
    types: TypesRead[P]
    handle: OnBatch[P]


def every_type(_: object) -> None:
    """A handler of everything."""


@overload
def consumes(*topics: str) -> Callable[[OnBatch[P]], Subscription[P]]: ...
@overload
def consumes(*topics: str, types: TypesRead[P]) -> Callable[[OnBatch[P]], Subscription[P]]: ...
def consumes(*topics: str, types: TypesRead[P] = every_type) -> Callable[[OnBatch[P]], Subscription[P]]:
    """Declare what a handler reads, as the playbook asks for it. Of other types only the position advances."""

    def declare(handle: OnBatch[P]) -> Subscription[P]:
        return Subscription(topics, types, handle)

    return declare


@dataclass(frozen=True)
class Running:
    """What a service's own loops, pages and metrics may use."""

    pool: Pool
    settings: Settings
    metrics: Metrics
    stopping: asyncio.Event
    wake: Callable[[], None]
    """Call it after a commit that left something to publish or to fire."""


Loop = Callable[[Running], Coroutine[None, None, None]]


@dataclass(frozen=True)
class Service(Generic[P]):
    """One of Baton's services. `keeps_invalid` names the topics whose invalid records it alone quarantines."""

    name: str
    subscription: Subscription[P]
    load_playbook: Callable[[PlaybookFolder], P]
    on_due: OnDue[P] | None = None
    admit: Admit = inbox.admit
    keeps_invalid: frozenset[str] = frozenset()
    sources: tuple[Source, ...] = ()
    loops: tuple[Loop, ...] = ()
    routes: Callable[[Running], Sequence[BaseRoute]] | None = None
    measure: Callable[[Running, Connection], Awaitable[None]] | None = None
    """Refreshes the gauges of the service's own metrics."""
    count: Callable[[Metrics, Sequence[Event]], None] | None = None
    """Counts the events of a committed transaction."""
