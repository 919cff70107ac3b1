from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from services.alerts.outcomes import (
    Delivered,
    NotSent,
    Outcome,
    RateLimited,
    Refused,
    Unclear,
)
from services.alerts.playbook import Severity
from services.alerts.sending import (
    RULES,
    Budget,
    Message,
    claim,
    expire,
    gather,
    next_update_at,
    paused,
    reconcile,
    settle,
    withdraw,
)

NOW = datetime(2026, 4, 1, 3, tzinfo=UTC)
FREE = Budget("U1", NOW)
SENT = Delivered("D1", "1.000001")


def pending(severity: Severity = "warning", **more: object) -> Message:
    fields: dict[str, object] = {
        "id": "n-1",
        "severity": severity,
        "address": "U1",
        "fallbacks": ("C1", "U9"),
        "created_at": NOW,
        "next_try_at": NOW,
    }
    return Message(**(fields | more))


def sending(severity: Severity = "warning", at: datetime = NOW, **more: object) -> Message:
    claimed = claim(pending(severity, **more), FREE, at)
    assert claimed is not None
    return claimed[0]


def seconds(count: float) -> timedelta:
    return timedelta(seconds=count)


def test_claimed_message_is_leased_and_its_channel_has_its_turn_a_second_later() -> None:
    claimed = claim(pending(), FREE, NOW)
    assert claimed is not None
    message, budget = claimed
    assert (message.status, message.attempts, message.lease_until) == ("sending", 1, NOW + RULES.lease)
    assert budget.next_send_at == NOW + seconds(1)


def test_second_message_to_the_same_channel_waits_for_its_turn() -> None:
    assert claim(pending(), Budget("U1", NOW + seconds(1)), NOW) is None
    assert claim(pending(), Budget("U1", NOW + seconds(1)), NOW + seconds(1)) is not None


@pytest.mark.parametrize("status", ["sending", "unknown", "sent", "abandoned"])
def test_message_on_its_way_or_settled_is_not_claimed(status: str) -> None:
    assert claim(pending(status=status), FREE, NOW) is None


@pytest.mark.parametrize(
    ("outcome", "status", "wait", "reason"),
    [
        (SENT, "sent", seconds(0), ""),
        (RateLimited(seconds(1)), "retry", seconds(1), "rate_limited"),
        (RateLimited(seconds(3600)), "retry", seconds(3600), "rate_limited"),
        (NotSent("ClientConnectorError"), "retry", seconds(1), "ClientConnectorError"),
        (Unclear("TimeoutError"), "unknown", seconds(5), "TimeoutError"),
        (Refused("channel_not_found", "channel"), "retry", seconds(0), "channel_not_found"),
        (Refused("invalid_auth", "workspace"), "retry", seconds(60), "invalid_auth"),
        (Refused("invalid_blocks", "message"), "retry", seconds(0), "invalid_blocks"),
    ],
)
def test_each_answer_leads_to_its_state(outcome: Outcome, status: str, wait: timedelta, reason: str) -> None:
    settled = settle(sending(), outcome, NOW)
    assert (settled.status, settled.next_try_at - NOW, settled.reason) == (status, wait, reason)
    assert settled.lease_until is None


def test_refused_channel_hands_over_to_the_next_address_until_none_is_left() -> None:
    refused = Refused("is_archived", "channel")
    second = settle(sending(), refused, NOW)
    assert (second.address, second.fallbacks) == ("C1", ("U9",))
    last = settle(sending(address="U9", fallbacks=()), refused, NOW)
    assert (last.status, last.reason) == ("abandoned", "is_archived")


def test_refused_card_is_sent_as_plain_text_and_then_abandoned() -> None:
    refused = Refused("invalid_blocks", "message")
    plain = settle(sending(), refused, NOW)
    assert (plain.status, plain.plain) == ("retry", True)
    assert settle(sending(plain=True), refused, NOW).status == "abandoned"


def test_refused_token_loses_no_message_before_a_day_is_over() -> None:
    refused = Refused("token_revoked", "workspace")
    assert settle(sending(), refused, NOW + timedelta(hours=23)).status == "retry"
    assert settle(sending(), refused, NOW + timedelta(hours=24)).status == "abandoned"


def test_waits_grow_up_to_five_minutes() -> None:
    waits = [settle(sending(attempts=tried), NotSent("down"), NOW).next_try_at - NOW for tried in (0, 1, 2, 3, 50)]
    assert waits == [seconds(1), seconds(2), seconds(4), seconds(8), timedelta(minutes=5)]


def test_rate_limit_holds_back_every_sender_to_the_channel() -> None:
    limited = paused(FREE, RateLimited(seconds(30)), NOW)
    assert (limited.next_send_at, limited.paused_until) == (NOW + seconds(30), NOW + seconds(30))
    assert paused(FREE, SENT, NOW) == FREE
    longer = paused(FREE, RateLimited(seconds(60)), NOW)
    assert paused(longer, RateLimited(seconds(30)), NOW) == longer


