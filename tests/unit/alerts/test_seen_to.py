"""A missed deadline that somebody sees to: a button on the card, and what all who were told read then."""

import pytest

from services.alerts.cards import render
from services.alerts.playbook import load
from services.alerts.wording import Wording
from shared.playbook import PlaybookFolder
from tests.unit.alerts.alert_stories import (
    ALERTS,
    DUE,
    NOON,
    ROUTING,
    Story,
    assigned_to,
    later,
    playbook,
    shown,
)
from tests.unit.alerts.test_cards import actions_of

BREACH = {"clock": "accept", "owner_id": "rep-1", "due_at": DUE}
HANDOVERS = """
handovers:
  - {from: marketing, to: is, definition: d, reject_reasons: [student, competitor, 担当地域外]}
"""


def breached(locale: str = "en") -> Story:
    story = assigned_to(story=Story(rules=playbook(f"{ALERTS}\nlocale: {locale}")))
    story.decides("clock.breached", DUE, **BREACH, step=1, action="remind", target="owner")
    story.decides("clock.breached", later(DUE, minutes=30), **BREACH, step=2, action="notify", target="manager")
    return story


def test_owner_and_manager_may_say_that_they_see_to_it() -> None:
    owner, manager = (render(notice.card) for notice in breached().notices[-2:])
    assert "acknowledge" in actions_of(owner)
    assert actions_of(manager) == ["acknowledge"]


@pytest.mark.parametrize(
    ("locale", "status"),
    [
        ("en", "*Status*: Abe sees to it, since Wed 1 Apr, 13:00"),
        ("ja", "*現在* Abeさんが「対応します」と答えました（4月1日（水）13:00）"),
    ],
)
def test_everybody_who_was_told_reads_who_sees_to_it_and_the_button_is_gone(locale: str, status: str) -> None:
    story = breached(locale)
    updates = story.happens("lead.acknowledged", later(NOON, hours=1), rep_id="boss")
    assert shown(updates) == [("breach", "acknowledged"), ("breach", "acknowledged")]
    for update in updates:
        message = render(update.card)
        assert message.text.splitlines()[1] == status
        assert "acknowledge" not in actions_of(message)
    assert story.event_types.count("alert.acknowledged") == 2


def test_who_has_acknowledged_may_still_accept_and_the_card_goes_on() -> None:
    story = breached()
    (owner, _) = story.happens("lead.acknowledged", later(NOON, hours=1), rep_id="rep-1")
    assert "accept" in actions_of(render(owner.card))
    met = story.decides("clock.closed", later(NOON, hours=2), **BREACH, closed_at=later(NOON, hours=2))
    assert ("breach", "late") in shown(met)


def test_a_breach_that_is_told_after_the_word_asks_anew() -> None:
    story = assigned_to()
    said = later(DUE, minutes=-5)
    story.happens("lead.acknowledged", said, rep_id="boss")
    (told,) = story.decides("clock.breached", DUE, **BREACH, step=1, action="notify", target="manager")
    assert actions_of(render(told.card)) == ["acknowledge"]


def test_reasons_to_reject_are_those_that_the_departments_have_agreed() -> None:
    rules = load(PlaybookFolder.of({"routing.yaml": ROUTING + HANDOVERS, "alerts.yaml": ALERTS}))
    story = assigned_to(story=Story(rules=rules))
    message = render(story.notices[-1].card, Wording.of(rules))
    (reject,) = (
        element
        for block in message.blocks
        if block["type"] == "actions"
        for element in block["elements"]  # type: ignore[union-attr]
        if element["action_id"] == "reject"
    )
    assert [(option["value"], option["text"]["text"]) for option in reject["options"]] == [
        ("not_mine", "Not mine"),
        ("student", "student"),
        ("competitor", "Competitor"),
        ("担当地域外", "担当地域外"),
    ]
