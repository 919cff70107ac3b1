"""A missed deadline that somebody sees to: a button on the card, and what all who were told read then."""

from datetime import datetime

import pytest

from services.alerts.cards import render
from services.alerts.playbook import ACKNOWLEDGED_FOR, load
from services.alerts.state import Outcome
from services.alerts.wording import Wording
from services.routing.pausing import ACKNOWLEDGED_FOR as ROUTINGS
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
    tokyo,
)
from tests.unit.alerts.test_cards import actions_of

SLA = """
clocks:
  - {id: accept, team: is, within: 15m, acknowledged_for: 1bd, on_breach: [{remind: owner}]}
  - {id: first_touch, team: is, within: 15m, calendar: always}
  - {id: next_touch, team: is, within: 15m}
"""
ROUND_THE_CLOCK = """
calendars:
  tokyo: {timezone: Asia/Tokyo, hours: {mon-fri: ["09:00-18:00"]}}
  always: {timezone: Asia/Tokyo, hours: {mon-sun: ["00:00-24:00"]}}
"""
BREACH = {"clock": "accept", "owner_id": "rep-1", "due_at": DUE}
HANDOVERS = """
handovers:
  - {from: marketing, to: is, definition: d, reject_reasons: [student, competitor, 担当地域外]}
"""


def breached(locale: str = "en", **files: str) -> Story:
    story = assigned_to(story=Story(rules=playbook(f"{ALERTS}\nlocale: {locale}", **files)))
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


def rest_until(story: Story, clock: str, said_at: datetime) -> list[datetime | None]:
    """Until when the steps after the clock's breach rest by the cards."""
    due = {"clock": clock, "owner_id": "rep-1", "due_at": DUE}
    story.decides("clock.breached", DUE, **due, step=1, action="remind", target="owner")
    updates = story.happens("lead.acknowledged", said_at, rep_id="boss")
    return [notice.card.outcome.until for notice in updates if notice.card.outcome and notice.card.clock == clock]


@pytest.mark.parametrize(
    ("clock", "said_at", "until"),
    [
        ("accept", tokyo(1, 13), tokyo(2, 18)),
        ("next_touch", tokyo(1, 13), tokyo(1, 17)),
        ("next_touch", tokyo(3, 16), tokyo(6, 11)),
        ("first_touch", tokyo(3, 16), tokyo(3, 20)),
        ("unknown", tokyo(1, 13), None),
    ],
)
def test_steps_rest_for_the_working_time_that_the_clock_names_else_four_hours(
    clock: str, said_at: datetime, until: datetime | None
) -> None:
    story = assigned_to(story=Story(rules=playbook(ALERTS, sla=SLA, calendars=ROUND_THE_CLOCK)))
    assert rest_until(story, clock, said_at) == [until]


def test_cards_name_the_length_that_routing_takes() -> None:
    assert ACKNOWLEDGED_FOR == ROUTINGS


@pytest.mark.parametrize(
    ("locale", "status"),
    [
        (
            "en",
            (
                "*Status*: Abe sees to it, since Wed 1 Apr, 13:00;"
                " nothing more follows from this deadline before Thu 2 Apr, 18:00"
            ),
        ),
        (
            "ja",
            (
                "*現在* Abeさんが「対応します」と答えました（4月1日（水）13:00）。"
                "この期限の督促や担当変更は4月2日（木）18:00まで止めます"
            ),
        ),
    ],
)
def test_the_card_says_until_when_the_further_steps_rest(locale: str, status: str) -> None:
    updates = breached(locale, sla=SLA).happens("lead.acknowledged", tokyo(1, 13), rep_id="boss")
    assert {render(update.card).text.splitlines()[1] for update in updates} == {status}


def test_an_acknowledgement_counts_once_a_breach_so_a_second_one_promises_no_rest() -> None:
    story = breached(sla=SLA)
    story.happens("lead.acknowledged", tokyo(1, 13), rep_id="rep-1")
    story.decides("clock.breached", tokyo(2, 18), **BREACH, step=3, action="notify", target="fallback")
    (update,) = story.happens("lead.acknowledged", tokyo(3, 9), rep_id="boss")
    assert update.card.outcome == Outcome("acknowledged", tokyo(3, 9), "Abe")


def test_a_breach_of_an_owner_before_is_seen_to_without_a_rest_of_its_steps() -> None:
    story = assigned_to(story=Story(rules=playbook(ALERTS, sla=SLA)))
    story.decides("lead.reassigned", attempt=2, owner_id="rep-2", previous_owner_id="rep-1", reason="clock.breached")
    assert rest_until(story, "accept", tokyo(1, 13)) == [None]


def test_another_tool_may_report_it_without_a_name() -> None:
    for locale, who in (("en", "somebody sees to it"), ("ja", "ほかの担当者さんが「対応します」と答えました")):
        update = breached(locale).happens("lead.acknowledged", tokyo(1, 13))[0]
        assert who in render(update.card).text


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


def test_a_word_from_before_the_breach_that_is_read_late_answers_no_card() -> None:
    story = breached()
    assert story.happens("lead.acknowledged", later(DUE, minutes=-5), read_at=tokyo(1, 14), rep_id="boss") == []


def test_an_imported_acknowledgement_answers_no_card() -> None:
    assert breached().happens("lead.acknowledged", tokyo(1, 13), rep_id="boss", backfill=True) == []


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
