"""The way out: Slack's Web API behind a small port, or the console where there is no token."""

import logging
from collections.abc import Awaitable, Callable, Mapping
from datetime import datetime, timedelta
from html import unescape
from itertools import count
from typing import ClassVar, Final, Protocol
from urllib.parse import urlsplit
from urllib.request import proxy_bypass

import aiohttp
from slack_sdk.errors import SlackApiError
from slack_sdk.models.metadata import Metadata
from slack_sdk.web.async_client import AsyncWebClient
from slack_sdk.web.async_slack_response import AsyncSlackResponse

from services.alerts.cards import Rendered
from services.alerts.outcomes import Delivered, NoReply, NotSent, Outcome, Refused, Reply, Unclear, classify

SLACK_API: Final = "https://slack.com/api/"
METADATA_TYPE: Final = "baton_notification"
CLOCK_MARGIN: Final = timedelta(seconds=60)
MOST_PAGES: Final = 10
PAGE: Final = 200


class Sender(Protocol):
    """Sends messages; every way in which that ends is an Outcome, nothing is raised.

    `private` where only those at the address read them.
    """

    private: ClassVar[bool]

    async def post(self, address: str, message: Rendered, notification_id: str, *, plain: bool = False) -> Outcome: ...

    async def update(self, channel: str, ts: str, message: Rendered, notification_id: str) -> Outcome: ...

    async def find(self, address: str, since: datetime, notification_id: str) -> Outcome:
        """Delivered where the message is there, NotSent where it is not, anything else where that cannot be told."""
        ...

    async def answer(self, channel: str, user: str, text: str) -> bool:
        """Say something to this user alone; whether it was taken."""
        ...

    async def close(self) -> None: ...


class SlackSender:
    """Slack's Web API without the SDK's retries: those post twice when an answer is lost, and sleep when limited."""

    private: ClassVar[bool] = True

    def __init__(self, token: str, base_url: str = SLACK_API, timeout: timedelta = timedelta(seconds=10)) -> None:
        self._token = token
        self._base_url = base_url
        self._timeout = aiohttp.ClientTimeout(total=timeout.total_seconds())
        self._client: AsyncWebClient | None = None

    async def post(self, address: str, message: Rendered, notification_id: str, *, plain: bool = False) -> Outcome:
        if not address:
            return Refused("no_address", "channel")
        posted = self._connected().chat_postMessage(
            channel=address,
            text=message.text,
            blocks=None if plain else [dict(block) for block in message.blocks],
            metadata=_metadata(notification_id),
            unfurl_links=False,
            unfurl_media=False,
            parse="none",
        )
        return classify(await _answer(posted))

    async def update(self, channel: str, ts: str, message: Rendered, notification_id: str) -> Outcome:
        updated = self._connected().chat_update(
            channel=channel,
            ts=ts,
            text=message.text,
            blocks=[dict(block) for block in message.blocks],
            metadata=_metadata(notification_id),
            parse="none",
        )
        return classify(await _answer(updated))

    async def find(self, address: str, since: datetime, notification_id: str) -> Outcome:
        opened = await self._channel_of(address)
        if not isinstance(opened, str):
            return opened
        cursor = ""
        for _ in range(MOST_PAGES):
            page = await self._history(opened, since, cursor)
            if not isinstance(page, Reply) or page.body is None or page.body.get("ok") is not True:
                return _unreadable(page)
            if ts := _ts_of(page.body, notification_id):
                return Delivered(opened, ts)
            if not (cursor := _next_cursor(page.body)):
                return NotSent("not_in_history")
        return Unclear("history_too_long")

    async def answer(self, channel: str, user: str, text: str) -> bool:
        # What is answered to the press itself is shown to nobody.
        said = await _answer(self._connected().chat_postEphemeral(channel=channel, user=user, text=text, parse="none"))
        return isinstance(said, Reply) and said.body is not None and said.body.get("ok") is True

    async def close(self) -> None:
        if self._client and self._client.session:
            await self._client.session.close()
        self._client = None

    async def _channel_of(self, address: str) -> str | Outcome:
        """A channel is its own address; the conversation with a user has an id of its own."""
        if not address.startswith(("U", "W")):
            return address
        answer = await _answer(self._connected().conversations_open(users=address))
        channel = answer.body.get("channel") if isinstance(answer, Reply) and answer.body else None
        channel_id = channel.get("id") if isinstance(channel, dict) else None
        return channel_id if isinstance(channel_id, str) else _unreadable(answer)

    async def _history(self, channel: str, since: datetime, cursor: str) -> Reply | NoReply:
        oldest = f"{(since - CLOCK_MARGIN).timestamp():.6f}"
        return await _answer(
            self._connected().conversations_history(
                channel=channel, oldest=oldest, include_all_metadata=True, limit=PAGE, cursor=cursor or None
            )
        )

    def _connected(self) -> AsyncWebClient:
        if self._client is None:
            quiet = logging.getLogger(f"{__name__}.sdk")
            # Below INFO the SDK logs whole messages, and it takes an unset level for DEBUG.
            quiet.setLevel(logging.INFO)
            self._client = AsyncWebClient(
                self._token,
                base_url=self._base_url,
                session=aiohttp.ClientSession(timeout=self._timeout),
                retry_handlers=[],
                logger=quiet,
            )
            if proxy_bypass(urlsplit(self._base_url).hostname or ""):
                self._client.proxy = None
        return self._client


