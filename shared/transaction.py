"""The unit of everything: state, events, timers and positions change together or not at all."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Generic, TypeVar

from shared import outbox, timers
from shared.db import Connection
from shared.events import Event

P = TypeVar("P")


class SameIdTwiceError(RuntimeError):
    """Two events of one transaction have the same identity: their discriminators are wrong."""


@dataclass(slots=True)
class Transaction(Generic[P]):
    """One open transaction. `decided_at` is the domain time of the decisions made in it."""

    connection: Connection
    service: str
    decided_at: datetime
    playbook: P
    playbook_version: str
    caught_up: bool = True
    """Whether our reading had caught up when the timers of this transaction were chosen."""
    claimed: int = 0
    """Timers claimed so far."""
    emitted: dict[tuple[str, str], Event] = field(default_factory=dict)
    _timers: dict[tuple[str, str], timers.Timer] = field(default_factory=dict)

    def emit(self, events: Iterable[Event]) -> None:
        """Publish events if and when the transaction commits; raises SameIdTwiceError."""
        for event in events:
            key = (event.source, event.id)
            if key in self.emitted:
                raise SameIdTwiceError(f"{event.type} {event.id}")
            self.emitted[key] = event

    def set_timer(self, kind: str, subject: str, due_at: datetime | None, *, waits: bool = True) -> None:
        """Ask to be called at `due_at` (domain time). None, or a later time than now set, is found when it fires.

        What is due already waits until our reading has caught up, where it `waits` for that at all.
        """
        if due_at is not None:
            held = waits and due_at <= self.decided_at and not self.caught_up
            self._timers[kind, subject] = timers.Timer(kind, subject, due_at, held=held)

    async def claim_timers(self, kind: str, subjects: list[str]) -> list[str]:
        """Of the subjects, those whose timer is still due; call it after locking them. Their timers are gone then."""
        claimed = await timers.claim(self.connection, kind, subjects, self.decided_at)
        self.claimed += len(claimed)
        return claimed

    async def flush(self) -> None:
        await outbox.add(self.connection, list(self.emitted.values()))
        await timers.save(self.connection, list(self._timers.values()))
