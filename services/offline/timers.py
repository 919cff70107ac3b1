"""Timers in virtual time: one a subject, the earliest first."""

from datetime import datetime
from heapq import heappop, heappush

Name = tuple[str, str, str]
"""(service, kind, subject)"""


class VirtualTimers:
    """Keeps one due time a name; what was replaced meanwhile is passed over when it comes up."""

    def __init__(self) -> None:
        self._due: dict[Name, datetime] = {}
        self._heap: list[tuple[datetime, Name]] = []

    def set(self, name: Name, due_at: datetime | None) -> None:
        if due_at is None:
            self._due.pop(name, None)
        elif self._due.get(name) != due_at:
            self._due[name] = due_at
            heappush(self._heap, (due_at, name))

    def set_earlier(self, name: Name, due_at: datetime) -> None:
        """As `set`, but never later than it is set."""
        self.set(name, min(due_at, self._due.get(name, due_at)))

    def pop_before(self, end: datetime, *, inclusive: bool = False) -> tuple[datetime, Name] | None:
        """The earliest timer due before `end` (or at it), taken off; None where there is none."""
        while self._heap:
            due_at, name = self._heap[0]
            if due_at > end or (due_at == end and not inclusive):
                return None
            heappop(self._heap)
            if self._due.get(name) == due_at:
                del self._due[name]
                return due_at, name
        return None