def test_sender_that_died_leaves_its_message_unknown_when_the_lease_is_over() -> None:
    message = sending()
    assert expire(message, NOW + RULES.lease - seconds(1)) == message
    assert expire(message, NOW + RULES.lease).status == "unknown"


def test_answer_that_comes_after_the_lease_changes_nothing() -> None:
    unknown = expire(sending(), NOW + RULES.lease)
    assert settle(unknown, SENT, NOW) == unknown


def unclear(severity: Severity = "warning", **more: object) -> Message:
    return settle(sending(severity, **more), Unclear("TimeoutError"), NOW)


def test_message_found_in_the_history_was_sent() -> None:
    found = reconcile(unclear(), SENT, NOW)
    assert (found.status, found.channel, found.ts, found.repeated) == ("sent", "D1", "1.000001", False)


@pytest.mark.parametrize("severity", ["warning", "urgent"])
@pytest.mark.parametrize("answer", [NotSent("not_in_history"), Refused("missing_scope", "workspace")])
def test_escalation_that_is_not_found_is_posted_once_more_and_marked(severity: Severity, answer: Outcome) -> None:
    again = reconcile(unclear(severity), answer, NOW)
    assert (again.status, again.repeated) == ("retry", True)
    claimed = claim(again, FREE, NOW)
    assert claimed is not None
    lost_again = settle(claimed[0], Unclear("TimeoutError"), NOW)
    assert reconcile(lost_again, answer, NOW).status == "abandoned"


def test_information_that_is_not_found_is_abandoned_with_its_reason() -> None:
    gone = reconcile(unclear("info"), NotSent("not_in_history"), NOW)
    assert (gone.status, gone.reason) == ("abandoned", "TimeoutError")


@pytest.mark.row(42)
def test_history_is_asked_three_times_before_the_severity_decides() -> None:
    message = unclear()
    for answer in (Unclear("http_502_without_json"), RateLimited(seconds(30))):
        message = reconcile(message, answer, NOW)
        assert message.status == "unknown"
    assert message.next_try_at == NOW + seconds(30)
    assert reconcile(message, Unclear("TimeoutError"), NOW).status == "retry"


def test_message_that_was_overtaken_before_it_was_sent_is_dropped() -> None:
    assert (withdraw(pending()).status, withdraw(pending()).reason) == ("abandoned", "overtaken")
    assert withdraw(sending()).status == "sending"


@pytest.mark.parametrize(
    ("outcome", "wait"),
    [
        (SENT, None),
        (Refused("message_not_found", "message"), None),
        (Refused("channel_not_found", "channel"), None),
        (Refused("invalid_auth", "workspace"), seconds(60)),
        (RateLimited(seconds(7)), seconds(7)),
        (Unclear("TimeoutError"), seconds(1)),
        (NotSent("ClientConnectorError"), seconds(1)),
    ],
)
def test_update_is_repeated_until_slack_has_taken_or_refused_it(outcome: Outcome, wait: timedelta | None) -> None:
    assert next_update_at(1, outcome, NOW) == (NOW + wait if wait is not None else None)


def test_only_a_backlog_is_gathered_into_a_digest() -> None:
    calm = [pending("info"), pending("warning"), pending("warning")]
    tried, urgent = pending(status="retry"), pending("urgent")
    assert gather([*calm, urgent, tried], over=3, most=9) == ()
    assert gather([*calm, urgent, tried], over=2, most=9) == tuple(calm)


def test_digest_takes_no_more_than_it_can_show_and_the_rest_waits_on() -> None:
    assert len(gather([pending("info")] * 700, over=10, most=150)) == 150


def test_message_that_went_out_in_a_digest_goes_alone_when_it_is_tried_again() -> None:
    tried = settle(replace(sending(), sent_as="n-0"), NotSent("down"), NOW)
    assert claimed_alone(tried).sent_as is None


def claimed_alone(message: Message) -> Message:
    claimed = claim(message, FREE, message.next_try_at)
    assert claimed is not None
    return claimed[0]


OUTCOMES = st.sampled_from(
    [
        SENT,
        RateLimited(seconds(2)),
        NotSent("down"),
        Unclear("lost"),
        Refused("is_archived", "channel"),
        Refused("invalid_auth", "workspace"),
        Refused("invalid_blocks", "message"),
    ]
)


@settings(deadline=None)
@given(st.sampled_from(["info", "warning", "urgent"]), st.lists(OUTCOMES, max_size=40), st.lists(OUTCOMES, max_size=40))
def test_message_is_posted_again_after_a_lost_answer_at_most_once_and_only_marked(
    severity: Severity, answers: list[Outcome], histories: list[Outcome]
) -> None:
    message, now, lost, unmarked_after_lost = pending(severity), NOW, 0, 0
    for answer in answers:
        while message.status == "unknown" and histories:
            now += seconds(60)
            message = reconcile(message, histories.pop(), now)
        now = max(now, message.next_try_at)
        claimed = claim(message, FREE, now)
        if claimed is None:
            break
        unmarked_after_lost += bool(lost and not message.repeated)
        message = settle(claimed[0], answer, now)
        lost += isinstance(answer, Unclear)
    assert unmarked_after_lost == 0
    assert lost <= 2
