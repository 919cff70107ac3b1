"""Connections of commands to Postgres, with words for what goes wrong."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

from services.commands.output import RefusalError
from shared.settings import Settings

if TYPE_CHECKING:
    from shared.db import Connection

HOW_TO_SET = "set BATON_POSTGRES to its address, such as postgresql://baton:secret@127.0.0.1:5432/baton"


@asynccontextmanager
async def connected(schema: str) -> "AsyncIterator[Connection]":
    """A connection that sees the schema of a service first. Raises RefusalError where Postgres does not answer."""
    import asyncpg

    from shared import db

    try:
        pool = await db.connect(Settings().postgres.get_secret_value(), schema, most=1)
    except (OSError, TimeoutError, ValueError, asyncpg.PostgresError, asyncpg.InterfaceError) as error:
        raise RefusalError(f"Postgres does not answer ({type(error).__name__}): {HOW_TO_SET}") from None
    try:
        async with pool.acquire() as connection:
            yield connection
    except asyncpg.UndefinedTableError:
        raise RefusalError(f"the database has no tables of {schema}: run `baton migrate` first") from None
    finally:
        await db.close(pool)