class ConsoleSink:
    """Writes messages to the console instead, for companies that have not connected Slack yet; consoles are logged."""

    private: ClassVar[bool] = False

    def __init__(self, write: Callable[[str], object]) -> None:
        self._write = write
        self._numbers = count(1)

    async def post(self, address: str, message: Rendered, *_: object, **__: object) -> Outcome:
        self._write(f"→ {address or '-'}\n{unescape(message.text)}\n")
        return Delivered(address or "console", f"{next(self._numbers)}.000000")

    async def update(self, channel: str, ts: str, message: Rendered, *_: object, **__: object) -> Outcome:
        self._write(f"↻ {channel} {ts}\n{unescape(message.text)}\n")
        return Delivered(channel, ts)

    async def find(self, *_: object, **__: object) -> Outcome:
        return NotSent("the console keeps nothing")

    async def answer(self, channel: str, user: str, text: str) -> bool:
        self._write(f"→ {user} ({channel})\n{unescape(text)}\n")
        return True

    async def close(self) -> None:
        return None


def sender_for(token: str | None, write: Callable[[str], object], base_url: str = SLACK_API) -> Sender:
    """Slack where there is a token, else the console."""
    return SlackSender(token, base_url) if token and token.strip() else ConsoleSink(write)


def _metadata(notification_id: str) -> Metadata:
    return Metadata(event_type=METADATA_TYPE, event_payload={"notification_id": notification_id})


async def _answer(call: Awaitable[AsyncSlackResponse]) -> Reply | NoReply:
    """The outcome of a call as data; the reason is the error's class, for its text may hold the message."""
    try:
        return _reply(await call)
    except SlackApiError as error:
        return _reply(error.response)
    except (aiohttp.ClientConnectorError, aiohttp.ConnectionTimeoutError) as error:
        return NoReply(type(error).__name__, before_sending=True)
    except (aiohttp.ClientError, TimeoutError, OSError) as error:
        return NoReply(type(error).__name__)
    except (ValueError, LookupError, AttributeError) as error:
        # The SDK stumbles over answers in plain text, JSON that is no object, and unknown charsets.
        return NoReply(type(error).__name__)


def _reply(response: object) -> Reply | NoReply:
    match response:
        case AsyncSlackResponse():
            data = response.data if isinstance(response.data, dict) else {}
            return Reply(response.status_code, data or None, response.headers.get("Retry-After"))
        case aiohttp.ClientResponse():
            return Reply(response.status, None, response.headers.get("Retry-After"))
        case _:
            return NoReply("UnknownResponse")


def _unreadable(answer: Reply | NoReply) -> Outcome:
    """Why history could not be read; a broken connection there says nothing about the message."""
    outcome = classify(answer)
    return Unclear(outcome.reason) if isinstance(outcome, NotSent) else outcome


def _ts_of(body: Mapping[str, object], notification_id: str) -> str | None:
    messages = body.get("messages")
    for message in messages if isinstance(messages, list) else ():
        match message:
            case {"ts": str(ts), "metadata": {"event_payload": {"notification_id": found}}} if found == notification_id:
                return ts
            case _:
                continue
    return None


def _next_cursor(body: Mapping[str, object]) -> str:
    match body.get("response_metadata"):
        case {"next_cursor": str(cursor)}:
            return cursor
        case _:
            return ""
