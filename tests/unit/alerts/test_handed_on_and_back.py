"""How a lead goes on through the relay, as the cards tell it."""

import pytest

from services.alerts.cards import render
from services.alerts.playbook import Locale
from tests.unit.alerts.alert_stories import ALERTS, DUE, Story, assigned_to, later, playbook, shown, tokyo, told

NEXT = tokyo(1, 13)
THEN = tokyo(1, 14)


def handed_on(locale: Locale = "en") -> Story:
    """Inside Sales has made the lead an SQL; Mori of Field Sales has it."""
    story = assigned_to(story=Story(rules=playbook(f"{ALERTS}\nlocale: {locale}")))
    story.happens("lead.sales_qualified", NEXT, rep_id="rep-1")
    story.decides("handoff.changed", NEXT, status="done", owner_id="rep-1")
    story.decides("lead.assigned", NEXT, team="fs", owner_id="rep-3")
    return story


def returned(locale: Locale = "en") -> Story:
    """Mori gave it back to Sato."""
    story = handed_on(locale)
    story.happens("lead.returned", THEN, rep_id="rep-3", reason="not_enough_context")
    story.decides("handoff.changed", THEN, team="fs", status="done", owner_id="rep-3")
    story.decides(
        "lead.reassigned", THEN, attempt=2, owner_id="rep-1", previous_owner_id="rep-3", reason="lead.returned"
    )
    return story


def test_return_to_inside_sales_is_told_as_a_return_with_the_reason_that_was_given() -> None:
    card = returned().notices[-1].card
    assert (card.kind, card.other) == ("returned", "Mori")
    assert "*Reason*: Not enough is known" in render(card).text


def test_lead_that_is_handed_on_a_second_time_is_a_new_handoff_and_no_return() -> None:
    story = returned()
    story.happens("lead.sales_qualified", tokyo(1, 15), rep_id="rep-1")
    notices = story.decides(
        "lead.reassigned",
        tokyo(1, 15),
        team="fs",
        attempt=2,
        owner_id="rep-3",
        previous_owner_id="rep-1",
        reason="lead.sales_qualified",
    )
    assert told(notices) == [("assigned", "owner:rep-3")]
    assert "*Reason*: handed over again" in render(notices[-1].card).text


def test_expansion_reaches_the_same_owner_as_theirs_once_more_and_not_as_a_change_of_owner() -> None:
    story = handed_on("ja")
    notices = story.decides(
        "lead.reassigned", THEN, team="fs", attempt=2, owner_id="rep-3", previous_owner_id="rep-3", reason="expansion"
    )
    assert told(notices) == [("again", "owner:rep-3")]
    text = render(notices[-1].card).text
    assert text.startswith("あらためてあなたの担当です：")
    assert "expansion" not in text


@pytest.mark.parametrize(
    ("move", "data", "outcome", "status"),
    [
        ("lead.recycled", {"reason": "no_budget"}, "recycled", "Back to nurturing"),
        ("lead.disqualified", {"reason": "competitor"}, "disqualified", "Disqualified"),
        ("lead.returned", {"reason": "not_mine"}, "returned", "Returned to the team before"),
        ("opportunity.won", {}, "won", "Won"),
        ("opportunity.lost", {"reason": "price"}, "lost", "Lost"),
    ],
)
def test_message_says_how_the_handoff_ended(move: str, data: dict[str, str], outcome: str, status: str) -> None:
    story = handed_on()
    if move == "opportunity.lost":
        story.happens("opportunity.opened", THEN)
    story.happens(move, THEN, **data)
    (update,) = story.decides("handoff.changed", THEN, team="fs", status="done", owner_id="rep-3")
    assert shown([update]) == [("assigned", outcome)]
    assert f"*Status*: {status}, Wed 1 Apr, 14:00" in render(update.card).text


def test_lead_handed_on_to_the_next_team_says_so() -> None:
    story = assigned_to()
    story.happens("lead.sales_qualified", NEXT, rep_id="rep-1")
    assert shown(story.decides("handoff.changed", NEXT, status="done", owner_id="rep-1")) == [("assigned", "done")]


def test_what_the_lead_did_later_does_not_change_how_the_handoff_ended() -> None:
    story = assigned_to()
    story.happens("lead.recycled", NEXT, rep_id="rep-1", reason="no_budget")
    story.happens("opportunity.opened", THEN)
    assert shown(story.decides("handoff.changed", NEXT, status="done", owner_id="rep-1")) == [("assigned", "recycled")]


@pytest.mark.parametrize(("locale", "stage"), [("en", "*Stage*: nurturing"), ("ja", "*ステージ* ナーチャリング中")])
def test_recycled_lead_is_shown_as_nurturing_and_its_reason_in_words(locale: Locale, stage: str) -> None:
    story = assigned_to(story=Story(rules=playbook(f"{ALERTS}\nlocale: {locale}")))
    story.happens("lead.recycled", NEXT, rep_id="rep-1", reason="no_budget")
    (update,) = story.decides("handoff.changed", NEXT, status="done", owner_id="rep-1")
    lines = render(update.card).text.splitlines()
    assert stage in lines
    assert lines[-1].endswith(("Sato: No budget", "Sato：予算がない"))


def test_memo_of_a_recycled_lead_stands_beside_the_reason() -> None:
    story = assigned_to()
    story.happens("lead.recycled", NEXT, rep_id="rep-1", reason="no_budget", memo="call again in October")
    (update,) = story.decides("handoff.changed", NEXT, status="done", owner_id="rep-1")
    assert render(update.card).text.endswith("• 1 Apr recycled, Sato: No budget – call again in October")


def breached_after_a_change_of_owner() -> Story:
    story = assigned_to()
    story.decides(
        "lead.reassigned", DUE, attempt=2, owner_id="rep-2", previous_owner_id="rep-1", reason="clock.breached:accept"
    )
    story.decides(
        "clock.breached",
        later(DUE, minutes=30),
        clock="accept",
        owner_id="rep-1",
        due_at=DUE,
        step=3,
        action="notify",
        target="manager",
    )
    return story


def test_manager_reads_who_missed_the_deadline_and_who_has_the_lead_now() -> None:
    lines = render(breached_after_a_change_of_owner().notices[-1].card).text.splitlines()
    assert "*Missed by*: Sato" in lines
    assert "*Owner*: Kato (Inside Sales)" in lines
    assert lines[-1] == (
        "*What to do*: Ask Kato, who has the lead now, whether all is well; ask Sato what was in the way."
    )


def test_manager_reads_that_the_new_owner_has_accepted_and_need_do_nothing() -> None:
    story = breached_after_a_change_of_owner()
    notices = story.decides("handoff.changed", later(DUE, minutes=40), attempt=2, status="accepted", owner_id="rep-2")
    assert shown(notices) == [("reassigned", "accepted"), ("breach", "accepted")]
    assert "*What to do*" not in render(notices[-1].card).text
