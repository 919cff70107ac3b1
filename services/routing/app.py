"""Routing as a service: qualified leads and what people do in; owners, clocks and stages out."""

from services.routing import metrics
from services.routing.handlers import on_due, on_events
from services.routing.playbook import load
from services.routing.rules import RoutingRules
from shared.service import Service
from shared.topics import LEAD_QUALIFIED, REP_STATUS


def create() -> Service[RoutingRules]:
    return Service(
        name="routing",
        subscription=on_events,
        load_playbook=load,
        on_due=on_due,
        keeps_invalid=frozenset({LEAD_QUALIFIED, REP_STATUS}),
        measure=metrics.measure,
        count=metrics.count,
    )
