"""A press as Slack sends it, on a real Postgres: an activity in the outbox, or a word to the one who pressed."""

import asyncio
import json
from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import UTC, datetime
from urllib.parse import urlencode

import pytest
from starlette.applications import Starlette
from starlette.types import Message

from services.alerts import web
from services.demo.pressing import signed
from shared import db, migrations
from shared.active_playbook import activate
from shared.clock import machine_now
from shared.db import Pool
from shared.events import Event, decode
from shared.metrics import Metrics
from shared.playbook import PlaybookFolder
from shared.service import Running
from shared.settings import Settings
from tests.fakes.slack import FakeSlack, refuses

SECRET = "a-signing-secret"
PLAYBOOK = {
    "routing.yaml": """
teams: [{id: is, manager: boss, fallback: deputy}]
reps:
  - {id: rep-1, team: is, slack: U1}
  - {id: boss, team: is, slack: U8}
  - {id: deputy, team: is, slack: U9}
""",
    "alerts.yaml": "locale: ja",
}


@dataclass
class Desk:
    """Where presses arrive, and the Slack that hears what is answered."""

    pool: Pool
    slack: FakeSlack
    app: Starlette

    async def press(self, user: str, action: str, *, secret: str = SECRET, value: str = "1:1:lead-42") -> int:
        """The status of the answer, once all that follows from the press is done."""
        pressed = {"action_id": action, "action_ts": f"{machine_now().timestamp():.6f}", "value": value}
        where = {"user": {"id": user}, "channel": {"id": "C-IS"}}
        payload = {"type": "block_actions", "actions": [pressed]} | where
        body = urlencode({"payload": json.dumps(payload)})
        return await _post(self.app, body, signed(body, secret, machine_now()))

    async def recorded(self) -> list[Event]:
        return [decode(row["value"]) for row in await self.pool.fetch("SELECT value FROM outbox ORDER BY seq")]

    @property
    def answered(self) -> list[tuple[object, object, object]]:
        """(conversation, user, text) of what one user alone was told."""
        return [(told["channel"], told["user"], told["text"]) for how, told in self.slack.calls if "Ephemeral" in how]


async def _post(app: Starlette, body: str, headers: dict[str, str]) -> int:
    sent: list[Message] = []

    async def receive() -> Message:
        return {"type": "http.request", "body": body.encode(), "more_body": False}

    async def send(message: Message) -> None:
        sent.append(message)

    raw = [(name.lower().encode(), value.encode()) for name, value in headers.items()]
    path = "/slack/interactions"
    scope = {"type": "http", "method": "POST", "path": path, "headers": raw, "query_string": b""}
    await app(scope, receive, send)
    return int(sent[0]["status"])


@pytest.fixture
async def desk(database: str, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Desk]:
    await migrations.migrate(database)
    pool = await db.connect(database, "alerts")
    slack = FakeSlack()
    async with slack.serving() as base_url, pool.acquire() as connection:
        for name, value in {"TOKEN": "xoxb-test", "SIGNING_SECRET": SECRET, "URL": base_url}.items():
            monkeypatch.setenv(f"BATON_SLACK_{name}", value)
        await activate(connection, PlaybookFolder.of(PLAYBOOK), "test", datetime(2026, 4, 1, tzinfo=UTC))
        running = Running(pool, Settings(), Metrics("alerts"), asyncio.Event(), lambda: None)
        yield Desk(pool, slack, Starlette(routes=list(web.routes(running))))
    await db.close(pool)


@pytest.mark.parametrize(("user", "rep"), [("U1", "rep-1"), ("U8", "boss"), ("U9", "deputy")])
async def test_owner_manager_and_fallback_say_that_they_see_to_it(desk: Desk, user: str, rep: str) -> None:
    assert await desk.press(user, "acknowledge") == 200
    (activity,) = await desk.recorded()
    assert (activity.type, activity.subject, activity.data.value("rep_id")) == ("lead.acknowledged", "lead-42", rep)
    assert desk.answered == []


async def test_a_stranger_alone_is_told_that_nothing_was_recorded_and_how_to_mend_it(desk: Desk) -> None:
    assert await desk.press("U-new", "acknowledge") == 200
    ((channel, user, text),) = desk.answered
    assert (channel, user) == ("C-IS", "U-new")
    assert str(text).startswith("あなたのSlackアカウント（U-new）の担当者がプレイブックにないため、記録していません。")
    assert await desk.recorded() == []


async def test_a_press_is_answered_though_slack_does_not_take_the_word(desk: Desk) -> None:
    desk.slack.fail_next(refuses("user_not_in_channel"))
    assert await desk.press("U-new", "accept") == 200


async def test_an_old_card_whose_button_cannot_be_read_says_so(desk: Desk) -> None:
    assert await desk.press("U1", "accept", value="an old reference") == 200
    assert [str(text).partition("、")[0] for _, _, text in desk.answered] == ["このボタンを読み取れなかったため"]


async def test_what_slack_did_not_sign_is_refused_without_a_word(desk: Desk) -> None:
    assert await desk.press("U1", "accept", secret="another") == 401
    assert (await desk.recorded(), desk.slack.calls) == ([], [])
