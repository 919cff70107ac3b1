"""A press on the demo's page as Slack would send it: signed, to the alerts service."""

import json
import secrets
from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Final
from urllib.parse import urlencode

import aiohttp
from slack_sdk.signature import SignatureVerifier

from services.demo.slack import SlackMessage
from shared.clock import machine_now

ANSWER: Final = aiohttp.ClientTimeout(total=5)
FORM: Final = "application/x-www-form-urlencoded"


class Presser:
    """Holds the signing secret that this run shares with its alerts service."""

    def __init__(self) -> None:
        self.secret = secrets.token_hex(16)
        self.interactions_url = ""

    async def press(self, message: SlackMessage, action: str, option: str) -> bool:
        """Send the press of a control that the message really has; False where it has none or it was not taken."""
        at = machine_now()
        body = pressed(message, action, option, at)
        if body is None or not self.interactions_url:
            return False
        async with (
            aiohttp.ClientSession(timeout=ANSWER) as session,
            session.post(self.interactions_url, data=body, headers=signed(body, self.secret, at)) as answer,
        ):
            return answer.status == 200


def pressed(message: SlackMessage, action: str, option: str, at: datetime) -> str | None:
    """The body that Slack posts for a press by the one to whom it sent the message; None for no control of it."""
    element = next((e for e in _elements(message) if e.get("action_id") == action), None)
    if element is None or option not in _options(element):
        return None
    payload = {
        "type": "block_actions",
        "user": {"id": f"U{message.channel[1:]}"},
        "actions": [_action(element, option, at)],
    }
    return urlencode({"payload": json.dumps(payload, ensure_ascii=False)})


def signed(body: str, secret: str, at: datetime) -> dict[str, str]:
    """The headers with which Slack signs a body."""
    timestamp = str(int(at.timestamp()))
    signature = SignatureVerifier(secret).generate_signature(timestamp=timestamp, body=body)
    return {"Content-Type": FORM, "X-Slack-Request-Timestamp": timestamp, "X-Slack-Signature": signature or ""}


def _elements(message: SlackMessage) -> Iterator[dict[str, object]]:
    """The controls of a message, each with the id of its block."""
    for block in message.blocks:
        match block:
            case {"type": "actions", "elements": list(elements), **rest}:
                yield from ({**element, "block_id": rest.get("block_id", "")} for element in elements)
            case _:
                continue


def _options(element: Mapping[str, object]) -> list[str]:
    """What a control can be set to: a menu to its options, a button to nothing."""
    match element:
        case {"type": "static_select", "options": list(options)}:
            return [str(option["value"]) for option in options]
        case _:
            return [""]


def _action(element: Mapping[str, object], option: str, at: datetime) -> dict[str, object]:
    pressed = {name: element[name] for name in ("action_id", "block_id", "type", "value") if name in element}
    chosen = {"selected_option": {"value": option}} if element.get("type") == "static_select" else {}
    return {**pressed, **chosen, "action_ts": f"{at.timestamp():.6f}"}
