"""Connections to Postgres: each service sees its own schema first, then the shared one."""

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import TypeAlias

import asyncpg

SERVICES = ("scoring", "routing", "alerts", "kpi")

Connection: TypeAlias = "asyncpg.Connection[asyncpg.Record] | asyncpg.pool.PoolConnectionProxy[asyncpg.Record]"
Pool: TypeAlias = "asyncpg.Pool[asyncpg.Record]"
Row: TypeAlias = asyncpg.Record

CLOSE_SECONDS = 5.0
CONNECT_SECONDS = 10.0
ROLLBACK_SECONDS = 2.0


async def read_json_as_values(connection: Connection) -> None:
    await connection.set_type_codec("jsonb", encoder=json.dumps, decoder=json.loads, schema="pg_catalog")


async def connect(dsn: str, schema: str, *, most: int = 6) -> Pool:
    """A pool on the schema; statements, locks, idle transactions and silent clients all have a deadline."""
    return await asyncpg.create_pool(
        dsn,
        min_size=1,
        max_size=most,
        timeout=CONNECT_SECONDS,
        command_timeout=30,
        init=read_json_as_values,
        server_settings={
            "search_path": f"{schema}, baton",
            "timezone": "UTC",
            "application_name": f"baton-{schema}",
            "statement_timeout": "25s",
            "lock_timeout": "15s",
            "idle_in_transaction_session_timeout": "30s",
            "tcp_keepalives_idle": "15",
            "tcp_keepalives_interval": "5",
            "tcp_keepalives_count": "3",
            "tcp_user_timeout": "30s",
            "client_connection_check_interval": "5s",
        },
    )


@asynccontextmanager
async def transaction(pool: Pool, seconds: float) -> AsyncIterator[Connection]:
    """A transaction that has to be done in so many seconds. Raises TimeoutError where it is not.

    On a line that fell silent its rollback is not answered either: then the connection is dropped, which raises
    ConnectionDoesNotExistError.
    """
    async with asyncio.timeout(seconds), pool.acquire() as connection:
        drop = asyncio.get_running_loop().call_later(seconds + ROLLBACK_SECONDS, connection.terminate)
        try:
            async with connection.transaction():
                yield connection
        finally:
            drop.cancel()


async def close(pool: Pool) -> None:
    """Close a pool without waiting for ever for the connections in use."""
    try:
        await asyncio.wait_for(pool.close(), CLOSE_SECONDS)
    except TimeoutError:
        pool.terminate()
