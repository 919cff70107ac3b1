"""Leads that are given for another reason than their qualification, and handovers with gaps, as the cards tell them."""

import pytest

from services.alerts.cards import render
from shared.locales import Locale
from tests.unit.alerts.alert_stories import ALERTS, NOON, Story, assigned_to, playbook, tokyo, told

NEXT = tokyo(1, 13)
AGAIN = tokyo(1, 14)


def story_in(locale: Locale = "en") -> Story:
    return Story(rules=playbook(f"{ALERTS}\nlocale: {locale}"))


def given(why: str, locale: Locale = "en", **data: object) -> str:
    """The card of a lead that is given to Sato for this reason."""
    story = story_in(locale)
    story.happens("profile.updated", NOON, name="Yamada", company="Mirai", phone="03-1234-5678")
    notices = story.decides("lead.assigned", NOON, owner_id="rep-1", why=why, **data)
    assert told(notices) == [("assigned" if why == "returned" else why, "owner:rep-1")]
    return render(notices[-1].card).text


@pytest.mark.parametrize(
    ("why", "locale", "title"),
    [
        ("note", "en", "Somebody else at your account qualified: Mirai Yamada"),
        ("note", "ja", "担当企業の別の方がMQLになりました：Mirai Yamada 様"),
        ("revisit", "en", "The agreed day has come: Mirai Yamada"),
        ("revisit", "ja", "約束の日になりました：Mirai Yamada 様"),
    ],
)
def test_a_note_and_a_revisit_say_what_they_are(why: str, locale: Locale, title: str) -> None:
    assert given(why, locale).splitlines()[0] == title


def test_fields_that_nobody_filled_stand_on_the_card_until_they_are_told() -> None:
    story = story_in()
    story.decides("lead.assigned", NOON, owner_id="rep-1", missing=["budget", "next_date"])
    assert "*Not filled in*: budget, next meeting" in render(story.notices[-1].card).text


def test_a_refused_handover_tells_its_giver_what_to_fill_in_and_that_the_lead_stays() -> None:
    story = assigned_to(story=story_in())
    incomplete = {"team": "fs", "owner_id": "rep-1", "missing": ["budget"], "refused": True}
    notices = story.decides("handover.incomplete", NEXT, **incomplete)
    assert told(notices) == [("refused", "owner:rep-1")]
    text = render(notices[-1].card).text
    assert text.startswith("Not handed on to Field Sales yet")
    assert "*Not filled in*: budget" in text
    assert "the lead stays with you" in text
    assert told(story.decides("handover.incomplete", AGAIN, **incomplete)) == [("refused", "owner:rep-1")]


def test_contact_is_hidden_of_those_who_withdrew_their_consent_or_left() -> None:
    story = story_in()
    story.happens("profile.updated", NOON, name="Yamada", phone="03-1234-5678")
    story.happens("consent.changed", NOON, consent="withdrawn")
    notices = story.decides("lead.assigned", NEXT, owner_id="rep-1")
    text = render(notices[-1].card).text
    assert "1234" not in text
    assert "consent was withdrawn" in text


def test_two_runs_of_a_clock_are_told_apart() -> None:
    story = assigned_to(story=story_in())
    clock = {"clock": "next_touch", "owner_id": "rep-1", "due_at": AGAIN, "step": 0}
    first = story.decides("clock.warned", NEXT, **clock, run=1)
    second = story.decides("clock.warned", AGAIN, **clock, run=2)
    assert told(first) == told(second) == [("reminder", "owner:rep-1")]
    assert len({notice.alert_id for notice in first + second if notice.alert_id}) == 2
