"""Screening: each record alone is read, passed over, or refused with a reason, before any state is touched."""

from collections.abc import Sequence
from datetime import timedelta

from shared.clock import DomainClock
from shared.errors import TransientError
from shared.events import Event, InvalidEventError, decode
from shared.inbox import Received
from shared.metrics import Metrics
from shared.quarantine import Refused
from shared.records import Record, partition_of, peek_type
from shared.topics import LEAD_PARTITIONS, LEAD_TOPICS


class BreakerOpenError(TransientError):
    """So many records in a row are bad that the topic, not the record, is at fault."""


class Screening:
    """Decides about each record of one service by its bytes and the domain clock."""

    def __init__(self, service: str, future: timedelta, metrics: Metrics) -> None:
        self._service = service
        self._future = future
        self._metrics = metrics

    def screen(
        self, records: Sequence[Record], clock: DomainClock, types: frozenset[str] | None
    ) -> tuple[list[Received], list[Refused]]:
        """(events to apply, records refused); records of types that nobody asked for are in neither."""
        good: list[Received] = []
        refused: list[Refused] = []
        for record in records:
            if types is None or _reads(types, peek_type(record)):
                try:
                    event = decode(record.value, record.header_map)
                except InvalidEventError as error:
                    refused.append(Refused(record, "invalid", str(error)))
                    continue
                if types is None or event.type in types:
                    self._place(Received(event, record), clock, good, refused)
        return good, refused

    def _place(self, item: Received, clock: DomainClock, good: list[Received], refused: list[Refused]) -> None:
        record, event = item.record, item.event
        if not _in_its_partition(record, event):
            self._metrics.wrong_partition.labels(self._service, record.topic).inc()
        if event.time - clock.at(record.appended_at) > self._future:
            text = f"its time, {event.time:%Y-%m-%dT%H:%M:%SZ}, is to come"
            refused.append(Refused(record, "future", text, event.time))
        else:
            good.append(item)


def _reads(types: frozenset[str], event_type: str | None) -> bool:
    return event_type is None or event_type in types


class Breaker:
    """Counts bad records in a row; those that wait for their time, or that nobody reads, change nothing."""

    def __init__(self, most: int) -> None:
        self._most = most
        self.run = 0
        """The run at the end of the last batch that was committed; who commits a batch sets it."""

    def after(self, records: Sequence[Record], good: Sequence[Received], refused: Sequence[Refused]) -> int:
        """The run after these records. Raises BreakerOpenError when it grows too long on the way."""
        bad = {id(item.record) for item in refused if item.retry_at is None}
        if not bad:
            return 0 if good else self.run
        ends = {id(item.record) for item in good} - bad
        run = self.run
        for record in records:
            run = 0 if id(record) in ends else run + (id(record) in bad)
            if run > self._most:
                raise BreakerOpenError(f"more than {self._most} records in a row were refused")
        return run


def _in_its_partition(record: Record, event: Event) -> bool:
    if record.topic not in LEAD_TOPICS:
        return True
    key = event.subject.encode()
    return record.key == key and record.partition == partition_of(key, LEAD_PARTITIONS)
