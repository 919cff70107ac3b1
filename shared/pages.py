"""A process's pages, probes and metrics, served beside its other work."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager

import uvicorn
from starlette.applications import Starlette
from starlette.routing import BaseRoute


class Pages(uvicorn.Server):
    """uvicorn without its own signal handling: the host decides when to stop."""

    def __init__(self, routes: Sequence[BaseRoute], host: str, port: int) -> None:
        app = Starlette(routes=routes)
        super().__init__(uvicorn.Config(app, host=host, port=port, log_config=None, access_log=False, lifespan="off"))

    async def answer(self) -> None:
        """Serve, and stop listening even when cancelled."""
        try:
            await self.serve()
        finally:
            for listening in self.servers if self.started else ():
                listening.close()

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        yield
