"""Somebody else than the owner decides on a lead; a clock gets another deadline by a new playbook."""

import pytest

from services.alerts.cards import render
from services.alerts.wording import Wording
from tests.unit.alerts.alert_stories import ALERTS, DUE, NOON, Story, assigned_to, later, playbook, shown, told
from tests.unit.alerts.test_cards import actions_of

BYPASSED = {"owner_id": "rep-1", "rep_id": "rep-2", "action": "lead.sales_qualified"}
AT = later(NOON, minutes=5)


def story_in(locale: str) -> Story:
    return assigned_to(story=Story(rules=playbook(f"{ALERTS}\nlocale: {locale}")))


@pytest.mark.parametrize(
    ("locale", "title", "next_step"),
    [
        (
            "en",
            "Your lead was changed by Kato (made an SQL): 青葉商事 山田 太郎",
            "*What to do*: Nothing. If it was not meant so, talk to them or have the owner changed.",
        ),
        (
            "ja",
            "あなたのリードをKatoさんが変更しました（SQL化）：青葉商事 山田 太郎 様",
            "*次にすること* 対応は不要です。意図と違う場合は本人に確認するか、担当を変更してもらってください。",
        ),
    ],
)
def test_owner_is_told_who_moved_their_lead(locale: str, title: str, next_step: str) -> None:
    notices = story_in(locale).decides("owner.bypassed", AT, **BYPASSED, applied=True)
    assert told(notices) == [("bypassed", "owner:rep-1")]
    assert render(notices[0].card).text.splitlines() == [title, next_step]


@pytest.mark.parametrize(
    ("locale", "title", "next_step"),
    [
        (
            "en",
            "Not applied (made an SQL): 青葉商事 山田 太郎",
            "*What to do*: The lead stays with Sato: ask them to do it, or have the owner changed.",
        ),
        (
            "ja",
            "反映されていません（SQL化）：青葉商事 山田 太郎 様",
            "*次にすること* 担当はSatoさんのままです。Satoさんに依頼するか、担当を変更してもらってください。",
        ),
    ],
)
def test_whoever_decided_in_vain_is_told_whose_lead_it_is(locale: str, title: str, next_step: str) -> None:
    notices = story_in(locale).decides("owner.bypassed", AT, **BYPASSED, applied=False)
    assert told(notices) == [("not_applied", "rep:rep-2")]
    assert render(notices[0].card).text.splitlines() == [title, next_step]


@pytest.mark.parametrize(
    ("rep_id", "en", "ja"),
    [
        ("crm-7", "crm-7 did this", "crm-7さんの操作は"),
        ("rep-9", "rep-9 did this", "rep-9さんの操作は"),
        (None, "somebody did this", "ほかの担当者さんの操作は"),
    ],
)
def test_the_owner_hears_what_was_decided_in_vain_by_one_who_cannot_be_told(
    rep_id: str | None, en: str, ja: str
) -> None:
    for locale, who in (("en", en), ("ja", ja)):
        (told_owner,) = story_in(locale).decides("owner.bypassed", AT, **(BYPASSED | {"rep_id": rep_id}), applied=False)
        assert told([told_owner]) == [("not_applied", "owner:rep-1")]
        assert who in render(told_owner.card).text.splitlines()[1]


def test_who_moved_the_lead_may_be_unnamed_and_is_never_called_the_owner() -> None:
    (notice,) = assigned_to().decides("owner.bypassed", AT, **(BYPASSED | {"rep_id": None}), applied=True)
    assert render(notice.card).text.startswith("Your lead was changed by somebody (made an SQL)")


def test_the_message_about_another_s_decision_has_no_buttons_and_links_to_the_lead() -> None:
    link = "https://crm.example.com/leads/{lead_id}"
    (notice,) = assigned_to().decides("owner.bypassed", AT, **BYPASSED, applied=True)
    message = render(notice.card, Wording(lead_link=link))
    assert actions_of(message) == []
    assert message.text.splitlines()[1] == "<https://crm.example.com/leads/lead-42|Open in CRM>"


def test_the_same_again_tells_nobody_twice() -> None:
    story = assigned_to()
    first = story.decides("owner.bypassed", AT, **BYPASSED, applied=True)
    second = story.decides("owner.bypassed", AT, **BYPASSED, applied=True)
    assert first[0].alert_id == second[0].alert_id


REFUSED = {"owner_id": "rep-1", "rep_id": "rep-2", "action": "owner.changed"}


@pytest.mark.parametrize(
    ("locale", "refused", "text"),
    [
        (
            "en",
            {"reason": "unknown_owner", "named_id": "rep-99"},
            (
                "Owner not changed: 青葉商事 山田 太郎\n"
                "*What to do*: rep-99 is no rep of the playbook. Name one by id, or enter them in routing.yaml first."
            ),
        ),
        (
            "ja",
            {"reason": "unknown_owner", "named_id": "rep-99"},
            (
                "担当は変わっていません：青葉商事 山田 太郎 様\n"
                "*次にすること* rep-99は未登録の担当者です。IDを確認するか、先にrouting.yamlへ追加してください。"
            ),
        ),
        (
            "en",
            {"reason": "unnamed_owner"},
            (
                "Owner not changed: 青葉商事 山田 太郎\n"
                "*What to do*: It was not said who is to have the lead: report it again, with `owner_id`."
            ),
        ),
        (
            "ja",
            {"reason": "unnamed_owner"},
            (
                "担当は変わっていません：青葉商事 山田 太郎 様\n"
                "*次にすること* 新しい担当者の指定がありません。`owner_id`を付けて、もう一度送ってください。"
            ),
        ),
        (
            "en",
            {"reason": "unowned", "action": "lead.accepted", "owner_id": None},
            (
                "Not applied (accepted): 青葉商事 山田 太郎\n"
                "*What to do*: Nobody has this lead now: wait until it is given out, or have its owner changed."
            ),
        ),
        (
            "ja",
            {"reason": "unowned", "action": "lead.accepted", "owner_id": None},
            (
                "反映されていません（受諾）：青葉商事 山田 太郎 様\n"
                "*次にすること* このリードにはまだ担当者がいません。割り当てを待つか、担当を変更してもらってください。"
            ),
        ),
    ],
)
def test_whoever_asked_for_what_cannot_be_done_is_told_why(locale: str, refused: dict[str, str], text: str) -> None:
    notices = story_in(locale).decides("action.refused", AT, **(REFUSED | refused))
    assert told(notices) == [(refused["reason"], "rep:rep-2")]
    assert render(notices[0].card).text == text


@pytest.mark.parametrize(("owner", "target"), [("rep-1", "owner:rep-1"), (None, "channel:is")])
def test_where_whoever_asked_cannot_be_told_the_owner_is_or_else_the_teams_channel(
    owner: str | None, target: str
) -> None:
    refused = REFUSED | {"rep_id": "crm", "owner_id": owner, "reason": "unnamed_owner"}
    assert told(assigned_to().decides("action.refused", AT, **refused)) == [("unnamed_owner", target)]


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


def test_requests_of_an_operator_are_no_touch_and_nothing_that_was_said() -> None:
    story = assigned_to()
    before = story.state
    for kind in ("rescore.requested", "clocks.move_requested"):
        assert story.happens(kind, AT, rep_id="rep-1", memo="by hand") == []
    assert story.state == before
