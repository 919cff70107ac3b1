"""Connections to Postgres: each service sees its own schema first, then the shared one."""

import asyncio
import json
from typing import TypeAlias

import asyncpg

SERVICES = ("scoring", "routing", "alerts", "kpi")

Connection: TypeAlias = "asyncpg.Connection[asyncpg.Record] | asyncpg.pool.PoolConnectionProxy[asyncpg.Record]"
Pool: TypeAlias = "asyncpg.Pool[asyncpg.Record]"
Row: TypeAlias = asyncpg.Record

CLOSE_SECONDS = 5.0


async def read_json_as_values(connection: Connection) -> None:
    await connection.set_type_codec("jsonb", encoder=json.dumps, decoder=json.loads, schema="pg_catalog")


async def connect(dsn: str, schema: str, *, most: int = 6) -> Pool:
    """A pool on the schema; statements, locks and idle transactions all have a deadline."""
    return await asyncpg.create_pool(
        dsn,
        min_size=1,
        max_size=most,
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
            "client_connection_check_interval": "5s",
        },
    )


async def close(pool: Pool) -> None:
    """Close a pool without waiting for ever for the connections in use."""
    try:
        await asyncio.wait_for(pool.close(), CLOSE_SECONDS)
    except TimeoutError:
        pool.terminate()
