"""A press as Slack sends it, on a real Postgres: an activity in the outbox, or a word to the one who pressed."""

import asyncio
import hmac
import json
from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from urllib.parse import urlencode

import pytest
from starlette.applications import Starlette
from starlette.types import Message, Receive, Scope

from services.alerts import web
from services.alerts.web import LARGEST_BODY_BYTES
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
from tests.fakes.slack import FakeSlack, accepts_and_never_answers, refuses

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
        body = pressing(user, action, value)
        return await _post(self.app, body, signed(body, secret, machine_now()))

    async def recorded(self) -> list[Event]:
        return [decode(row["value"]) for row in await self.pool.fetch("SELECT value FROM outbox ORDER BY seq")]

    @property
    def answered(self) -> list[tuple[object, object, object]]:
        """(conversation, user, text) of what one user alone was told."""
        return [(told["channel"], told["user"], told["text"]) for how, told in self.slack.calls if "Ephemeral" in how]


def pressing(user: str, action: str, value: str = "1:1:lead-42") -> str:
    """The body that Slack posts for a press just now."""
    pressed = {"action_id": action, "action_ts": f"{machine_now().timestamp():.6f}", "value": value}
    where = {"user": {"id": user}, "channel": {"id": "C-IS"}}
    return urlencode({"payload": json.dumps({"type": "block_actions", "actions": [pressed]} | where)})


def signed_bytes(body: bytes, at: datetime) -> dict[str, str]:
    """The headers with which Slack would sign bytes that are no text."""
    timestamp = str(int(at.timestamp()))
    digest = hmac.new(SECRET.encode(), b"v0:" + timestamp.encode() + b":" + body, "sha256").hexdigest()
    return {"X-Slack-Request-Timestamp": timestamp, "X-Slack-Signature": f"v0={digest}"}


def _request(body: str | bytes, headers: dict[str, str]) -> tuple[Scope, Receive]:
    raw_body = body.encode() if isinstance(body, str) else body

    async def receive() -> Message:
        return {"type": "http.request", "body": raw_body, "more_body": False}

    raw = [(name.lower().encode(), value.encode()) for name, value in headers.items()]
    path = "/slack/interactions"
    return {"type": "http", "method": "POST", "path": path, "headers": raw, "query_string": b""}, receive


async def _post(app: Starlette, body: str | bytes, headers: dict[str, str]) -> int:
    sent: list[Message] = []

    async def send(message: Message) -> None:
        sent.append(message)

    await app(*_request(body, headers), send)
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


@pytest.mark.row(43)
async def test_a_press_that_slack_sends_again_is_the_same_activity(desk: Desk) -> None:
    body = pressing("U1", "accept")
    headers = signed(body, SECRET, machine_now())
    assert [await _post(desk.app, body, headers) for _ in range(3)] == [200] * 3
    first, *again = await desk.recorded()
    assert again == [first, first]


@pytest.mark.row(43)
async def test_clicks_in_a_row_are_each_recorded_for_routing_to_judge(desk: Desk) -> None:
    assert [await desk.press("U1", "accept") for _ in range(3)] == [200] * 3
    clicks = await desk.recorded()
    assert [(click.type, click.subject) for click in clicks] == [("lead.accepted", "lead-42")] * 3
    assert len({click.id for click in clicks}) == 3


@pytest.mark.row(43)
async def test_a_request_that_is_odd_in_any_way_is_refused_without_a_word(desk: Desk) -> None:
    body, now = pressing("U1", "accept"), machine_now()
    good = signed(body, SECRET, now)
    odd: list[tuple[str | bytes, dict[str, str]]] = [
        (body, signed(body, SECRET, now - timedelta(minutes=6))),
        (body, signed(body, SECRET, now + timedelta(minutes=6))),
        (body, good | {"X-Slack-Signature": "v0=0"}),
        (body, good | {"X-Slack-Request-Timestamp": "yesterday"}),
        (body, good | {"X-Slack-Request-Timestamp": "9" * 400}),
        (body, {}),
        (body + "x", good),
        (b"payload=\xff\xfe", signed_bytes(b"payload=\xff\xfe", now)),
        (b"x" * (LARGEST_BODY_BYTES + 1), signed_bytes(b"x" * (LARGEST_BODY_BYTES + 1), now)),
    ]
    assert [await _post(desk.app, *request) for request in odd] == [401] * len(odd)
    assert (await desk.recorded(), desk.slack.calls) == ([], [])


@pytest.mark.row(43)
async def test_a_press_is_answered_before_slack_is_told_anything(desk: Desk) -> None:
    """Slack waits for three seconds; ours may be silent for longer."""
    silent, answered = asyncio.Event(), asyncio.Event()
    desk.slack.fail_next(accepts_and_never_answers(silent))

    async def answer(message: Message) -> None:
        if message["type"] == "http.response.start":
            assert message["status"] == 200
            answered.set()

    body = pressing("U-new", "accept")
    pressed = asyncio.create_task(desk.app(*_request(body, signed(body, SECRET, machine_now())), answer))
    await asyncio.wait_for(answered.wait(), 60)
    assert not pressed.done()
    silent.set()
    await pressed
