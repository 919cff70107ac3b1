"""Where Slack sends pressed buttons: an activity like any other, once its signature has been checked."""

import json
from collections.abc import Sequence
from urllib.parse import parse_qs

import structlog
from starlette.background import BackgroundTask
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route

from services.alerts.buttons import (
    ActionError,
    Presser,
    action_to_activity,
    is_from_slack,
    presser_of,
    reps_by_slack,
)
from services.alerts.playbook import AlertsPlaybook, load
from services.alerts.settings import SlackSettings
from services.alerts.slack import sender_for
from shared import outbox
from shared.active_playbook import ActivePlaybook
from shared.clock import DomainClock, machine_now, read_clock
from shared.events import Event
from shared.service import Running

log = structlog.get_logger()

LARGEST_BODY_BYTES = 256 * 1024


class Interactions:
    """Takes a press, writes the activity to the outbox, and answers well within Slack's three seconds."""

    def __init__(self, running: Running, settings: SlackSettings) -> None:
        self._running = running
        self._settings = settings
        self._secrets = settings.signing_secret.get_secret_value().split(",")
        self._playbook = ActivePlaybook(load)

    async def pressed(self, request: Request) -> Response:
        body = await _bounded_body(request)
        if body is None or not is_from_slack(body, request.headers, self._secrets, machine_now()):
            return Response(status_code=401)
        payload = _payload(body)
        async with self._running.pool.acquire() as connection, connection.transaction():
            playbook = (await self._playbook.read(connection)).rules
            clock = await read_clock(connection)
            activity = _activity(payload, playbook, clock)
            if isinstance(activity, Event):
                await outbox.add(connection, [activity])
        self._running.wake()
        if isinstance(activity, ActionError):
            return self._refused(activity, presser_of(payload), playbook)
        return Response(status_code=200)

    def _refused(self, error: ActionError, presser: Presser | None, playbook: AlertsPlaybook) -> Response:
        """The presser reads why; that takes a call to Slack, which does not wait for it."""
        log.warning("a press was not taken", code=error.code, detail=error.detail)
        told = BackgroundTask(self._tell, presser, error.text(playbook, presser.user)) if presser else None
        return Response(status_code=200, background=told)

    async def _tell(self, presser: Presser, text: str) -> None:
        sender = sender_for(self._settings.token.get_secret_value(), print, self._settings.url)
        try:
            if not await sender.answer(presser.channel, presser.user, text):
                log.warning("why a press was not taken could not be told")
        finally:
            await sender.close()


def _payload(body: bytes) -> dict[str, object]:
    """The JSON object of a signed body; empty where it has none."""
    try:
        payload = json.loads(parse_qs(body.decode())["payload"][0])
    except (ValueError, KeyError):
        return {}
    return payload if isinstance(payload, dict) else {}


def _activity(payload: dict[str, object], playbook: AlertsPlaybook, clock: DomainClock) -> Event | ActionError:
    """The activity of a press, timed by the domain clock."""
    return action_to_activity(payload, reps_by_slack(playbook), clock.at)


async def _bounded_body(request: Request) -> bytes | None:
    """The body; None where it is larger than any press."""
    body = b""
    async for chunk in request.stream():
        body += chunk
        if len(body) > LARGEST_BODY_BYTES:
            return None
    return body


def routes(running: Running) -> Sequence[BaseRoute]:
    interactions = Interactions(running, SlackSettings())
    return [Route("/slack/interactions", interactions.pressed, methods=["POST"])]
