"""Where Slack sends pressed buttons: an activity like any other, once its signature has been checked."""

import json
from collections.abc import Sequence
from urllib.parse import parse_qs

import structlog
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import BaseRoute, Route

from services.alerts.buttons import ActionError, action_to_activity, is_from_slack, reps_by_slack
from services.alerts.playbook import AlertsPlaybook, load
from services.alerts.settings import SlackSettings
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
        self._secrets = settings.signing_secret.get_secret_value().split(",")
        self._playbook = ActivePlaybook(load)

    async def pressed(self, request: Request) -> Response:
        body = await _bounded_body(request)
        if body is None or not is_from_slack(body, request.headers, self._secrets, machine_now()):
            return Response(status_code=401)
        async with self._running.pool.acquire() as connection, connection.transaction():
            playbook = (await self._playbook.read(connection)).rules
            clock = await read_clock(connection)
            activity = _activity(body, playbook, clock)
            if isinstance(activity, Event):
                await outbox.add(connection, [activity])
        self._running.wake()
        if isinstance(activity, ActionError):
            log.warning("a press was not taken", code=activity.code, detail=activity.detail)
            return JSONResponse({"response_type": "ephemeral", "text": activity.text(playbook)})
        return Response(status_code=200)


def _activity(body: bytes, playbook: AlertsPlaybook, clock: DomainClock) -> Event | ActionError:
    """The activity of a signed body, timed by the domain clock at the press."""
    try:
        payload = json.loads(parse_qs(body.decode())["payload"][0])
    except (ValueError, KeyError):
        return ActionError("unreadable", "the body has no JSON payload")
    if not isinstance(payload, dict):
        return ActionError("unreadable", "the payload is no JSON object")
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
