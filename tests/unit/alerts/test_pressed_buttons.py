import hashlib
import hmac
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from services.alerts.buttons import (
    ActionError,
    Presser,
    action_to_activity,
    is_from_slack,
    presser_of,
    reps_by_slack,
)
from services.alerts.cards import render
from services.alerts.controls import Reference
from shared.events import Event, decode
from tests.unit.alerts.alert_stories import assigned_to, playbook

REPS = {"U1": "rep-1"}
PRESSED_AT = datetime(2026, 4, 1, 3, 0, 0, 250000, tzinfo=UTC)
ACTION_TS = f"{PRESSED_AT.timestamp():.6f}"


def pressed(action_id: str, choice: str | None = None, **more: object) -> dict[str, object]:
    action: dict[str, object] = {"action_id": action_id, "action_ts": ACTION_TS, "block_id": "2:1:lead-42"}
    if choice is None:
        action |= {"type": "button", "value": "2:1:lead-42"}
    else:
        action |= {"type": "static_select", "selected_option": {"value": choice, "text": {"type": "plain_text"}}}
    payload: dict[str, object] = {"type": "block_actions", "user": {"id": "U1", "name": "sato"}, "actions": [action]}
    return payload | more


def activity(payload: dict[str, object]) -> Event:
    event = action_to_activity(payload, REPS)
    assert isinstance(event, Event)
    return event


@pytest.mark.parametrize(
    ("action_id", "choice", "event_type", "told"),
    [
        ("accept", None, "lead.accepted", {}),
        ("reject", "not_mine", "lead.rejected", {"reason": "not_mine"}),
        ("connected", None, "call.connected", {}),
        ("attempted", None, "call.attempted", {"outcome": "no_answer"}),
        ("qualify", None, "lead.sales_qualified", {}),
        ("recycle", "no_budget", "lead.recycled", {"reason": "no_budget"}),
        ("snooze", "3d", "lead.snoozed", {"until": PRESSED_AT + timedelta(days=3)}),
        ("acknowledge", None, "lead.acknowledged", {}),
    ],
)
def test_pressed_button_is_an_activity_of_the_rep_like_any_other(
    action_id: str, choice: str | None, event_type: str, told: dict[str, object]
) -> None:
    event = activity(pressed(action_id, choice))
    assert (event.type, event.subject, event.source, event.time) == (
        event_type,
        "lead-42",
        "urn:baton:slack",
        PRESSED_AT,
    )
    assert {name: event.data.value(name) for name in told} == told
    assert [event.data.value(name) for name in ("rep_id", "cycle", "attempt")] == ["rep-1", 2, 1]
    assert decode(event.encode()) == event


@pytest.mark.row(43)
def test_same_press_delivered_twice_is_the_same_event() -> None:
    again = pressed("accept", trigger_id="another", response_url="https://hooks.example/2")
    assert activity(pressed("accept")) == activity(again)


def test_different_choices_and_buttons_are_different_events() -> None:
    presses = [pressed("accept"), pressed("connected"), pressed("reject", "other"), pressed("reject", "competitor")]
    assert len({activity(press).id for press in presses}) == 4


def test_same_button_pressed_again_later_is_another_call() -> None:
    action = {"action_id": "attempted", "value": "2:1:lead-42"}
    first, second = (
        activity(pressed("attempted", actions=[action | {"action_ts": action_ts}]))
        for action_ts in ("1775012400.000001", "1775012400.000002")
    )
    assert first.id != second.id


def test_press_is_placed_on_the_domain_clock() -> None:
    event = action_to_activity(pressed("accept"), REPS, lambda at: at + timedelta(days=100))
    assert isinstance(event, Event)
    assert event.time == PRESSED_AT + timedelta(days=100)


def test_every_control_of_a_card_can_be_read_back() -> None:
    message = render(assigned_to().notices[0].card)
    types = set()
    for block in message.blocks:
        for element in block["elements"] if block["type"] == "actions" else ():
            choice = element["options"][0]["value"] if "options" in element else None
            action = {"action_id": element["action_id"], "action_ts": ACTION_TS, "value": element.get("value")}
            action |= {"block_id": block.get("block_id", "")}
            action |= {"selected_option": {"value": choice}} if choice else {}
            types.add(activity(pressed("accept", actions=[action])).type)
    assert len(types) == 7


@settings(deadline=None)
@given(st.text(min_size=1, max_size=200), st.integers(0, 10**6), st.integers(0, 10**6))
def test_reference_in_a_button_names_the_handoff_exactly(lead_id: str, cycle: int, attempt: int) -> None:
    reference = Reference(lead_id, cycle, attempt)
    assert Reference.decode(reference.encode()) == reference
    assert len(reference.encode()) <= 255


@pytest.mark.parametrize(("slack", "rep"), [("U9", "boss"), ("U1", "rep-1"), ("U2", "rep-2")])
def test_manager_and_colleagues_say_that_they_see_to_it_in_their_own_name(slack: str, rep: str) -> None:
    event = action_to_activity(pressed("acknowledge", user={"id": slack}), reps_by_slack(playbook()))
    assert isinstance(event, Event)
    assert (event.type, event.data.value("rep_id")) == ("lead.acknowledged", rep)


