"""Alerts as a service: what happens to leads in, messages to people out."""

from services.alerts import metrics, web
from services.alerts.handlers import on_due, on_events
from services.alerts.outgoing import Outgoing
from services.alerts.playbook import AlertsPlaybook, load
from services.alerts.settings import SlackSettings
from services.alerts.slack import sender_for
from shared.service import Running, Service


def create() -> Service[AlertsPlaybook]:
    return Service(
        name="alerts",
        subscription=on_events,
        load_playbook=load,
        on_due=on_due,
        loops=(send,),
        routes=web.routes,
        measure=metrics.measure,
    )


async def send(running: Running) -> None:
    """Send messages until the service stops."""
    settings = SlackSettings()
    sender = sender_for(settings.token.get_secret_value(), print, settings.url)
    await Outgoing(running, sender).run(running.stopping)
