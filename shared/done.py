"""What a committed batch did, and its counting: nothing is counted before it is committed."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Generic, TypeVar

import structlog

from shared.metrics import Metrics
from shared.positions import Place
from shared.quarantine import Refused
from shared.records import Record
from shared.service import Service
from shared.transaction import Transaction

P = TypeVar("P")

log = structlog.get_logger()


@dataclass(slots=True)
class Done(Generic[P]):
    """What a batch came to; `lost` are records that retention took before we read them, by partition."""

    records: Sequence[Record]
    skipped: int
    bad_run: int
    lost: Mapping[Place, int]
    duplicates: int = 0
    refused: Sequence[Refused] = ()
    transaction: Transaction[P] | None = None


def count(metrics: Metrics, service: Service[P], done: Done[P]) -> None:
    name, records = service.name, done.records
    metrics.batch_records.labels(name).observe(len(records))
    for topic, n in Counter(r.topic for r in records).items():
        metrics.records_in.labels(name, topic).inc(n)
    metrics.records_skipped.labels(name, records[0].topic).inc(done.skipped)
    metrics.records_duplicate.labels(name, records[0].topic).inc(done.duplicates)
    for refused in done.refused:
        metrics.records_failed.labels(name, refused.record.topic, refused.reason).inc()
    for (topic, partition), missing in done.lost.items():
        metrics.gap_records.labels(name, topic).inc(missing)
        log.critical("records lost to retention", topic=topic, partition=partition, missing=missing)
    if done.transaction and service.count:
        service.count(metrics, list(done.transaction.emitted.values()))
