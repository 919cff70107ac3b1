"""Connections of commands to Postgres."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

from services.commands.output import RefusalError
from shared.settings import Settings

if TYPE_CHECKING:
    from shared.db import Connection


@asynccontextmanager
async def connected(schema: str) -> "AsyncIterator[Connection]":
    """A connection that sees the schema of a service first. Raises RefusalError where it has no tables."""
    import asyncpg

    from shared import db

    pool = await db.connect(Settings().postgres.get_secret_value(), schema, most=1)
    try:
        async with pool.acquire() as connection:
            yield connection
    except asyncpg.UndefinedTableError:
        raise RefusalError(f"the database has no tables of {schema}: run `baton migrate` first") from None
    finally:
        await db.close(pool)
