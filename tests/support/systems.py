"""A live system for a test: the four services as processes, on a database and topics of their own."""

import asyncio
import secrets
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import urlsplit

import asyncpg

from services.local.system import LocalSystem


@contextmanager
def live_system(
    kafka: str, postgres: str, folder: Path, playbook: Path, settings: Mapping[str, str] | None = None
) -> Iterator[LocalSystem]:
    """A prepared system with its services running; the database goes when the block ends."""
    name = f"baton_{secrets.token_hex(6)}"
    asyncio.run(_administer(postgres, f"CREATE DATABASE {name}"))
    system = LocalSystem(
        kafka,
        urlsplit(postgres)._replace(path=f"/{name}").geturl(),
        folder,
        playbook=playbook,
        topic_prefix=f"t{secrets.token_hex(4)}.",
        settings=settings,
    )
    try:
        with system:
            yield system
    finally:
        asyncio.run(_administer(postgres, f"DROP DATABASE {name} WITH (FORCE)"))


async def _administer(dsn: str, statement: str) -> None:
    connection = await asyncpg.connect(dsn)
    try:
        await connection.execute(statement)
    finally:
        await connection.close()
