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
    """The wanted port, or another where it is taken."""
    return choose(1, (wanted,))[0]


@asynccontextmanager
async def served(app: Starlette, port: int) -> AsyncIterator[str]:
    """The page's address, for as long as the block lasts."""
    config = uvicorn.Config(app, HOST, port, log_config=None, access_log=False, lifespan="off")
    config.timeout_graceful_shutdown = 1
    server = _Server(config)
    serving = asyncio.create_task(server.serve())
    try:
        while not server.started and not serving.done():
            await asyncio.sleep(0.01)
        yield f"http://{HOST}:{port}/"
    finally:
        server.should_exit = True
        await asyncio.wait([serving], timeout=STOP_SECONDS)
