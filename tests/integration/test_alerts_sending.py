"""Messages on a real Postgres to the stand-in Slack: none lost, none shown in another's place, none told of twice."""

import asyncio
from collections.abc import AsyncIterator

import pytest
from starlette.responses import Response

from services.alerts import notifications
from services.alerts.cards import MOST_GATHERED
from services.alerts.metrics import measure
from tests.fakes.slack import Answer, accepts_and_resets, html, rate_limited, refuses
from tests.integration.alerts_office import RULES, Office, an_office

FOUR = ["a0", "a1", "a2", "a3"]


@pytest.fixture
async def office(database: str) -> AsyncIterator[Office]:
    async with an_office(database) as office:
        yield office


async def test_message_of_a_failed_digest_is_never_taken_for_another_one(office: Office) -> None:
    await office.raise_alerts(*FOUR)
    office.slack.fail_next(refuses("service_unavailable"))
    await office.send()
    await office.send()
    assert await office.states() == {"a0": "sent", "a1": "retry", "a2": "retry", "a3": "retry"}
    office.slack.fail_next(html(502))
    await office.send()
    await office.look_up()
    assert (await office.states())["a1"] == "retry"
    for _ in FOUR:
        await office.send()
    places = await office.places()
    assert list(places) == FOUR
    assert len(set(places.values())) == len(office.slack.messages) == 4


async def test_digest_whose_answer_was_lost_is_found_and_no_update_takes_its_place(office: Office) -> None:
    await office.raise_alerts(*FOUR)
    office.slack.fail_next(accepts_and_resets())
    await office.send()
    await office.look_up()
    assert set((await office.states()).values()) == {"sent"}
    for alert_id in FOUR:
        await office.situation_changes(alert_id)
    assert not await office.sender.update_changed(RULES)
    (message,) = office.slack.messages
    assert (message.revision, message.text.splitlines()[0]) == (0, "4 messages for you")


async def test_backlog_beyond_what_a_digest_shows_waits_for_the_next_one(office: Office) -> None:
    await office.raise_alerts(*(f"a{number:03}" for number in range(MOST_GATHERED + 3)))
    await office.send()
    states = await office.states()
    assert (list(states.values()).count("sent"), list(states)[-3:]) == (MOST_GATHERED, ["a150", "a151", "a152"])
    shown = office.slack.messages[0].text
    assert all(f"lead-{alert_id}" in shown for alert_id, state in states.items() if state == "sent")


async def test_two_senders_that_look_for_the_same_message_tell_of_it_once(office: Office) -> None:
    await office.raise_alerts("a0")
    office.slack.fail_next(accepts_and_resets())
    await office.send()
    both_have_asked = asyncio.Barrier(2)

    async def at_the_same_time(answer: Answer) -> Response:
        await both_have_asked.wait()
        return await answer()

    office.slack.fail_next(at_the_same_time, at_the_same_time)
    await office.an_hour_passes()
    await asyncio.gather(office.sender.look_up_unknown(), office.another_sender().look_up_unknown())
    assert await office.states() == {"a0": "sent"}
    assert await office.told_others() == 1
    assert office.counted("baton_alerts_total", kind="assigned", outcome="sent") == 1


async def test_answer_that_comes_after_the_message_was_given_up_for_lost_tells_nobody_again(office: Office) -> None:
    await office.raise_alerts("a0")

    async def answers_after_the_lease(answer: Answer) -> Response:
        answered = await answer()
        await office.pool.execute("UPDATE notification SET lease_until = clock_timestamp()")
        await office.another_sender().send_due(RULES)
        await office.look_up()
        return answered

    office.slack.fail_next(answers_after_the_lease)
    await office.send()
    assert await office.states() == {"a0": "sent"}
    assert await office.told_others() == 1


async def test_search_that_was_overtaken_by_another_try_decides_nothing(office: Office) -> None:
    await office.raise_alerts("a0")
    office.slack.fail_next(html(502))
    await office.send()

    async def answers_after_another_try(answer: Answer) -> Response:
        answered = await answer()
        await office.look_up()
        office.slack.fail_next(html(502))
        await office.send()
        return answered

    office.slack.fail_next(answers_after_another_try)
    await office.an_hour_passes()
    await office.another_sender().look_up_unknown()
    assert await office.states() == {"a0": "unknown"}


@pytest.mark.row(40)
async def test_update_waits_until_the_channels_pause_is_over(office: Office) -> None:
    await office.raise_alerts("a0")
    await office.send()
    await office.raise_alerts("a1")
    office.slack.fail_next(rate_limited("120"))
    await office.send()
    await office.situation_changes("a0")
    assert not await office.sender.update_changed(RULES)
    assert office.called("chat.update") == 0
    await office.an_hour_passes()
    assert await office.sender.update_changed(RULES)
    assert office.slack.messages[0].revision == 1


async def test_update_does_not_wait_for_the_channels_next_turn(office: Office) -> None:
    await office.raise_alerts("a0")
    await office.send()
    await office.situation_changes("a0")
    assert await office.sender.update_changed(RULES)
    assert office.slack.messages[0].revision == 1


async def test_refused_token_is_seen_by_whoever_is_on_call(office: Office) -> None:
    await office.raise_alerts("a0")
    office.slack.fail_next(refuses("invalid_auth"))
    await office.send()
    assert office.counted("baton_slack_refusals_total", scope="workspace", error="invalid_auth") == 1


async def test_gauges_count_what_is_not_settled_without_reading_what_is(office: Office) -> None:
    await office.raise_alerts(*FOUR)
    await office.pool.execute("UPDATE notification SET status = 'sent' WHERE alert_id > 'a0'")
    async with office.pool.acquire() as connection, connection.transaction():
        await measure(office.running, connection)
        # The planner reads a table of four rows whole unless it is told not to.
        await connection.execute("SET LOCAL enable_seqscan = off")
        plan = "\n".join(row[0] for row in await connection.fetch(f"EXPLAIN {notifications.UNSETTLED}"))
    assert "notification_waiting" in plan
    assert office.counted("baton_notifications", state="pending") == 1
    assert office.counted("baton_notifications", state="sent") is None
    assert (office.counted("baton_notification_oldest_seconds") or 0) > 0
