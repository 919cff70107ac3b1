"""How a lead goes on through the relay, as the cards tell it."""

import pytest

from services.alerts.cards import render
from shared.locales import Locale
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
        ("lead.returned", {"reason": "not_mine"}, "returned", "Returned to Inside Sales"),
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


@pytest.mark.parametrize(
    ("locale", "at_once", "in_the_end"),
    [
        (
            "en",
            "*Status*: Handed on to Field Sales, Wed 1 Apr, 13:00",
            "*Status*: Handed on to Mori (Field Sales), Wed 1 Apr, 13:00",
        ),
        (
            "ja",
            "*現在* フィールドセールスへ引き渡しました（4月1日（水）13:00）",
            "*現在* Mori（フィールドセールス）へ引き渡しました（4月1日（水）13:00）",
        ),
    ],
)
def test_owner_before_reads_which_team_has_the_lead_and_then_who(locale: Locale, at_once: str, in_the_end: str) -> None:
    cards = [notice.card for notice in handed_on(locale).notices if notice.card.outcome]
    texts = [render(card).text.splitlines() for card in cards]
    assert [lines[1] for lines in texts] == [at_once, in_the_end]
    assert [line for lines in texts for line in lines if line.startswith(("*Owner*", "*担当者*"))] == []
    assert cards[-1].stage == "sql"
    assert "alert.acknowledged" not in handed_on(locale).event_types


def test_owner_who_is_named_before_the_handoff_has_ended_shows_at_once() -> None:
    story = assigned_to()
    story.happens("lead.sales_qualified", NEXT, rep_id="rep-1")
    story.decides("lead.assigned", NEXT, team="fs", owner_id="rep-3")
    (update,) = story.decides("handoff.changed", NEXT, status="done", owner_id="rep-1")
    assert render(update.card).text.splitlines()[1] == "*Status*: Handed on to Mori (Field Sales), Wed 1 Apr, 13:00"
    assert [posted.kind for posted in story.state.open.values() if posted.team == "is"] == []


def test_clock_that_is_cancelled_with_the_handover_does_not_hide_where_the_lead_went() -> None:
    story = assigned_to()
    story.decides("clock.warned", NEXT, clock="accept", owner_id="rep-1", due_at=DUE, step=0)
    story.happens("lead.sales_qualified", NEXT, rep_id="rep-1")
    story.decides("handoff.changed", NEXT, status="done", owner_id="rep-1")
    cancelled = story.decides(
        "clock.cancelled", NEXT, clock="accept", owner_id="rep-1", due_at=DUE, reason="handoff_ended"
    )
    assert cancelled == []
    named = story.decides("lead.assigned", NEXT, team="fs", owner_id="rep-3")
    assert shown(named) == [("assigned", "done"), ("reminder", "done")]


def test_returned_lead_is_with_whoever_gets_it_and_not_with_whom_it_once_was() -> None:
    story = handed_on()
    story.happens("lead.returned", THEN, rep_id="rep-3", reason="not_enough_context")
    (at_once,) = story.decides("handoff.changed", THEN, team="fs", status="done", owner_id="rep-3")
    update, _ = story.decides(
        "lead.reassigned", THEN, attempt=2, owner_id="rep-2", previous_owner_id="rep-3", reason="lead.returned"
    )
    said = [render(notice.card).text.splitlines()[1] for notice in (at_once, update)]
    assert said == [
        "*Status*: Returned to Inside Sales, Wed 1 Apr, 14:00",
        "*Status*: Returned to Kato (Inside Sales), Wed 1 Apr, 14:00",
    ]


def test_owner_of_a_later_cycle_is_not_the_one_to_whom_the_lead_once_went() -> None:
    story = assigned_to()
    story.happens("lead.sales_qualified", NEXT, rep_id="rep-1")
    story.decides("handoff.changed", NEXT, status="done", owner_id="rep-1")
    assert shown(story.decides("lead.assigned", THEN, team="fs", cycle=2, owner_id="rep-3")) == []


def test_won_lead_is_taken_over_by_customer_success() -> None:
    story = handed_on()
    story.happens("opportunity.won", THEN, rep_id="rep-3")
    (update,) = story.decides("handoff.changed", THEN, team="fs", status="done", owner_id="rep-3")
    assert render(update.card).text.splitlines()[1] == (
        "*Status*: Won, Wed 1 Apr, 14:00; taken over by Customer Success"
    )


def test_rejected_lead_has_no_owner_on_the_card_of_the_one_who_rejected_it() -> None:
    (update,) = assigned_to().decides("handoff.changed", NEXT, status="rejected", owner_id="rep-1")
    text = render(update.card).text
    assert "*Status*: Rejected by Sato" in text
    assert "*Owner*" not in text


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
