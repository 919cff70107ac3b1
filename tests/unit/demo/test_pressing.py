"""A press on the demo's page reaches the alerts service as a press in Slack would."""

import json
from collections.abc import Mapping
from datetime import UTC, datetime
from urllib.parse import parse_qs

import pytest

from services.alerts.buttons import action_to_activity, is_from_slack
from services.alerts.cards import render
from services.alerts.notices import Card
from services.demo.blocks import rendered as shown
from services.demo.pressing import pressed, signed
from services.demo.slack import SlackMessage
from shared.events import Event

AT = datetime(2026, 4, 15, 3, 0, tzinfo=UTC)


@pytest.fixture
def message() -> SlackMessage:
    card = Card("assigned", "warning", "owner", "ja", "Asia/Tokyo", "lead-1", "is", 1, 1, AT, owner="高橋 翔太")
    rendered = render(card)
    return SlackMessage("DREP03", "1.000001", rendered.text, rendered.blocks)


@pytest.fixture
def breach() -> SlackMessage:
    """A missed deadline, as the manager is told of it."""
    missed = {"owner": "高橋 翔太", "other": "高橋 翔太", "clock": "accept"}
    rendered = render(Card("breach", "urgent", "manager", "ja", "Asia/Tokyo", "lead-1", "is", 1, 1, AT, **missed))
    return SlackMessage("D0REP01", "1.000002", rendered.text, rendered.blocks)


def payload(body: str | None) -> Mapping[str, object]:
    found: Mapping[str, object] = json.loads(parse_qs(body or "")["payload"][0])
    return found


def test_a_press_bears_slacks_signature(message: SlackMessage) -> None:
    body = pressed(message, "accept", "", AT) or ""
    headers = signed(body, "secret", AT)

    assert is_from_slack(body.encode(), headers, ["secret"], AT)
    assert not is_from_slack(body.encode(), headers, ["another"], AT)


def test_accepting_is_the_act_of_the_rep_to_whom_the_card_went(message: SlackMessage) -> None:
    activity = action_to_activity(payload(pressed(message, "accept", "", AT)), {"UREP03": "rep-03"})

    assert isinstance(activity, Event)
    assert (activity.type, activity.subject, activity.time) == ("lead.accepted", "lead-1", AT)
    assert activity.data.value("rep_id") == "rep-03"


def test_a_chosen_reason_goes_with_the_press(message: SlackMessage) -> None:
    activity = action_to_activity(payload(pressed(message, "reject", "not_mine", AT)), {"UREP03": "rep-03"})

    assert isinstance(activity, Event)
    assert (activity.type, activity.data.value("reason")) == ("lead.rejected", "not_mine")


def test_the_manager_says_on_the_page_that_they_see_to_it(breach: SlackMessage) -> None:
    activity = action_to_activity(payload(pressed(breach, "acknowledge", "", AT)), {"U0REP01": "rep-01"})

    assert isinstance(activity, Event)
    assert (activity.type, activity.data.value("rep_id")) == ("lead.acknowledged", "rep-01")
    assert '<button class="primary">対応します</button>' in shown(breach)
    assert pressed(breach, "accept", "", AT) is None


def test_a_button_that_the_card_does_not_have_cannot_be_pressed(message: SlackMessage) -> None:
    assert pressed(message, "delete", "", AT) is None


@pytest.mark.parametrize(("action", "option"), [("reject", "zzz"), ("reject", ""), ("accept", "not_mine")])
def test_a_control_takes_no_option_that_it_does_not_offer(message: SlackMessage, action: str, option: str) -> None:
    assert pressed(message, action, option, AT) is None
