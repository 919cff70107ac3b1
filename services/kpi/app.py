"""Kpi as a service: every topic in, numbers and pages out."""

from services.kpi import metrics, web
from services.kpi.handlers import on_events
from services.kpi.playbook import KpiPlaybook, load
from services.kpi.recounting import recount
from shared.service import Service
from shared.topics import CAMPAIGN, LEAD_ALERTED, LEAD_HANDOFF


def create() -> Service[KpiPlaybook]:
    return Service(
        name="kpi",
        subscription=on_events,
        load_playbook=load,
        keeps_invalid=frozenset({LEAD_HANDOFF, LEAD_ALERTED, CAMPAIGN}),
        loops=(recount,),
        routes=web.routes,
        measure=metrics.Gauges().measure,
    )
