"""Certificates that run out, and a Postgres behind one of them."""

import asyncio
import ssl
import subprocess
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path

SSL_REQUEST_BYTES = 8
"""What a client of Postgres sends first to ask for TLS."""


def certificate(openssl: str, folder: Path, days: int) -> Path:
    """A certificate of 127.0.0.1, signed by itself, with its key; with days below 0 one that has run out."""
    key, request, made, names = (folder / name for name in ("key.pem", "request.pem", f"{days}.pem", "names.cnf"))
    names.write_text("subjectAltName=IP:127.0.0.1\nbasicConstraints=critical,CA:TRUE\n")
    asked = ["req", "-newkey", "rsa:2048", "-nodes", "-keyout", key, "-subj", "/CN=baton", "-out", request]
    signed = ["x509", "-req", "-in", request, "-signkey", key, "-days", str(days), "-extfile", names, "-out", made]
    for arguments in (asked, signed):
        subprocess.run([openssl, *arguments], check=True, capture_output=True)
    made.write_bytes(made.read_bytes() + key.read_bytes())
    return made


def shown(certificate: Path) -> ssl.SSLContext:
    """The context of a server that shows this certificate."""
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(certificate)
    return context


@dataclass
class TlsPostgres:
    """Speaks TLS before a Postgres that does not; counts the handshakes that came to nothing."""

    host: str
    port: int
    context: ssl.SSLContext
    refused: int = 0
    _pumps: set[asyncio.Task[None]] = field(default_factory=set)

    @asynccontextmanager
    async def serving(self) -> AsyncIterator[str]:
        """Its address, for as long as the block lasts."""
        server = await asyncio.start_server(self._connected, "127.0.0.1", 0)
        async with server:
            host, port = server.sockets[0].getsockname()
            yield f"{host}:{port}"
            for pump in self._pumps:
                pump.cancel()

    async def _connected(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readexactly(SSL_REQUEST_BYTES)
        writer.write(b"S")
        try:
            await writer.start_tls(self.context)
        except (ssl.SSLError, ConnectionError):
            self.refused += 1
            writer.close()
            return
        far_reader, far_writer = await asyncio.open_connection(self.host, self.port)
        for source, sink in ((reader, far_writer), (far_reader, writer)):
            pump = asyncio.create_task(_pump(source, sink))
            self._pumps.add(pump)
            pump.add_done_callback(self._pumps.discard)


async def _pump(source: asyncio.StreamReader, sink: asyncio.StreamWriter) -> None:
    try:
        while read := await source.read(65536):
            sink.write(read)
    finally:
        sink.close()
