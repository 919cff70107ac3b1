"""Somebody else than the owner decides on a lead; a clock gets another deadline by a new playbook."""

import pytest

from services.alerts.cards import render
from tests.unit.alerts.alert_stories import ALERTS, DUE, NOON, Story, assigned_to, later, playbook, shown, told

BYPASSED = {"owner_id": "rep-1", "rep_id": "rep-2", "action": "lead.sales_qualified"}
AT = later(NOON, minutes=5)


def story_in(locale: str) -> Story:
    return assigned_to(story=Story(rules=playbook(f"{ALERTS}\nlocale: {locale}")))


@pytest.mark.parametrize(
    ("locale", "title", "next_step"),
    [
        (
            "en",
            "Kato decided on your lead (made an SQL): 青葉商事 山田 太郎",
            "*What to do*: Nothing more. If it was not meant so, ask Kato or change the owner.",
        ),
        (
            "ja",
            "Katoさんがあなたのリードを動かしました（SQL化）：青葉商事 山田 太郎 様",
            "*次にすること* 対応は不要です。意図と違う場合はKatoさんに確認するか、担当を変更してください。",
        ),
    ],
)
def test_owner_is_told_who_moved_their_lead(locale: str, title: str, next_step: str) -> None:
    notices = story_in(locale).decides("owner.bypassed", AT, **BYPASSED, applied=True)
    assert told(notices) == [("bypassed", "owner:rep-1")]
    lines = render(notices[0].card).text.splitlines()
    assert (lines[0], lines[-1]) == (title, next_step)


@pytest.mark.parametrize(
    ("locale", "title", "next_step"),
    [
        (
            "en",
            "Nothing was changed (made an SQL): 青葉商事 山田 太郎",
            "*What to do*: The lead is with Sato: ask them to do it, or have the owner changed.",
        ),
        (
            "ja",
            "反映されていません（SQL化）：青葉商事 山田 太郎 様",
            "*次にすること* 担当はSatoさんです。Satoさんに依頼するか、担当を変更してもらってください。",
        ),
    ],
)
def test_whoever_decided_in_vain_is_told_whose_lead_it_is(locale: str, title: str, next_step: str) -> None:
    notices = story_in(locale).decides("owner.bypassed", AT, **BYPASSED, applied=False)
    assert told(notices) == [("not_applied", "rep:rep-2")]
    lines = render(notices[0].card).text.splitlines()
    assert (lines[0], lines[-1]) == (title, next_step)


def test_whom_the_playbook_does_not_know_cannot_be_told() -> None:
    unknown = {**BYPASSED, "rep_id": "somebody"}
    assert told(assigned_to().decides("owner.bypassed", AT, **unknown, applied=False)) == []
    assert told(assigned_to().decides("owner.bypassed", AT, **(BYPASSED | {"rep_id": None}), applied=False)) == []


def test_the_same_again_tells_nobody_twice() -> None:
    story = assigned_to()
    first = story.decides("owner.bypassed", AT, **BYPASSED, applied=True)
    second = story.decides("owner.bypassed", AT, **BYPASSED, applied=True)
    assert first[0].alert_id == second[0].alert_id


CLOCK = {"clock": "accept", "owner_id": "rep-1"}
MOVED = {**CLOCK, "due_at": later(DUE, hours=2), "was_due_at": DUE, "was_playbook": "v1"}


def test_a_moved_deadline_shows_in_the_messages_and_tells_nobody_anew() -> None:
    story = assigned_to()
    story.decides("clock.started", **CLOCK, due_at=DUE)
    story.decides("clock.warned", AT, **CLOCK, due_at=DUE, step=1)
    notices = story.decides("clock.moved", AT, **MOVED)
    assert (told(notices), shown(notices)) == ([], [("assigned", None), ("reminder", None)])
    assert {notice.card.deadlines for notice in notices} == {(("accept", later(DUE, hours=2)),)}


def test_a_resting_clock_shows_no_deadline_when_it_moves() -> None:
    story = assigned_to()
    story.decides("clock.started", **CLOCK, due_at=DUE)
    story.decides("clock.paused", **CLOCK, due_at=DUE)
    assert story.decides("clock.moved", AT, **MOVED) == []


def test_requests_of_an_operator_are_no_touch() -> None:
    story = assigned_to()
    before = story.state
    for kind in ("rescore.requested", "clocks.move_requested"):
        assert story.happens(kind, AT) == []
    assert story.state == before
