"""Serves the demo's page inside the run's own event loop."""

import asyncio
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager

import uvicorn
from starlette.applications import Starlette

from shared.embedded.ports import HOST, choose

STOP_SECONDS = 3.0


class _Server(uvicorn.Server):
    """uvicorn without its own signal handling: the demo decides when to stop."""

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        yield


def free_port(wanted: int) -> int:
    """The wanted port, or another where it is taken or 0."""
    return choose(1, (wanted,) if wanted else ())[0]


@asynccontextmanager
async def served(app: Starlette, port: int) -> AsyncIterator[str]:
    """The page's address, for as long as the block lasts."""
    config = uvicorn.Config(app, HOST, port, log_config=None, access_log=False, lifespan="off")
    config.timeout_graceful_shutdown = 1
    server = _Server(config)
    serving = asyncio.create_task(server.serve())
    try:
        await _started(server, serving)
        yield f"http://{HOST}:{port}/"
    finally:
        server.should_exit = True
        await asyncio.wait([serving], timeout=STOP_SECONDS)


async def _started(server: _Server, serving: "asyncio.Task[None]") -> None:
    while not (server.started or serving.done()):  # noqa: ASYNC110 - uvicorn tells of its start by a flag alone
        await asyncio.sleep(0.01)
