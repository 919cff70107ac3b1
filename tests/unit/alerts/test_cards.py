from dataclasses import replace
from textwrap import dedent

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from services.alerts.cards import Rendered, render
from services.alerts.kinds import Kind
from services.alerts.markup import escaped
from services.alerts.notices import Card
from services.alerts.state import EarlierCycle, Note, Outcome, Reason
from services.alerts.texts import WORDS
from services.alerts.wording import Wording
from shared.locales import Locale
from tests.unit.alerts.alert_stories import ALERTS, DUE, NOON, Story, assigned_to, playbook, tokyo

LABELS = "\nlabels: {director: 部長以上}"


def told_in(locale: str) -> Story:
    story = assigned_to(story=Story(rules=playbook(f"{ALERTS}\nlocale: {locale}{LABELS}")))
    story.happens("call.connected", tokyo(1, 11), rep_id="rep-2", memo="来期の予算で検討中")
    story.happens("demo.requested", tokyo(1, 11, 30), message="デモを見たい")
    story.decides("clock.started", clock="accept", owner_id="rep-1", due_at=DUE)
    return story


def card_in(locale: str) -> Card:
    return told_in(locale).notices[-1].card


def text_of(card: Card) -> str:
    return render(card, Wording(labels={"director": "部長以上"})).text


def actions_of(message: Rendered) -> list[str]:
    rows = [block["elements"] for block in message.blocks if block["type"] == "actions"]
    return [element["action_id"] for row in rows if isinstance(row, list) for element in row]


def test_new_handoff_in_english() -> None:
    assert text_of(card_in("en")) == dedent("""\
        New handoff: 青葉商事 山田 太郎
        *Deadline*: accept: by Wed 1 Apr, 12:15 (JST)
        *Stage*: MQL
        *Owner*: Sato (Inside Sales)
        *Title*: 部長
        *Source*: website
        *Why now*: score 72
        • 部長以上 +20
        • case study +15 (1 Apr)
        *Said before*
        • 1 Apr call, Kato: 来期の予算で検討中
        • 1 Apr demo request: デモを見たい
        *What to do*: Accept the lead, or touch it (call, e-mail, meeting): a touch accepts it.""")


def test_new_handoff_in_japanese() -> None:
    assert text_of(card_in("ja")) == dedent("""\
        新しい引き渡し：青葉商事 山田 太郎 様
        *期限* 受諾：4月1日（水）12:15まで（JST）
        *ステージ* MQL
        *担当者* Sato（インサイドセールス）
        *役職* 部長
        *流入元* Webサイト
        *なぜ今か* スコア 72
        • 部長以上 +20
        • case study +15（4月1日）
        *これまでの経緯*
        • 4月1日 通話、Kato：来期の予算で検討中
        • 4月1日 デモ依頼：デモを見たい
        *次にすること* 受諾してください。電話・メール・面談をすれば、それが受諾になります。""")


def test_accepted_handoff_says_by_whom_and_what_comes_next() -> None:
    story = told_in("ja")
    (notice,) = story.decides("handoff.changed", status="accepted", owner_id="rep-1")
    lines = text_of(notice.card).splitlines()
    assert lines[1] == "*現在* Satoさんが受諾しました（4月1日（水）12:00）"
    assert lines[-1] == "*次にすること* 次の連絡をしてください。ボタンで記録できます。"
    assert actions_of(render(notice.card)) == ["connected", "attempted", "qualify", "recycle", "snooze"]


def test_breach_told_to_the_manager_in_english() -> None:
    story = told_in("en")
    (notice,) = story.decides(
        "clock.breached", clock="accept", owner_id="rep-1", due_at=DUE, action="notify", target="manager"
    )
    message = render(notice.card)
    assert message.text.startswith(
        "Deadline missed: 青葉商事 山田 太郎\n*Deadline*: accept: by Wed 1 Apr, 12:15 (JST)\n"
    )
    assert message.text.endswith("*What to do*: Ask Sato what is in the way, or change the owner.")
    assert actions_of(message) == ["acknowledge"]


def test_previous_owner_reads_who_has_the_lead_now_and_why() -> None:
    story = told_in("ja")
    notices = story.decides(
        "lead.reassigned", attempt=2, owner_id="rep-2", previous_owner_id="rep-1", reason="clock.breached:accept"
    )
    moved = text_of(notices[-1].card).splitlines()
    assert moved[0] == "担当変更（Katoさんが担当です）：青葉商事 山田 太郎 様"
    assert "*理由* 期限超過（受諾）" in moved
    assert text_of(notices[0].card).splitlines()[1] == "*現在* 担当はKatoさんに変わりました（4月1日（水）12:00）"


def test_owner_can_press_everything_while_the_handoff_is_not_accepted() -> None:
    assert actions_of(render(card_in("en"))) == [
        "accept",
        "connected",
        "attempted",
        "qualify",
        "reject",
        "recycle",
        "snooze",
    ]


def test_lead_of_field_sales_cannot_be_made_an_sql_again() -> None:
    assert "qualify" not in actions_of(render(replace(card_in("en"), team="fs")))


@pytest.mark.parametrize("what", ["met", "corrected", "cancelled", "touched", "moved", "assigned", "rejected", "done"])
def test_ended_situation_has_nothing_to_press_and_no_deadline(what: str) -> None:
    card = replace(card_in("en"), outcome=Outcome(what, NOON, "Sato"))
    message = render(card)
    assert actions_of(message) == []
    assert "*Deadline*" not in message.text
    assert "*What to do*" not in message.text


