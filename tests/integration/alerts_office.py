"""Alerts' way out, on a real Postgres: raise alerts, send them to the stand-in Slack, see what became of them."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime

from services.alerts import store
from services.alerts.notices import Card, Notify, Update
from services.alerts.outgoing import Outgoing
from services.alerts.playbook import AlertsFile, AlertsPlaybook, Severity
from services.alerts.slack import SlackSender
from shared import db, migrations
from shared.db import Pool
from shared.metrics import Metrics
from shared.service import Running
from shared.settings import Settings
from tests.fakes.slack import FakeSlack

AT = datetime(2026, 5, 11, tzinfo=UTC)
RULES = AlertsPlaybook(rules=AlertsFile(digest_over=2))


@dataclass
class Office:
    """Alerts' database, a Slack, and senders between them."""

    pool: Pool
    slack: FakeSlack
    base_url: str
    metrics: Metrics = field(default_factory=lambda: Metrics("alerts"))
    ways_out: list[SlackSender] = field(default_factory=list)

    def __post_init__(self) -> None:
        settings = Settings()
        self.running = Running(self.pool, settings, self.metrics, asyncio.Event(), lambda: None)
        self.sender = self.another_sender()

    def another_sender(self) -> Outgoing:
        self.ways_out.append(SlackSender("xoxb-test", self.base_url))
        return Outgoing(self.running, self.ways_out[-1])

    async def close(self) -> None:
        for way_out in self.ways_out:
            await way_out.close()

    async def raise_alerts(self, *names: str, severity: Severity = "warning", to: str = "C01") -> None:
        async with self.pool.acquire() as connection:
            await store.ask(connection, [_notice(name, severity, to) for name in names])

    async def situation_changes(self, name: str) -> None:
        async with self.pool.acquire() as connection:
            await store.ask(connection, [Update(name, replace(_notice(name).card, owner="Kato"), AT)])

    async def an_hour_passes(self) -> None:
        """All that waits for a time is due."""
        await self.pool.execute("UPDATE notification SET next_try_at = next_try_at - interval '1 hour'")
        await self.pool.execute(
            "UPDATE channel_budget SET next_send_at = next_send_at - interval '1 hour',"
            " paused_until = paused_until - interval '1 hour'"
        )

    async def send(self) -> None:
        """One turn, after everything has become due."""
        await self.an_hour_passes()
        await self.sender.send_due(RULES)

    async def look_up(self) -> None:
        await self.an_hour_passes()
        await self.sender.look_up_unknown()

    async def states(self) -> dict[str, str]:
        rows = await self.pool.fetch("SELECT alert_id, status FROM notification ORDER BY alert_id")
        return {row["alert_id"]: row["status"] for row in rows}

    async def places(self) -> dict[str, str]:
        """Where each message was sent to: its `ts`."""
        rows = await self.pool.fetch("SELECT alert_id, ts FROM notification WHERE status = 'sent' ORDER BY alert_id")
        return {row["alert_id"]: row["ts"] for row in rows}

    async def told_others(self) -> int:
        return int(await self.pool.fetchval("SELECT count(*) FROM outbox"))

    def called(self, method: str) -> int:
        return sum(1 for name, _ in self.slack.calls if name == method)

    def counted(self, name: str, **labels: str) -> float | None:
        return self.metrics.registry.get_sample_value(name, {"service": "alerts", **labels})


def _notice(name: str, severity: Severity = "warning", to: str = "C01") -> Notify:
    card = Card("assigned", severity, "owner", "en", "UTC", f"lead-{name}", "is", 1, 1, AT, owner="Sato")
    return Notify(name, name, severity, "owner:rep-1", to, (), card, AT)


@asynccontextmanager
async def an_office(database: str) -> AsyncIterator[Office]:
    """An office in an empty database, for as long as the block lasts."""
    await migrations.migrate(database)
    pool = await db.connect(database, "alerts")
    slack = FakeSlack()
    async with slack.serving() as base_url:
        office = Office(pool, slack, base_url)
        yield office
        await office.close()
    await db.close(pool)
