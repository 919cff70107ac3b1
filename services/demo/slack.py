"""The demo's stand-in for Slack: the few Web API methods that Baton uses, and the messages for a page to show."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from itertools import count
from typing import Final
from urllib.parse import parse_qsl

from pydantic_core import from_json
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from shared.clock import machine_now

Arguments = Mapping[str, object]
PAGE: Final = 100


@dataclass(frozen=True, slots=True)
class SlackMessage:
    """A message as it stands; `revision` counts its updates."""

    channel: str
    ts: str
    text: str
    blocks: tuple[object, ...] = ()
    metadata: Mapping[str, object] = field(default_factory=dict)
    revision: int = 0


Listener = Callable[[SlackMessage], None]


class SlackServer:
    """Keeps messages in the order in which they came; `listener` hears of each new and each updated one."""

    def __init__(self, listener: Listener | None = None, now: Callable[[], datetime] = machine_now) -> None:
        self._listener = listener
        self._now = now
        self._numbers = count(1)
        self._messages: dict[tuple[str, str], SlackMessage] = {}
        self.app = Starlette(routes=[Route("/api/{method}", self._call, methods=["GET", "POST"])])

    @property
    def messages(self) -> tuple[SlackMessage, ...]:
        return tuple(self._messages.values())

    async def answer(self, method: str, arguments: Arguments) -> Response:
        """The answer to one call of the Web API."""
        match method:
            case "chat.postMessage":
                return self._post(arguments)
            case "chat.postEphemeral":
                return JSONResponse({"ok": True, "message_ts": self._next_ts()})
            case "chat.update":
                return self._update(arguments)
            case "conversations.history":
                return self._history(arguments)
            case "conversations.open":
                return JSONResponse({"ok": True, "channel": {"id": conversation_with(_text(arguments, "users"))}})
            case _:
                return _error("unknown_method")

    async def _call(self, request: Request) -> Response:
        if not request.headers.get("Authorization", "").startswith("Bearer "):
            return _error("not_authed")
        try:
            arguments = await _arguments(request)
        except ValueError:
            return _error("invalid_json")
        return await self.answer(request.path_params["method"], arguments)

    def _post(self, arguments: Arguments) -> Response:
        address = _text(arguments, "channel")
        if not address:
            return _error("channel_not_found")
        message = _shown(arguments, SlackMessage(conversation_with(address), self._next_ts(), ""))
        self._keep(message)
        return JSONResponse({"ok": True, "channel": message.channel, "ts": message.ts})

    def _update(self, arguments: Arguments) -> Response:
        before = self._messages.get((_text(arguments, "channel"), _text(arguments, "ts")))
        if before is None:
            return _error("message_not_found")
        self._keep(_shown(arguments, replace(before, revision=before.revision + 1)))
        return JSONResponse({"ok": True, "channel": before.channel, "ts": before.ts, "text": before.text})

    def _history(self, arguments: Arguments) -> Response:
        channel = _text(arguments, "channel")
        oldest = float(_text(arguments, "oldest") or 0)
        newest_first = [
            {"type": "message", "ts": message.ts, "text": message.text, "metadata": dict(message.metadata)}
            for message in reversed(self.messages)
            if message.channel == channel and float(message.ts) > oldest
        ]
        start = int(_text(arguments, "cursor") or 0)
        limit = min(int(_text(arguments, "limit") or PAGE), PAGE)
        more = str(start + limit) if start + limit < len(newest_first) else ""
        page = newest_first[start : start + limit]
        return JSONResponse({"ok": True, "messages": page, "response_metadata": {"next_cursor": more}})

    def _keep(self, message: SlackMessage) -> None:
        self._messages[message.channel, message.ts] = message
        if self._listener:
            self._listener(message)

    def _next_ts(self) -> str:
        return f"{int(self._now().timestamp())}.{next(self._numbers):06d}"


def conversation_with(address: str) -> str:
    """The channel of an address: a user's direct messages have an id of their own."""
    return f"D{address[1:]}" if address.startswith(("U", "W")) else address


def _shown(arguments: Arguments, message: SlackMessage) -> SlackMessage:
    blocks, metadata = arguments.get("blocks"), arguments.get("metadata")
    return replace(
        message,
        text=_text(arguments, "text"),
        blocks=tuple(blocks) if isinstance(blocks, list) else (),
        metadata=metadata if isinstance(metadata, dict) else message.metadata,
    )


def _text(arguments: Arguments, name: str) -> str:
    value = arguments.get(name)
    return value if isinstance(value, str) else ""


def _error(code: str) -> Response:
    return JSONResponse({"ok": False, "error": code})


async def _arguments(request: Request) -> Arguments:
    """What was asked, from the query, a form or JSON. Raises ValueError for JSON that is no object."""
    arguments: dict[str, object] = dict(request.query_params)
    body = await request.body()
    if request.headers.get("Content-Type", "").startswith("application/json"):
        parsed = from_json(body or b"{}")
        if not isinstance(parsed, dict):
            raise ValueError("a JSON object is expected")
        return arguments | parsed
    return arguments | dict(parse_qsl(body.decode()))
