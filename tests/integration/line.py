"""A line to Postgres that can be cut at COMMIT, fall silent, or be slow: a TCP proxy that reads just enough of it."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from typing import Literal, TypeVar
from urllib.parse import urlsplit

PIECE = 65_536
COMMIT, PARSE, BIND, READ = b"COMMIT;", b"P", b"B", b"SELECT"
READY, OUTSIDE = b"Z\x00\x00\x00\x05", b"I"
Cut = Literal["before", "after"]


@dataclass
class Talk:
    """What is known of a connection: whether it is in a transaction, and whether it has just asked to commit one.

    A statement outside a transaction, other than a reading one, commits too.
    """

    outside: bool = False
    commits: bool = False
    _readers: set[bytes] = field(default_factory=set)

    def ask(self, piece: bytes) -> bool:
        """Whether this piece from the client commits."""
        kind, name_and_query = piece[:1], piece[5:].split(b"\0")
        if kind == PARSE and name_and_query[1].startswith(READ):
            self._readers.add(name_and_query[0])
        single = kind == BIND and self.outside and name_and_query[1] not in self._readers
        self.commits = COMMIT in piece or single
        return self.commits

    def answer(self, piece: bytes) -> bool:
        """Whether this piece from the server says that it is committed."""
        if piece[-6:-1] != READY:
            return False
        self.outside = piece[-1:] == OUTSIDE
        return self.commits and self.outside


class Line:
    """Carries what client and server say, while it `carries`.

    `cut` ends the next connection that commits, before or after it is done.
    """

    def __init__(self, host: str, port: int) -> None:
        self._server = (host, port)
        self._open: set[asyncio.StreamWriter] = set()
        self._dead: set[asyncio.Event] = set()
        self.cut: Cut | None = None
        self.cuts = 0
        self.seconds_a_piece = 0.0
        self.carries = asyncio.Event()
        self.carries.set()

    def fall_silent(self) -> int:
        """Nothing more is carried by the connections that there are, and none is closed; how many that were."""
        fallen = [silent for silent in self._dead if not silent.is_set()]
        for silent in fallen:
            silent.set()
        return len(fallen)

    async def carry(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        from_server, to_server = await asyncio.open_connection(*self._server)
        self._open |= {writer, to_server}
        silent, ends, talk = asyncio.Event(), asyncio.Event(), Talk()
        self._dead.add(silent)
        both = (
            self._carry(reader, to_server, silent, ends, "before", talk.ask),
            self._carry(from_server, writer, silent, ends, "after", talk.answer),
        )
        tasks = [asyncio.create_task(way) for way in both]
        await ends.wait()
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        for end in (writer, to_server):
            end.close()
        self._open -= {writer, to_server}
        self._dead.discard(silent)

    async def _carry(
        self,
        reader: asyncio.StreamReader,
        to: asyncio.StreamWriter,
        silent: asyncio.Event,
        ends: asyncio.Event,
        way: Cut,
        commits: Callable[[bytes], bool],
    ) -> None:
        with suppress(OSError):
            while piece := await reader.read(PIECE):
                if commits(piece) and self._is_cut(way):
                    self.cuts += 1
                    break
                await self._pass_on(piece, to, silent)
        ends.set()

    def _is_cut(self, way: Cut) -> bool:
        """Whether the line is to be cut at this commit, on the way there or back."""
        if self.cut != way:
            return False
        self.cut = None
        return True

    async def _pass_on(self, piece: bytes, to: asyncio.StreamWriter, silent: asyncio.Event) -> None:
        if self.seconds_a_piece:
            await asyncio.sleep(self.seconds_a_piece)
        if silent.is_set():
            await asyncio.Event().wait()
        await self.carries.wait()
        to.write(piece)
        await to.drain()

    def close(self) -> None:
        for writer in self._open:
            writer.close()


L = TypeVar("L", bound=Line)


@asynccontextmanager
async def line_to(dsn: str, kind: type[L] = Line) -> AsyncIterator[tuple[L, str]]:  # type: ignore[assignment]
    """A line to the server of a DSN, and the DSN by which it is used."""
    parts = urlsplit(dsn)
    line = kind(str(parts.hostname), int(parts.port or 5432))
    server = await asyncio.start_server(line.carry, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    try:
        yield line, parts._replace(netloc=f"{parts.username}:{parts.password}@127.0.0.1:{port}").geturl()
    finally:
        server.close()
        line.close()
