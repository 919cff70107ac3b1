"""Publishes what the company and its reps do, each thing when the domain clock has reached its time."""

import asyncio
from collections.abc import Iterable
from heapq import heappop, heappush
from itertools import groupby
from typing import Final

from services.demo.clock import DemoClock
from services.demo.records import Sending
from shared.publisher import Publisher

TICK_SECONDS: Final = 0.05
AT_ONCE: Final = 300
HISTORY_AT_ONCE: Final = 150
HISTORY_PAUSE_SECONDS: Final = 0.2


class Driver:
    """A queue by domain time; what was planned for a lead is dropped once it is planned anew."""

    def __init__(self, clock: DemoClock, publisher: Publisher) -> None:
        self._clock = clock
        self._publisher = publisher
        self._queue: list[tuple[float, int, Sending, int]] = []
        self._planned = 0
        self._generations: dict[str, int] = {}
        self._sending = asyncio.Lock()
        self.sent = 0

    def plan(self, records: Iterable[Sending]) -> None:
        """Send these at their times, whatever becomes of their leads."""
        self._push(records, -1)

    def replan(self, lead_id: str, records: Iterable[Sending]) -> None:
        """Send these at their times instead of what a rep had planned with the lead."""
        generation = self._generations[lead_id] = self._generations.get(lead_id, 0) + 1
        self._push(records, generation)

    def _push(self, records: Iterable[Sending], generation: int) -> None:
        for record in records:
            self._planned += 1
            heappush(self._queue, (record.at.timestamp(), self._planned, record, generation))

    def due(self) -> list[Sending]:
        """Take what is due off the queue, at most AT_ONCE records."""
        now, found = self._clock.now().timestamp(), list[Sending]()
        while self._queue and self._queue[0][0] <= now and len(found) < AT_ONCE:
            *_, record, generation = heappop(self._queue)
            if generation in (-1, self._generations.get(record.key)):
                found.append(record)
        return found

    async def send(self, records: list[Sending]) -> None:
        await asyncio.shield(self._send(records))

    async def _send(self, records: list[Sending]) -> None:
        # A send that is cut short closes the producer under everybody else's hands.
        async with self._sending:
            await self._publisher.send(records)
        self.sent += len(records)

    async def run(self, stopping: asyncio.Event) -> None:
        while not stopping.is_set():
            if due := self.due():
                await self.send(due)
            await asyncio.sleep(TICK_SECONDS)

    async def import_history(self, records: Iterable[Sending], enough: asyncio.Event) -> None:
        """Send past records a few leads at a time, each lead's together, so that what is live goes between them."""
        slice_: list[Sending] = []
        for _, of_lead in groupby(records, key=lambda record: record.key):
            slice_ += of_lead
            if len(slice_) >= HISTORY_AT_ONCE:
                await self.send(slice_)
                slice_ = []
                await asyncio.sleep(HISTORY_PAUSE_SECONDS)
            if enough.is_set():
                return
        await self.send(slice_)
