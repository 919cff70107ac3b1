"""A line to Postgres that can be cut at COMMIT, fall silent, or be slow: a TCP proxy that reads just enough of it."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from typing import Literal
from urllib.parse import urlsplit

COMMIT, COMMITTED = b"COMMIT;", b"COMMIT\x00"
PIECE = 65_536
Cut = Literal["before", "after"]


class Line:
    """Carries what client and server say. `cut` ends the next connection that commits, before or after it is done."""

    def __init__(self, host: str, port: int) -> None:
        self._server = (host, port)
        self._open: set[asyncio.StreamWriter] = set()
        self._dead: set[asyncio.Event] = set()
        self.cut: Cut | None = None
        self.cuts = 0
        self.seconds_a_piece = 0.0

    def fall_silent(self) -> int:
        """Nothing more is carried by the connections that there are, and none is closed; how many that were."""
        fallen = [silent for silent in self._dead if not silent.is_set()]
        for silent in fallen:
            silent.set()
        return len(fallen)

    async def carry(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        from_server, to_server = await asyncio.open_connection(*self._server)
        self._open |= {writer, to_server}
        silent = asyncio.Event()
        self._dead.add(silent)
        ends = asyncio.Event()
        both = (self._say(reader, to_server, silent, ends), self._answer(from_server, writer, silent, ends))
        tasks = [asyncio.create_task(way) for way in both]
        await ends.wait()
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        for end in (writer, to_server):
            end.close()
        self._open -= {writer, to_server}
        self._dead.discard(silent)

    async def _say(
        self, reader: asyncio.StreamReader, server: asyncio.StreamWriter, silent: asyncio.Event, ends: asyncio.Event
    ) -> None:
        with suppress(OSError):
            while piece := await reader.read(PIECE):
                if self.cut == "before" and COMMIT in piece:
                    self.cut, self.cuts = None, self.cuts + 1
                    break
                await self._pass_on(piece, server, silent)
        ends.set()

    async def _answer(
        self, reader: asyncio.StreamReader, client: asyncio.StreamWriter, silent: asyncio.Event, ends: asyncio.Event
    ) -> None:
        with suppress(OSError):
            while piece := await reader.read(PIECE):
                if self.cut == "after" and COMMITTED in piece:
                    self.cut, self.cuts = None, self.cuts + 1
                    break
                await self._pass_on(piece, client, silent)
        ends.set()

    async def _pass_on(self, piece: bytes, to: asyncio.StreamWriter, silent: asyncio.Event) -> None:
        if self.seconds_a_piece:
            await asyncio.sleep(self.seconds_a_piece)
        if silent.is_set():
            await asyncio.Event().wait()
        to.write(piece)
        await to.drain()

    def close(self) -> None:
        for writer in self._open:
            writer.close()


@asynccontextmanager
async def line_to(dsn: str) -> AsyncIterator[tuple[Line, str]]:
    """A line to the server of a DSN, and the DSN by which it is used."""
    parts = urlsplit(dsn)
    line = Line(str(parts.hostname), int(parts.port or 5432))
    server = await asyncio.start_server(line.carry, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    try:
        yield line, parts._replace(netloc=f"{parts.username}:{parts.password}@127.0.0.1:{port}").geturl()
    finally:
        server.close()
        line.close()
