"""Slack that limits, fails, falls silent and forgets: no alert is lost, and none comes twice without saying so."""

import asyncio
from collections import Counter
from collections.abc import AsyncIterator
from datetime import timedelta

import pytest
from starlette.responses import JSONResponse

from services.alerts.outgoing import Outgoing
from services.alerts.playbook import Severity
from services.alerts.slack import SlackSender
from tests.fakes.slack import (
    Fault,
    accepts_and_never_answers,
    accepts_and_resets,
    answers,
    html,
    rate_limited,
    refuses,
)
from tests.fault.sometimes import sometimes
from tests.integration.alerts_office import RULES, Office, an_office
from tests.unit.routing import routing_office

MOST_TURNS = 6
HISTORY_IS_ASKED = 3


@pytest.fixture
async def office(database: str) -> AsyncIterator[Office]:
    async with an_office(database) as office:
        yield office


def posts(office: Office) -> dict[str, list[bool]]:
    """By notification the messages that stand in Slack: whether each is marked as a possible repeat."""
    found: dict[str, list[bool]] = {}
    for message in office.slack.messages:
        name = message.metadata["event_payload"]["notification_id"]
        found.setdefault(name, []).append("repeat" in message.text)
    return found


async def until_settled(office: Office) -> None:
    """Send and look up, an hour apart, until each message's fate is known."""
    for _ in range(MOST_TURNS):
        if set((await office.states()).values()) <= {"sent", "abandoned"}:
            return
        await office.send()
        await office.look_up()
    raise AssertionError(f"not settled: {await office.states()}")


async def pause_of(office: Office, name: str) -> timedelta:
    """For how long, from its sending on, the message's channel is left alone."""
    query = "SELECT paused_until - first_sending_at FROM channel_budget JOIN notification USING (address)"
    return await office.pool.fetchval(f"{query} WHERE alert_id = $1", name)


@pytest.mark.row(40)
@pytest.mark.parametrize(
    ("retry_after", "seconds"),
    [("20", 20), ("120", 120), (None, 30), ("", 30), ("soon", 30), ("-5", 30), ("nan", 30), ("1e9", 3600)],
)
async def test_a_limited_channel_is_left_alone_by_every_replica_and_loses_nothing(
    office: Office, retry_after: str | None, seconds: int
) -> None:
    await office.raise_alerts("a0", "a1", to="C-limited")
    office.slack.fail_next(rate_limited(retry_after))
    await office.send()
    sometimes("429 from Slack", office.called("chat.postMessage"))

    await office.raise_alerts("b0", to="C-free")
    for replica in (office.another_sender(), office.another_sender(), office.sender):
        await replica.send_due(RULES)
    assert [message.channel for message in office.slack.messages] == ["C-free"]
    assert timedelta(0) <= await pause_of(office, "a0") - timedelta(seconds=seconds) < timedelta(seconds=60)

    await until_settled(office)
    assert posts(office) == {"a0": [False], "a1": [False], "b0": [False]}
    assert Counter(message.channel for message in office.slack.messages) == {"C-limited": 2, "C-free": 1}


ONCE, ONCE_MARKED, NEVER = [False], [True], []


