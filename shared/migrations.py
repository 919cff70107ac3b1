"""Plain SQL migrations in dbmate's format, applied in order, once, under an advisory lock."""

from pathlib import Path

import asyncpg

from shared.db import SERVICES, Connection
from shared.settings import DEPLOY

LOCK = 0x6261746F6E
FOLDERS = [("baton", "baton"), *((s, "delivery") for s in SERVICES), *((s, s) for s in SERVICES)]


async def migrate(dsn: str, folder: Path = DEPLOY / "migrations") -> list[str]:
    """Apply what is missing; returns the names of what was applied."""
    connection = await asyncpg.connect(dsn)
    try:
        async with connection.transaction():
            await connection.execute("SELECT pg_advisory_xact_lock($1)", LOCK)
            await connection.execute("CREATE SCHEMA IF NOT EXISTS baton")
            await connection.execute(
                "CREATE TABLE IF NOT EXISTS baton.migration"
                " (name text PRIMARY KEY, applied_at timestamptz NOT NULL DEFAULT now())"
            )
            return [name for pair in FOLDERS for name in await _apply_folder(connection, *pair, folder)]
    finally:
        await connection.close()


async def pending(connection: Connection, folder: Path = DEPLOY / "migrations") -> list[str]:
    """The migrations that the database lacks; all of them where it has never been migrated."""
    names = [_name(schema, path) for schema, sub in FOLDERS for path in sorted((folder / sub).glob("*.sql"))]
    if await connection.fetchval("SELECT to_regclass('baton.migration')") is None:
        return names
    applied = {row["name"] for row in await connection.fetch("SELECT name FROM baton.migration")}
    return [name for name in names if name not in applied]


def _name(schema: str, path: Path) -> str:
    return f"{schema}/{path.parent.name}/{path.name}"


async def _apply_folder(connection: Connection, schema: str, sub: str, folder: Path) -> list[str]:
    await connection.execute(f"CREATE SCHEMA IF NOT EXISTS {schema}")
    applied = []
    for path in sorted((folder / sub).glob("*.sql")):
        name = _name(schema, path)
        if await connection.fetchval("SELECT 1 FROM baton.migration WHERE name = $1", name):
            continue
        up = path.read_text().partition("-- migrate:up")[2].partition("-- migrate:down")[0]
        await connection.execute(f"SET LOCAL search_path = {schema}, baton")
        await connection.execute(up)
        await connection.execute("INSERT INTO baton.migration (name) VALUES ($1)", name)
        applied.append(name)
    return applied
