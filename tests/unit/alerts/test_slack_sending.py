import asyncio
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta

import pytest
from starlette.responses import JSONResponse, PlainTextResponse, Response

from services.alerts.cards import Rendered
from services.alerts.outcomes import Delivered, NotSent, Outcome, RateLimited, Refused, Unclear
from services.alerts.slack import ConsoleSink, SlackSender, sender_for
from tests.fakes.slack import (
    FakeSlack,
    accepts_and_never_answers,
    accepts_and_resets,
    answers,
    html,
    rate_limited,
    refuses,
)

CARD = Rendered("New handoff", ({"type": "section", "text": {"type": "mrkdwn", "text": "New handoff"}},))
LONG_AGO = datetime(2020, 1, 1, tzinfo=UTC)


@pytest.fixture(scope="module")
async def served() -> AsyncIterator[tuple[FakeSlack, str]]:
    slack = FakeSlack()
    async with slack.serving() as base_url:
        yield slack, base_url


@pytest.fixture
def slack(served: tuple[FakeSlack, str]) -> FakeSlack:
    served[0].reset()
    return served[0]


@pytest.fixture
async def sender(slack: FakeSlack, served: tuple[FakeSlack, str]) -> AsyncIterator[SlackSender]:
    sender = SlackSender("xoxb-test", served[1], timeout=timedelta(seconds=0.5))
    yield sender
    await sender.close()


async def test_message_reaches_the_user_with_its_blocks_and_its_notification_id(
    slack: FakeSlack, sender: SlackSender
) -> None:
    outcome = await sender.post("U01", CARD, "n-1")
    (message,) = slack.messages
    assert outcome == Delivered("D01", message.ts)
    assert (message.text, message.blocks) == ("New handoff", CARD.blocks)
    assert message.metadata == {"event_type": "baton_notification", "event_payload": {"notification_id": "n-1"}}


async def test_plain_message_leaves_the_blocks_out(slack: FakeSlack, sender: SlackSender) -> None:
    await sender.post("C01", CARD, "n-1", plain=True)
    assert slack.messages[0].blocks == ()


async def test_update_changes_the_message_already_sent(slack: FakeSlack, sender: SlackSender) -> None:
    sent = await sender.post("C01", CARD, "n-1")
    assert isinstance(sent, Delivered)
    assert await sender.update(sent.channel, sent.ts, Rendered("Accepted", ()), "n-1") == sent
    (message,) = slack.messages
    assert (message.text, message.revision) == ("Accepted", 1)


async def test_message_without_an_address_is_refused_unasked(slack: FakeSlack, sender: SlackSender) -> None:
    assert await sender.post("", CARD, "n-1") == Refused("no_address", "channel")
    assert slack.calls == []


@pytest.mark.row(40)
@pytest.mark.parametrize(
    ("header", "seconds"), [("1", 1), ("120", 120), (None, 30), ("soon", 30), ("-5", 30), ("nan", 30), ("1e9", 3600)]
)
async def test_rate_limit_is_waited_for_as_long_as_slack_says(
    slack: FakeSlack, sender: SlackSender, header: str | None, seconds: int
) -> None:
    slack.fail_next(rate_limited(header))
    assert await sender.post("C01", CARD, "n-1") == RateLimited(timedelta(seconds=seconds))
    assert len(slack.calls) == 1


@pytest.mark.row(41)
@pytest.mark.parametrize(
    ("error", "expected"),
    [
        ("channel_not_found", Refused("channel_not_found", "channel")),
        ("is_archived", Refused("is_archived", "channel")),
        ("not_in_channel", Refused("not_in_channel", "channel")),
        ("invalid_auth", Refused("invalid_auth", "workspace")),
        ("token_revoked", Refused("token_revoked", "workspace")),
        ("missing_scope", Refused("missing_scope", "workspace")),
        ("invalid_blocks", Refused("invalid_blocks", "message")),
        ("msg_too_long", Refused("msg_too_long", "message")),
        ("rate_limited", RateLimited(timedelta(seconds=30))),
        ("service_unavailable", NotSent("service_unavailable")),
        ("fatal_error", Unclear("fatal_error")),
        ("internal_error", Unclear("internal_error")),
    ],
)
async def test_each_refusal_of_slack_is_told_from_the_others(
    slack: FakeSlack, sender: SlackSender, error: str, expected: Outcome
) -> None:
    slack.fail_next(refuses(error))
    assert await sender.post("C01", CARD, "n-1") == expected


@pytest.mark.row(41)
@pytest.mark.parametrize(
    ("response", "reason"),
    [
        (JSONResponse({"ok": False, "error": "internal"}, 500), "internal"),
        (JSONResponse({}, 503), "http_503_without_json"),
        (JSONResponse({"ok": True}), "ok_without_ts"),
        (JSONResponse({"ok": False}), "http_200_without_error"),
        (JSONResponse(["ok"]), "AttributeError"),
        (PlainTextResponse("ok"), "AttributeError"),
        (Response(b'{"ok": tr', media_type="application/json"), "http_200_without_json"),
        (Response(b"\xff", media_type="application/json"), "UnicodeDecodeError"),
    ],
)
async def test_answer_that_does_not_say_whether_it_was_taken_is_unclear(
    slack: FakeSlack, sender: SlackSender, response: Response, reason: str
) -> None:
    slack.fail_next(answers(response))
    assert await sender.post("C01", CARD, "n-1") == Unclear(reason)


