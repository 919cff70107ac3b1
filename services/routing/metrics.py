"""Routing's own metrics: what was given to whom in which time, and what waits."""

from collections.abc import Sequence
from functools import cache

from prometheus_client import Counter, Gauge

from services.routing import store
from shared.db import Connection
from shared.events import Event
from shared.events.derived import (
    ClockBreached,
    ClockCorrected,
    ClockEvent,
    ClockMet,
    ClockStarted,
    ClockWarned,
    LeadAssigned,
    LeadReassigned,
    LeadWaiting,
)
from shared.metrics import Metrics
from shared.service import Running

GIVEN = {LeadAssigned: "assigned", LeadWaiting: "waiting", LeadReassigned: "reassigned"}
CLOCKS: dict[type[ClockEvent], str] = {
    ClockStarted: "started",
    ClockMet: "met",
    ClockWarned: "warned",
    ClockBreached: "breached",
    ClockCorrected: "corrected",
}


@cache
def _assignments(metrics: Metrics) -> Counter:
    text = "Decisions on owners"
    return Counter("baton_assignments", text, ("service", "team", "outcome"), registry=metrics.registry)


@cache
def _sla(metrics: Metrics) -> Counter:
    text = "SLA clocks by outcome"
    return Counter("baton_sla", text, ("service", "clock", "team", "outcome"), registry=metrics.registry)


@cache
def _waiting(metrics: Metrics) -> Gauge:
    text = "Leads that wait for an owner"
    return Gauge("baton_leads_waiting", text, ("service", "team", "pool"), registry=metrics.registry)


def count(metrics: Metrics, events: Sequence[Event]) -> None:
    """Count what a committed transaction decided; of a breach its first step only."""
    for event in events:
        data = event.data
        if isinstance(data, LeadAssigned | LeadWaiting | LeadReassigned):
            _assignments(metrics).labels(metrics.service, data.team, GIVEN[type(data)]).inc()
        elif isinstance(data, ClockEvent) and type(data) in CLOCKS and not (data.step and type(data) is ClockBreached):
            _sla(metrics).labels(metrics.service, data.clock, data.team, CLOCKS[type(data)]).inc()


async def measure(running: Running, connection: Connection) -> None:
    """Refresh the gauges."""
    gauge = _waiting(running.metrics)
    gauge.clear()
    for team, pool, n in await store.waiting_by_pool(connection):
        gauge.labels(running.metrics.service, team, pool).set(n)
