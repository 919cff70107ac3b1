"""Scoring's own metrics."""

from collections.abc import Sequence
from functools import cache

from prometheus_client import Counter

from shared.events import Event
from shared.events.derived import LeadQualified
from shared.metrics import Metrics


@cache
def _qualified(metrics: Metrics) -> Counter:
    return Counter("baton_qualified", "Leads qualified", ("service", "reason"), registry=metrics.registry)


def count(metrics: Metrics, events: Sequence[Event]) -> None:
    """Count what a committed transaction decided."""
    for event in events:
        if isinstance(event.data, LeadQualified):
            _qualified(metrics).labels(metrics.service, event.data.reason).inc()
