"""What outlives the examples: a database, connections whose statements are steps, and the clock of a machine."""

from collections import Counter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

import asyncpg
from faststream.kafka import KafkaBroker

from shared import db, migrations
from shared.active_playbook import activate
from shared.clock import machine_now
from shared.metrics import Metrics
from shared.playbook import PlaybookFolder
from shared.settings import Settings
from tests.model.broker import Broker
from tests.model.planted import TABLES as TABLES_OF_BUGS
from tests.model.producer import Producer
from tests.model.replica import Ground
from tests.model.service import LEADS, SCHEMA, TABLES
from tests.model.steps import SteppedConnection

REPLICAS = 2
CONNECTIONS = 3 * REPLICAS + 1
STANDING_STILL = 1e-12
LONG_SECONDS = 3600.0
"""Nothing here ends because a machine is slow."""
LEASE_SECONDS = 1500.0
"""Longer than time passes with an activity, shorter than it passes without."""
KEPT = ("applied", "fired", "follow_up", "consumer_position", "inbox", "outbox", "timer", "relay_lease")


@dataclass
class Stage:
    """`seconds` are those of the monotonic clock, which stands until time passes."""

    ground: Ground
    store: asyncpg.Connection
    seconds: float = 0.0
    broker: Broker | None = None
    seen: Counter[str] = field(default_factory=Counter)
    """The faults that happened, and how often."""

    def monotonic_seconds(self) -> float:
        return self.seconds

    def new_producer(self, _: str) -> Producer:
        assert self.broker is not None
        return Producer(self.broker)

    async def clear(self, broker: Broker) -> None:
        """For the next example."""
        self.broker = broker
        rows = await self.store.fetch(
            "SELECT tablename FROM pg_tables WHERE schemaname = $1 AND tablename LIKE 'planted_%'", SCHEMA
        )
        tables = [*KEPT, *(row["tablename"] for row in rows)]
        await self.store.execute(";".join(f"DELETE FROM {table}" for table in tables))
        await self.store.executemany("INSERT INTO follow_up VALUES ($1, 0, 0, NULL)", [(lead,) for lead in LEADS])


@asynccontextmanager
async def stage_on(dsn: str) -> AsyncIterator[Stage]:
    """A migrated database with an active playbook."""
    await migrations.migrate(dsn)
    session = {"search_path": f"{SCHEMA}, baton", "timezone": "UTC", "synchronous_commit": "off", "jit": "off"}
    pool = await asyncpg.create_pool(
        dsn,
        min_size=CONNECTIONS,
        max_size=CONNECTIONS,
        init=db.read_json_as_values,
        connection_class=SteppedConnection,
        server_settings=session,
    )
    store = await asyncpg.connect(dsn, server_settings=session)
    await db.read_json_as_values(store)
    await store.execute(TABLES + TABLES_OF_BUGS)
    await activate(store, PlaybookFolder.of({"company.yaml": "name: Model"}), "model", machine_now())
    settings = Settings(batch_timeout_seconds=LONG_SECONDS, lease_seconds=LEASE_SECONDS)
    try:
        yield Stage(Ground(settings, pool, Metrics("model"), KafkaBroker(logger=None)), store)
    finally:
        await store.close()
        await db.close(pool)
