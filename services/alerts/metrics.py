"""Alerts' own metrics: what became of each message."""

from functools import cache

from prometheus_client import Counter, Gauge

from services.alerts import notifications
from shared.db import Connection
from shared.metrics import Metrics
from shared.service import Running

STATUSES = ("pending", "sending", "retry", "unknown")


@cache
def outcomes(metrics: Metrics) -> Counter:
    """Counts every step in a message's life that ends somewhere, by kind and outcome."""
    return Counter("baton_alerts", "Messages by outcome", ("service", "kind", "outcome"), registry=metrics.registry)


@cache
def refusals(metrics: Metrics) -> Counter:
    """Counts Slack's refusals by what they concern, and by Slack's word for them as far as we know it."""
    text = "Calls that Slack refused"
    return Counter("baton_slack_refusals", text, ("service", "scope", "error"), registry=metrics.registry)


@cache
def _notifications(metrics: Metrics) -> Gauge:
    return Gauge("baton_notifications", "Unsettled messages by state", ("service", "state"), registry=metrics.registry)


@cache
def _oldest(metrics: Metrics) -> Gauge:
    text = "Age of the oldest message that waits to be sent"
    return Gauge("baton_notification_oldest_seconds", text, ("service",), registry=metrics.registry)


async def measure(running: Running, connection: Connection) -> None:
    """Refresh the gauges."""
    by_status, oldest = await notifications.counts(connection)
    for status in STATUSES:
        _notifications(running.metrics).labels(running.metrics.service, status).set(by_status.get(status, 0))
    _oldest(running.metrics).labels(running.metrics.service).set(oldest)