def test_buttons_name_the_lead_its_cycle_and_the_attempt() -> None:
    (buttons, selects) = (block for block in render(card_in("en")).blocks if block["type"] == "actions")
    assert isinstance(buttons["elements"], list)
    assert {button["value"] for button in buttons["elements"]} == {"1:1:lead-42"}
    assert selects["block_id"] == "1:1:lead-42"


def test_deadline_is_shown_in_the_zone_of_the_rep() -> None:
    card = replace(card_in("en"), zone="Europe/London")
    assert "accept: by Wed 1 Apr, 04:15 (BST)" in render(card).text


def test_unknown_lead_is_named_by_its_id() -> None:
    story = Story()
    (notice,) = story.decides("lead.assigned", owner_id="rep-1")
    assert render(notice.card).text.startswith("New handoff: lead lead-42\n")


def test_what_a_lead_writes_can_mention_nobody_and_link_nowhere() -> None:
    hostile = "<!channel> <@U1> <https://evil.example|予算> & *x*\n> quote"
    card = replace(
        card_in("en"),
        name=hostile,
        company=hostile,
        title=hostile,
        department=hostile,
        phone=hostile,
        email=hostile,
        source=hostile,
        detail=hostile,
        lead_id=hostile,
        reasons=(Reason(hostile, 1.0, NOON),),
        notes=(Note(NOON, hostile, hostile, hostile),),
        promises=(Note(NOON, hostile, hostile, hostile, due_at=NOON),),
        earlier=(EarlierCycle(1, hostile, hostile, NOON),),
        open_elsewhere=((hostile, hostile, NOON),),
        outcome=Outcome("done", NOON, hostile, hostile, hostile),
    )
    message = render(card, footer=hostile)
    shown = [block for block in message.blocks if block["type"] != "actions"]
    assert "<" not in message.text
    assert "<" not in str(shown)
    assert "&lt;!channel&gt; &lt;@U1&gt;" in message.text
    sections = [block["text"] for block in message.blocks if block["type"] == "section"]
    assert all(isinstance(text, dict) and text["verbatim"] is True for text in sections)


@settings(deadline=None)
@given(st.text(max_size=80), st.integers(min_value=1, max_value=40))
def test_escaped_text_is_one_line_within_its_length_and_free_of_markup(text: str, longest: int) -> None:
    shown = escaped(text, longest)
    assert len(shown) <= longest
    assert not set(shown) & set("<>\n\r\t")
    assert shown.replace("&amp;", "").replace("&lt;", "").replace("&gt;", "").count("&") == 0


@settings(deadline=None)
@given(st.text(alphabet="&<>あa ", min_size=1, max_size=4000))
def test_card_of_the_longest_texts_still_fits_what_slack_takes(text: str) -> None:
    card = replace(
        card_in("ja"),
        name=text[:200],
        company=text[:200],
        title=text[:200],
        department=text[:200],
        phone=text[:200],
        email=text[:200],
        promises=tuple(Note(NOON, text, text, text, due_at=NOON) for _ in range(5)),
        earlier=tuple(EarlierCycle(9, text, text, NOON) for _ in range(3)),
        open_elsewhere=tuple((text, text, NOON) for _ in range(9)),
        owner=text,
        other=text,
        source=text,
        detail=text,
        lead_id=("x" + text)[:200],
        notes=tuple(Note(NOON, text, text, text) for _ in range(3)),
        reasons=tuple(Reason(text, 1e6, NOON) for _ in range(3)),
        deadlines=tuple((text, NOON) for _ in range(9)),
        outcome=Outcome("accepted", NOON, text),
    )
    message = render(card, footer=text)
    sections = [block["text"] for block in message.blocks if block["type"] == "section"]
    assert len(message.blocks) <= 50
    assert max(len(str(shown["text"])) for shown in sections if isinstance(shown, dict)) <= 3000


@pytest.mark.parametrize("locale", WORDS)
@pytest.mark.parametrize(
    "kind", ["assigned", "reassigned", "again", "moved", "reminder", "breach", "waiting", "returned", "stale"]
)
@pytest.mark.parametrize("role", ["owner", "manager", "channel", "fallback", "rep"])
def test_every_kind_of_card_can_be_shown_to_everybody(locale: Locale, kind: Kind, role: str) -> None:
    text = render(replace(card_in("en"), locale=locale, kind=kind, role=role)).text
    assert "{" not in text


@pytest.mark.parametrize("locale", WORDS)
def test_both_languages_say_the_same_things(locale: Locale) -> None:
    english, other = vars(WORDS["en"]), vars(WORDS[locale])
    for name, words in english.items():
        if isinstance(words, dict):
            assert other[name].keys() == words.keys()


def test_repeated_message_is_marked_and_figures_can_be_labelled() -> None:
    message = render(card_in("en"), repeated=True, footer="simulated figures")
    assert message.text.endswith("\n(possible repeat)")
    context = [element["text"] for element in message.blocks[-1]["elements"]]
    assert context == ["Lead: lead-42", "(possible repeat)", "simulated figures"]


def test_reasons_to_reject_are_those_of_the_playbook() -> None:
    message = render(card_in("en"), Wording(reject_reasons={"region": "Wrong region"}))
    row = message.blocks[-2]["elements"]
    assert isinstance(row, list)
    assert [option["value"] for option in row[0]["options"]] == ["region"]
