"""Slack cards on the demo's page: shown as Slack would, whatever a lead put into them."""

from collections.abc import Mapping
from datetime import UTC, datetime

from services.demo.blocks import marked, rendered
from services.demo.page import cards
from services.demo.show import Show, Told
from services.demo.slack import SlackMessage
from shared.locales import Locale

AT = datetime(2026, 4, 15, tzinfo=UTC)
BUTTON: Mapping[str, object] = {
    "type": "button",
    "action_id": "accept",
    "style": "primary",
    "value": "1:1:lead-1",
    "text": {"type": "plain_text", "text": "受諾する"},
}
SELECT: Mapping[str, object] = {
    "type": "static_select",
    "action_id": "reject",
    "placeholder": {"type": "plain_text", "text": "辞退する…"},
    "options": [{"value": '"><script>', "text": {"type": "plain_text", "text": "<b>他</b>"}}],
}


def a_message(*blocks: Mapping[str, object], text: str = "新しい引き渡し", ts: str = "1.000001") -> SlackMessage:
    return SlackMessage("D0REP03", ts, text, blocks)


def a_show(lang: Locale = "ja") -> tuple[Show, list[Told]]:
    lines: list[Told] = []
    return Show(lang, {"D0REP03": "高橋 翔太"}, lambda: AT, lines.append), lines


def test_markup_in_a_leads_own_words_is_shown_and_not_obeyed() -> None:
    html = rendered(a_message({"type": "section", "text": {"type": "mrkdwn", "text": "<img src=x onerror=alert(1)>"}}))

    assert "<img" not in html
    assert "&lt;img" in html


def test_what_slack_escaped_is_not_escaped_twice() -> None:
    assert marked("A &amp; B &lt;C&gt;") == "A &amp; B &lt;C&gt;"


def test_bold_and_line_ends_are_shown() -> None:
    assert marked("*期限* 14:00\n次") == "<b>期限</b> 14:00<br>次"


def test_a_button_is_a_form_that_names_its_message_and_action() -> None:
    html = rendered(a_message({"type": "actions", "elements": [BUTTON]}))

    assert 'action="/press"' in html
    assert 'name="channel" value="D0REP03"' in html
    assert 'name="action" value="accept"' in html
    assert '<button class="primary">受諾する</button>' in html


def test_choices_are_escaped_in_their_value_and_in_their_words() -> None:
    html = rendered(a_message({"type": "actions", "elements": [SELECT]}))

    assert "<script>" not in html
    assert "&lt;b&gt;他&lt;/b&gt;" in html


def test_a_block_of_an_unknown_kind_is_passed_over() -> None:
    assert rendered(a_message({"type": "rich_text", "elements": []})) == ""


def test_a_message_without_blocks_shows_its_text() -> None:
    assert rendered(a_message(text="お知らせ<b>")) == "<p>お知らせ&lt;b&gt;</p>"


def test_the_newest_card_stands_first_under_the_name_of_whom_it_was_sent_to() -> None:
    show, _ = a_show()
    show.keep(a_message(text="first", ts="1.000001"))
    show.keep(a_message(text="second", ts="1.000002"))
    html = cards(show, "ja")

    assert html.index("second") < html.index("first")
    assert "→ 高橋 翔太" in html


def test_the_guided_leads_card_stays_on_top() -> None:
    show, _ = a_show()
    show.pinned_lead = "lead-guided"
    context = {"type": "context", "elements": [{"type": "mrkdwn", "text": "リード：lead-guided"}]}
    show.keep(a_message(context, ts="1.000001"))
    show.keep(a_message(text="second", ts="1.000002"))

    assert [card.message.ts for card in show.latest(2)] == ["1.000001", "1.000002"]
    assert "あなたが担当です" in cards(show, "ja")


def test_an_updated_message_is_the_same_card_and_says_so() -> None:
    show, _ = a_show(lang="en")
    show.keep(a_message())
    show.keep(SlackMessage("D0REP03", "1.000001", "受諾", revision=1))

    assert (show.posted, show.updated) == (1, 1)
    assert cards(show, "en").count("<article") == 1
    assert "(updated)" in cards(show, "en")


def test_the_narration_is_escaped_and_said_in_the_readers_language() -> None:
    show, _ = a_show()
    show.say("<i>English</i>", "日本語")

    assert "日本語" in cards(show, "ja")
    assert "&lt;i&gt;English&lt;/i&gt;" in cards(show, "en")


def test_the_time_to_the_first_card_is_told_once() -> None:
    show, lines = a_show()
    show.keep(a_message(ts="1.000001"))
    show.keep(a_message(ts="1.000002"))

    assert sum("first Slack card" in line.en for line in lines) == 1
    assert show.first_card_seconds is not None


def test_links_of_ours_are_links_and_those_of_a_lead_are_text() -> None:
    ours = "*連絡先* <tel:0312345678|03-1234-5678> <https://crm.example.com/a?b=1&amp;c=2|CRMで開く>"
    assert marked(ours) == (
        '<b>連絡先</b> <a href="tel:0312345678" rel="noreferrer">03-1234-5678</a> '
        '<a href="https://crm.example.com/a?b=1&amp;c=2" rel="noreferrer">CRMで開く</a>'
    )
    assert marked("&lt;https://example.com|x&gt;") == "&lt;https://example.com|x&gt;"
    assert "<a" not in marked("<javascript:alert(1)|x>")