@pytest.mark.long
@pytest.mark.row(41)
@pytest.mark.parametrize(
    ("fault", "then", "at_last", "posted"),
    [
        pytest.param(
            answers(JSONResponse({"ok": False, "error": "oh"}, 500)), "unknown", "sent", ONCE_MARKED, id="500"
        ),
        pytest.param(answers(JSONResponse({}, 503)), "unknown", "sent", ONCE_MARKED, id="503"),
        pytest.param(html(502), "unknown", "sent", ONCE_MARKED, id="HTML with 502"),
        pytest.param(html(200), "unknown", "sent", ONCE_MARKED, id="HTML with 200"),
        pytest.param(accepts_and_resets(), "unknown", "sent", ONCE, id="reset in the middle of the answer"),
        pytest.param(refuses("fatal_error"), "unknown", "sent", ONCE_MARKED, id="unclear"),
        pytest.param(refuses("service_unavailable"), "retry", "sent", ONCE, id="later"),
        pytest.param(refuses("ratelimited"), "retry", "sent", ONCE, id="limited in a good answer"),
        pytest.param(refuses("invalid_blocks"), "retry", "sent", ONCE, id="the card refused"),
        pytest.param(refuses("token_revoked"), "retry", "sent", ONCE, id="the workspace refused"),
        pytest.param(refuses("channel_not_found"), "abandoned", "abandoned", NEVER, id="the channel refused"),
    ],
)
async def test_a_failing_slack_loses_no_message_and_repeats_none_unmarked(
    office: Office, fault: Fault, then: str, at_last: str, posted: list[bool]
) -> None:
    await office.raise_alerts("a0")
    office.slack.fail_next(fault)
    await office.send()
    assert await office.states() == {"a0": then}
    sometimes(f"Slack's answer left a message {then}")

    await until_settled(office)
    assert await office.states() == {"a0": at_last}
    assert posts(office).get("a0", []) == posted
    assert await office.told_others() == 1


@pytest.mark.row(41)
async def test_a_slack_that_takes_a_message_and_falls_silent_is_asked_and_not_sent_it_again(office: Office) -> None:
    impatient = SlackSender("xoxb-test", office.base_url, timeout=timedelta(seconds=0.5))
    office.ways_out.append(impatient)
    await office.raise_alerts("a0")
    silent = asyncio.Event()
    office.slack.fail_next(accepts_and_never_answers(silent))
    await Outgoing(office.running, impatient).send_due(RULES)
    assert await office.states() == {"a0": "unknown"}
    silent.set()

    await until_settled(office)
    assert (await office.states(), posts(office)) == ({"a0": "sent"}, {"a0": ONCE})


@pytest.mark.long
@pytest.mark.row(42)
@pytest.mark.parametrize(
    "history",
    [
        pytest.param([refuses("missing_scope")], id="no right to read it"),
        pytest.param([html(502)] * HISTORY_IS_ASKED, id="it fails each time"),
        pytest.param([rate_limited("30")] * HISTORY_IS_ASKED, id="it is limited each time"),
    ],
)
@pytest.mark.parametrize(
    ("severity", "state", "posted"),
    [("urgent", "sent", [False, True]), ("warning", "sent", [False, True]), ("info", "abandoned", [False])],
)
async def test_without_history_what_matters_is_posted_once_more_and_marked_and_the_rest_is_given_up(
    office: Office, history: list[Fault], severity: Severity, state: str, posted: list[bool]
) -> None:
    await office.raise_alerts("a0", severity=severity)
    office.slack.fail_next(accepts_and_resets())
    await office.send()
    office.slack.fail_next(*history)
    for _ in history:
        assert await office.states() == {"a0": "unknown"}
        await office.look_up()
    sometimes("history that could not be read", office.called("conversations.history"))

    await until_settled(office)
    assert (await office.states(), posts(office)) == ({"a0": state}, {"a0": posted})
    assert await office.told_others() == 1


@pytest.mark.row(42)
async def test_a_repeat_whose_answer_is_lost_too_is_not_repeated_again(office: Office) -> None:
    await office.raise_alerts("a0", severity="urgent")
    for _ in range(2):
        office.slack.fail_next(accepts_and_resets(), refuses("missing_scope"))
        await office.send()
        await office.look_up()

    await office.send()
    assert (await office.states(), posts(office)) == ({"a0": "abandoned"}, {"a0": [False, True]})


@pytest.mark.row(43)
def test_accept_pressed_again_and_again_is_accepted_once() -> None:
    desk = routing_office.Office(routing_office.rules_of(sla=routing_office.ACCEPT))
    desk.tell("lead.qualified", "09:00")
    told = [routing_office.types(desk.tell("lead.accepted", f"09:0{n}", rep_id="aoki")) for n in range(1, 4)]
    assert "clock.met" in told[0]
    assert told[1:] == [[], []]
