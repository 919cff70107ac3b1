"""Kpi's own metrics: where the leads are, and how many are still to be counted anew."""

from functools import cache

from prometheus_client import Gauge

from services.kpi import store
from services.kpi.playbook import load
from services.kpi.stuck import FUNNEL
from shared.active_playbook import ActivePlaybook
from shared.clock import monotonic_seconds
from shared.db import Connection
from shared.events.lifecycle import ENDS
from shared.metrics import Metrics
from shared.service import Running

TEAMS = ("is", "fs", "cs")
FRESH_SECONDS = 5.0
TIMES_LONGER = 20
"""The rest between two refreshes over the length of one: at most a twentieth of the time goes into counting."""


@cache
def _leads(metrics: Metrics) -> Gauge:
    return Gauge("baton_leads", "Leads by stage", ("service", "stage"), registry=metrics.registry)


@cache
def _unassigned(metrics: Metrics) -> Gauge:
    return Gauge("baton_leads_unassigned", "Leads nobody owns", ("service", "team"), registry=metrics.registry)


@cache
def _recount_rows(metrics: Metrics) -> Gauge:
    text = "Leads still counted under earlier rules"
    return Gauge("baton_kpi_recount_rows", text, ("service",), registry=metrics.registry)


class Gauges:
    """Refreshes the gauges every few seconds only: counting all leads takes longer the more there are."""

    def __init__(self) -> None:
        self._playbook = ActivePlaybook(load)
        self._due_at = 0.0

    async def measure(self, running: Running, connection: Connection) -> None:
        """Refresh the gauges if they have grown old."""
        began = monotonic_seconds()
        if began < self._due_at:
            return
        await _refresh_leads(running.metrics, connection)
        now = (await self._playbook.read(connection)).rules.rules.digest
        waiting = await store.waiting_for_recount(connection, now)
        _recount_rows(running.metrics).labels(running.metrics.service).set(waiting)
        self._due_at = began + max(FRESH_SECONDS, TIMES_LONGER * (monotonic_seconds() - began))


async def _refresh_leads(metrics: Metrics, connection: Connection) -> None:
    by_stage = await store.stage_counts(connection)
    for stage in (*FUNNEL, *sorted(ENDS)):
        _leads(metrics).labels(metrics.service, stage).set(by_stage.get(stage, 0))
    waiting = await store.unassigned_by_team(connection)
    for team in {*TEAMS, *waiting}:
        _unassigned(metrics).labels(metrics.service, team).set(waiting.get(team, 0))