def test_who_pressed_and_where_is_known_for_an_answer() -> None:
    assert presser_of(pressed("accept", channel={"id": "C-IS"})) == Presser("U1", "C-IS")
    assert presser_of(pressed("accept")) is None


def test_stranger_is_told_that_nothing_was_recorded() -> None:
    error = action_to_activity(pressed("accept", user={"id": "U-nobody"}), REPS)
    assert isinstance(error, ActionError)
    assert error.text(playbook(), "U-nobody") == (
        "Your Slack account U-nobody belongs to no rep of the playbook, so nothing was recorded."
        " Ask whoever keeps the playbook to enter it as `slack` of your entry in routing.yaml, under `reps`."
    )
    japanese = error.text(playbook("locale: ja"), "<!channel>")
    assert japanese.startswith("あなたのSlackアカウント（&lt;!channel&gt;）の担当者がプレイブックにない")


@pytest.mark.parametrize(
    "payload",
    [
        {},
        pressed("accept", type="view_submission"),
        pressed("accept", actions=[]),
        pressed("accept", user=None),
        pressed("delete_everything"),
        pressed("snooze", "forever"),
        pressed("snooze", "999999999d"),
        pressed("accept", actions=[{"action_id": "accept", "action_ts": ACTION_TS, "value": "nothing of ours"}]),
        pressed("accept", actions=[{"action_id": "accept", "action_ts": ACTION_TS, "value": "1:x:lead"}]),
        pressed("accept", actions=[{"action_id": "accept", "action_ts": ACTION_TS, "value": "1:1:le\x00ad"}]),
        pressed("accept", actions=[{"action_id": "accept", "action_ts": "yesterday", "value": "1:1:lead"}]),
        pressed("accept", actions=[{"action_id": "accept", "action_ts": "9999999999.0", "value": "1:1:lead"}]),
    ],
)
def test_payload_that_is_no_press_of_ours_is_refused(payload: dict[str, object]) -> None:
    error = action_to_activity(payload, REPS)
    assert isinstance(error, ActionError)
    assert error.code == "unreadable"


@settings(deadline=None)
@given(
    st.recursive(
        st.none() | st.booleans() | st.integers() | st.text(),
        lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    )
)
def test_no_payload_raises(value: object) -> None:
    for name in ("type", "user", "actions"):
        assert isinstance(action_to_activity(pressed("accept", **{name: value}), REPS), ActionError)


def test_reps_are_known_by_their_slack_ids() -> None:
    assert reps_by_slack(playbook()) == {"U1": "rep-1", "U2": "rep-2", "U3": "rep-3", "U9": "boss"}


SECRET, OLD_SECRET = "new-secret", "old-secret"
BODY = b"payload=%7B%7D"


def signed(body: bytes = BODY, at: datetime = PRESSED_AT, secret: str = SECRET) -> dict[str, str]:
    timestamp = str(int(at.timestamp()))
    digest = hmac.new(secret.encode(), b"v0:" + timestamp.encode() + b":" + body, hashlib.sha256).hexdigest()
    return {"X-Slack-Request-Timestamp": timestamp, "X-Slack-Signature": f"v0={digest}"}


@pytest.mark.parametrize("secret", [SECRET, OLD_SECRET])
def test_request_signed_by_either_secret_is_from_slack(secret: str) -> None:
    assert is_from_slack(BODY, signed(secret=secret), [SECRET, OLD_SECRET], PRESSED_AT)


@pytest.mark.row(43)
@pytest.mark.parametrize(
    ("body", "headers"),
    [
        (BODY, {}),
        (BODY + b"x", signed()),
        (BODY, signed(secret="another")),
        (BODY, signed(at=PRESSED_AT - timedelta(minutes=6))),
        (BODY, signed(at=PRESSED_AT + timedelta(minutes=6))),
        (BODY, signed() | {"X-Slack-Request-Timestamp": "yesterday"}),
        (BODY, signed() | {"X-Slack-Request-Timestamp": "9" * 400}),
        (BODY, signed() | {"X-Slack-Signature": "v0=é"}),
        (b"\xff\xfe", signed()),
    ],
)
def test_request_that_slack_did_not_sign_just_now_is_refused(body: bytes, headers: dict[str, str]) -> None:
    assert not is_from_slack(body, headers, [SECRET], PRESSED_AT)


def test_nothing_is_from_slack_without_a_secret() -> None:
    assert not is_from_slack(BODY, signed(secret=" "), ["", " "], PRESSED_AT)


@settings(deadline=None)
@given(st.binary(), st.text(), st.text())
def test_no_request_raises(body: bytes, timestamp: str, signature: str) -> None:
    headers = {"x-slack-request-timestamp": timestamp, "x-slack-signature": signature}
    assert not is_from_slack(body, headers, [SECRET], PRESSED_AT)
