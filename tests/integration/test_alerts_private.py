"""How a lead is reached: told to the team in Slack, and nowhere else."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from datetime import UTC, datetime

import pytest
import structlog
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter
from prometheus_client import generate_latest
from structlog.testing import LogCapture

from services.alerts import outgoing, refusals, store
from services.alerts.notices import Card, Notify, Update
from services.alerts.outgoing import Outgoing
from services.alerts.playbook import AlertsPlaybook, load
from services.alerts.slack import Sender, SlackSender, sender_for
from shared import db, migrations, telemetry
from shared.db import Pool
from shared.metrics import Metrics
from shared.playbook import PlaybookFolder
from shared.service import Running
from shared.settings import Settings
from tests.fakes.slack import FakeSlack, html, refuses

AT = datetime(2026, 5, 11, tzinfo=UTC)
PRIVATE = ("0312345678", "03-1234-5678", "yamada@aoba.example", "crm.example.com")
ROUTING = """
teams: [{id: is, channel: C-IS}]
reps: [{id: rep-1, name: Sato, team: is, slack: U1}]
"""
ALERTS = "{channel: C-ALL, digest_over: 2, lead_link: 'https://crm.example.com/leads/{lead_id}'}"


def _rules() -> AlertsPlaybook:
    return load(PlaybookFolder.of({"routing.yaml": ROUTING, "alerts.yaml": ALERTS}))


def _card(name: str) -> Card:
    reached = {"phone": "03-1234-5678", "email": "yamada@aoba.example"}
    return Card("assigned", "warning", "owner", "en", "UTC", name, "is", 1, 1, AT, **reached)


@dataclass
class Desk:
    """Alerts' database, a Slack, and everything that others than the team could read."""

    pool: Pool
    slack: FakeSlack
    base_url: str
    metrics: Metrics = field(default_factory=lambda: Metrics("alerts"))
    rules: AlertsPlaybook = field(default_factory=_rules)

    async def tell(self, address: str, *names: str) -> None:
        told = [Notify(name, name, "warning", "owner:rep-1", address, (), _card(name), AT) for name in names]
        async with self.pool.acquire() as connection:
            await store.ask(connection, told)

    async def send(self, sender: Sender) -> None:
        """Send, and look up and show what changed, whatever comes of it."""
        running = Running(self.pool, Settings(), self.metrics, asyncio.Event(), lambda: None)
        way_out = Outgoing(running, sender)
        await way_out.send_due(self.rules)
        await self.pool.execute("UPDATE notification SET next_try_at = next_try_at - interval '1 hour'")
        await way_out.look_up_unknown()
        async with self.pool.acquire() as connection:
            await store.ask(connection, [Update(name, _card(name), AT) for name in await self.sent()])
        await way_out.update_changed(self.rules)
        await sender.close()

    async def sent(self) -> list[str]:
        rows = await self.pool.fetch("SELECT alert_id FROM notification WHERE status = 'sent'")
        return [row["alert_id"] for row in rows]

    async def send_to_slack(self) -> str:
        await self.send(SlackSender("xoxb-test", self.base_url))
        return "".join(f"{message.text}{message.blocks}" for message in self.slack.messages)


@pytest.fixture
async def desk(database: str) -> AsyncIterator[Desk]:
    await migrations.migrate(database)
    pool = await db.connect(database, "alerts")
    slack = FakeSlack()
    async with slack.serving() as base_url:
        yield Desk(pool, slack, base_url)
    await db.close(pool)


def found_in(text: str) -> list[str]:
    return [private for private in PRIVATE if private in text]


@pytest.mark.parametrize("address", ["U1", "C-IS"])
async def test_rep_and_the_teams_channel_read_how_the_lead_is_reached(desk: Desk, address: str) -> None:
    await desk.tell(address, "a0")
    assert found_in(await desk.send_to_slack()) == list(PRIVATE)


@pytest.mark.parametrize("address", ["C-ALL", "U-gone"])
async def test_channel_of_last_resort_and_those_who_left_read_nothing_of_it(desk: Desk, address: str) -> None:
    await desk.tell(address, "a0")
    shown = await desk.send_to_slack()
    assert "New handoff" in shown
    assert found_in(shown) == []


@pytest.mark.parametrize(("address", "linked"), [("U1", ["crm.example.com"]), ("C-ALL", [])])
async def test_digest_links_to_leads_for_the_team_only(desk: Desk, address: str, linked: list[str]) -> None:
    await desk.tell(address, "a0", "a1", "a2", "a3")
    shown = await desk.send_to_slack()
    assert "4 messages for you" in shown
    assert found_in(shown) == linked


async def test_console_which_is_logged_reads_nothing_of_it(desk: Desk) -> None:
    written: list[str] = []
    await desk.tell("U1", "a0")
    await desk.send(sender_for("", written.append))
    assert len(written) == 2
    assert found_in("".join(written)) == []


async def test_logs_metrics_and_traces_hold_nothing_of_it(
    desk: Desk, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture, capsys: pytest.CaptureFixture[str]
) -> None:
    spans = InMemorySpanExporter()
    provider = TracerProvider()
    provider.add_span_processor(SimpleSpanProcessor(spans))
    monkeypatch.setattr(telemetry, "_tracer", lambda: provider.get_tracer("test"))
    logs = LogCapture()
    log = structlog.wrap_logger(None, processors=[logs], wrapper_class=structlog.BoundLogger)
    for module in (outgoing, refusals):
        monkeypatch.setattr(module, "log", log)
    caplog.set_level("DEBUG")
    for number, fault in enumerate((None, html(502), refuses("invalid_auth"), refuses("invalid_blocks"))):
        desk.slack.fail_next(*([fault] if fault else []))
        await desk.tell("U1", f"a{number}")
        await desk.send_to_slack()
        await desk.pool.execute("UPDATE channel_budget SET next_send_at = now() - interval '1 hour'")
    recorded = "".join(span.to_json() for span in spans.get_finished_spans())
    exposed = generate_latest(desk.metrics.registry).decode()
    assert {"send slack", "update slack"} <= {span.name for span in spans.get_finished_spans()}
    assert "baton_slack_refusals_total" in exposed
    assert "Slack refuses everything" in str(logs.entries)
    assert found_in(recorded + exposed + str(logs.entries) + caplog.text + "".join(capsys.readouterr())) == []
