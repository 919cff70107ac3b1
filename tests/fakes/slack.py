"""The demo's stand-in Slack with the faults that the real one has: limits, refusals, lost and broken answers."""

import asyncio
import socket
from collections import deque
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager

import uvicorn
from starlette.responses import HTMLResponse, JSONResponse, Response
from starlette.types import Receive, Scope, Send

from services.demo.slack import Arguments, SlackServer

Fault = Callable[[Callable[[], Awaitable[Response]]], Awaitable[Response]]
Answer = Callable[[], Awaitable[Response]]


class FakeSlack(SlackServer):
    """Answers the next calls with the faults that were put in, one each, then as the stand-in does."""

    def __init__(self) -> None:
        super().__init__()
        self.calls: list[tuple[str, Arguments]] = []
        self._faults: deque[Fault] = deque()

    def reset(self) -> None:
        """Forget everything, as a new one would have."""
        self._messages.clear()
        self._faults.clear()
        self.calls.clear()

    def fail_next(self, *faults: Fault) -> None:
        self._faults.extend(faults)

    async def answer(self, method: str, arguments: Arguments) -> Response:
        self.calls.append((method, arguments))

        async def answer_well() -> Response:
            return await super(FakeSlack, self).answer(method, arguments)

        return await self._faults.popleft()(answer_well) if self._faults else await answer_well()

    @asynccontextmanager
    async def serving(self) -> AsyncIterator[str]:
        """The base URL of its Web API, for as long as the block lasts."""
        with socket.create_server(("127.0.0.1", 0)) as listening:
            config = uvicorn.Config(self.app, log_level="critical", lifespan="off", ws="none")
            server = uvicorn.Server(config)
            serving = asyncio.create_task(server.serve(sockets=[listening]))
            try:
                yield f"http://127.0.0.1:{listening.getsockname()[1]}/api/"
            finally:
                server.should_exit = True
                await serving


def answers(response: Response) -> Fault:
    """Slack does not take the message and answers this instead."""

    async def fault(_: Answer) -> Response:
        return response

    return fault


def rate_limited(retry_after: str | None) -> Fault:
    headers = {} if retry_after is None else {"Retry-After": retry_after}
    return answers(JSONResponse({"ok": False, "error": "ratelimited"}, 429, headers))


def refuses(error: str) -> Fault:
    return answers(JSONResponse({"ok": False, "error": error}))


def html(status: int) -> Fault:
    return answers(HTMLResponse("<html>Bad gateway</html>", status))


def accepts_and_never_answers(until: asyncio.Event) -> Fault:
    """Slack takes the message; the answer does not come before `until` is set."""

    async def fault(answer: Answer) -> Response:
        await answer()
        await until.wait()
        return Response()

    return fault


def accepts_and_resets() -> Fault:
    """Slack takes the message; the connection breaks in the middle of the answer."""

    async def fault(answer: Answer) -> Response:
        await answer()
        return _Broken()

    return fault


class _Broken(Response):
    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        headers = [(b"content-type", b"application/json"), (b"content-length", b"1000")]
        await send({"type": "http.response.start", "status": 200, "headers": headers})
        await send({"type": "http.response.body", "body": b'{"ok": true, "cha', "more_body": False})