@pytest.mark.row(41)
@pytest.mark.parametrize("status", [200, 403, 502])
async def test_html_page_instead_of_an_answer_is_unclear(slack: FakeSlack, sender: SlackSender, status: int) -> None:
    slack.fail_next(html(status))
    assert await sender.post("C01", CARD, "n-1") == Unclear(f"http_{status}_without_json")


@pytest.mark.row(41)
async def test_answer_lost_after_slack_took_the_message_is_unclear_and_not_posted_again(
    slack: FakeSlack, sender: SlackSender
) -> None:
    slack.fail_next(accepts_and_resets())
    assert isinstance(await sender.post("C01", CARD, "n-1"), Unclear)
    assert len(slack.messages) == 1


@pytest.mark.row(41)
async def test_connection_closed_without_an_answer_is_not_tried_again_by_the_library() -> None:
    requests: list[bytes] = []

    async def close_without_an_answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        requests.append(await reader.readuntil(b"\r\n\r\n"))
        writer.close()

    server = await asyncio.start_server(close_without_an_answer, "127.0.0.1", 0)
    async with server:
        sender = SlackSender("xoxb-test", f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}/api/")
        outcome = await sender.post("C01", CARD, "n-1")
        await sender.close()
    assert isinstance(outcome, Unclear)
    assert len(requests) == 1


@pytest.mark.row(41)
async def test_answer_that_does_not_come_in_time_is_unclear_and_history_tells(
    slack: FakeSlack, sender: SlackSender
) -> None:
    give_up = asyncio.Event()
    slack.fail_next(accepts_and_never_answers(give_up))
    assert await sender.post("U01", CARD, "n-1") == Unclear("TimeoutError")
    give_up.set()
    assert await sender.find("U01", LONG_AGO, "n-1") == Delivered("D01", slack.messages[0].ts)


async def test_failure_before_anything_was_sent_is_tried_again() -> None:
    slack = FakeSlack()
    async with slack.serving() as base_url:
        pass
    sender = SlackSender("xoxb-test", base_url)
    outcome = await sender.post("C01", CARD, "n-1")
    await sender.close()
    assert outcome == NotSent("ClientConnectorError")


@pytest.mark.row(53)
async def test_name_that_does_not_resolve_is_tried_again() -> None:
    sender = SlackSender("xoxb-test", "http://slack.invalid/api/")
    outcome = await sender.post("C01", CARD, "n-1")
    await sender.close()
    assert outcome == NotSent("ClientConnectorDNSError")


async def test_message_that_is_not_in_the_history_was_not_sent(slack: FakeSlack, sender: SlackSender) -> None:
    await sender.post("C01", CARD, "another")
    assert await sender.find("C01", LONG_AGO, "n-1") == NotSent("not_in_history")


async def test_message_is_found_however_many_came_after_it(slack: FakeSlack, sender: SlackSender) -> None:
    sent = await sender.post("C01", CARD, "n-1")
    for _ in range(250):
        slack._post({"channel": "C01", "text": "chatter"})
    assert await sender.find("C01", LONG_AGO, "n-1") == sent


@pytest.mark.row(42)
@pytest.mark.parametrize(
    ("error", "expected"),
    [("missing_scope", Refused("missing_scope", "workspace")), ("service_unavailable", Unclear("service_unavailable"))],
)
async def test_history_that_cannot_be_read_says_nothing_about_the_message(
    slack: FakeSlack, sender: SlackSender, error: str, expected: Outcome
) -> None:
    slack.fail_next(refuses(error))
    assert await sender.find("C01", LONG_AGO, "n-1") == expected


async def test_listener_hears_of_new_and_of_updated_messages() -> None:
    heard: list[tuple[str, int]] = []
    slack = FakeSlack()
    slack._listener = lambda message: heard.append((message.text, message.revision))
    async with slack.serving() as base_url:
        sender = SlackSender("xoxb-test", base_url)
        sent = await sender.post("C01", CARD, "n-1")
        assert isinstance(sent, Delivered)
        await sender.update(sent.channel, sent.ts, Rendered("Accepted", ()), "n-1")
        await sender.close()
    assert heard == [("New handoff", 0), ("Accepted", 1)]


async def test_update_of_a_message_that_is_gone_is_refused(sender: SlackSender) -> None:
    assert await sender.update("C01", "1.000001", CARD, "n-1") == Refused("message_not_found", "message")


@pytest.mark.parametrize("token", [None, "", "  "])
async def test_without_a_token_messages_go_to_the_console(token: str | None) -> None:
    written: list[str] = []
    console = sender_for(token, written.append)
    assert isinstance(console, ConsoleSink)
    assert await console.post("", CARD, "n-1") == Delivered("console", "1.000000")
    assert written == ["→ -\nNew handoff\n"]
