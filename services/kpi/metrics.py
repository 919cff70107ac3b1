"""Kpi's own metrics: where the leads are."""

from functools import cache

from prometheus_client import Gauge

from services.kpi import store
from services.kpi.stuck import FUNNEL
from shared.db import Connection
from shared.events.lifecycle import ENDS
from shared.metrics import Metrics
from shared.service import Running

TEAMS = ("is", "fs", "cs")


@cache
def _leads(metrics: Metrics) -> Gauge:
    return Gauge("baton_leads", "Leads by stage", ("service", "stage"), registry=metrics.registry)


@cache
def _unassigned(metrics: Metrics) -> Gauge:
    return Gauge("baton_leads_unassigned", "Leads nobody owns", ("service", "team"), registry=metrics.registry)


async def measure(running: Running, connection: Connection) -> None:
    """Refresh the gauges."""
    name = running.metrics.service
    by_stage = await store.stage_counts(connection)
    for stage in (*FUNNEL, *sorted(ENDS)):
        _leads(running.metrics).labels(name, stage).set(by_stage.get(stage, 0))
    waiting = await store.unassigned_by_team(connection)
    for team in {*TEAMS, *waiting}:
        _unassigned(running.metrics).labels(name, team).set(waiting.get(team, 0))
