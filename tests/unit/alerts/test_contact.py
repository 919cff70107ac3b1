"""How a rep reaches the lead from a card: what can be called or written is a link, and nothing else is one."""

import re
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from services.alerts.cards import LONGEST_LINK, MOST_GATHERED, digest, render
from services.alerts.contact import mail, telephone
from services.alerts.lead_link import lead_page, mistakes_in
from services.alerts.notices import Card
from services.alerts.playbook import AlertsFile, AlertsPlaybook
from services.alerts.wording import Wording
from shared.locales import Locale
from tests.unit.alerts.alert_stories import ALERTS, NOON, Story, assigned_to, later, playbook

CRM = "https://crm.example.com/leads/{lead_id}"
LINKED = Wording(lead_link=CRM)
LINK = re.compile(r"<(?:tel:\+?[0-9]+\|[0-9+() .-]+|mailto:[A-Za-z0-9._+@-]+\|[A-Za-z0-9._+@-]+)>")


def card(locale: Locale = "en") -> Card:
    story = Story(rules=playbook(f"{ALERTS}\nlocale: {locale}"))
    story.happens(
        "profile.updated", NOON, phone="03-1234-5678", email="yamada@aoba.example", department="情報システム部"
    )
    return assigned_to(story=story).notices[-1].card


@pytest.mark.parametrize(
    ("locale", "lines"),
    [
        (
            "en",
            [
                "*Contact*: <tel:0312345678|03-1234-5678>, <mailto:yamada@aoba.example|yamada@aoba.example>",
                "<https://crm.example.com/leads/lead-42|Open in CRM>",
                "*Department*: 情報システム部",
            ],
        ),
        (
            "ja",
            [
                "*連絡先* <tel:0312345678|03-1234-5678>、<mailto:yamada@aoba.example|yamada@aoba.example>",
                "<https://crm.example.com/leads/lead-42|CRMで開く>",
                "*部署* 情報システム部",
            ],
        ),
    ],
)
def test_card_tells_how_to_reach_the_lead(locale: Locale, lines: list[str]) -> None:
    shown = render(card(locale), LINKED).text.splitlines()
    assert [line for line in shown if line in lines] == lines


def test_telephone_of_the_packet_serves_until_the_profile_itself_is_read() -> None:
    packet = {"phone": "+81 3 1234 5678", "email": "yamada@aoba.example", "department": "情報システム部"}
    (notice,) = Story().decides("lead.assigned", owner_id="rep-1", packet=packet)
    assert (notice.card.phone, notice.card.email) == ("+81 3 1234 5678", "yamada@aoba.example")
    assert "*Department*: 情報システム部" in render(notice.card).text


@pytest.mark.parametrize(
    ("written", "dialled"),
    [
        ("03-1234-5678", "0312345678"),
        ("０３−１２３４−５６７８", "0312345678"),
        ("(03) 1234-5678", "0312345678"),
        ("03ー1234ー5678", "0312345678"),
        ("+81 (0)3-1234-5678", "+81312345678"),
        ("+44 20 7946 0000", "+442079460000"),
    ],
)
def test_telephone_number_is_dialled_however_it_was_written(written: str, dialled: str) -> None:
    assert telephone(written).startswith(f"<tel:{dialled}|")


@pytest.mark.parametrize(
    "written", ["内線 123", "123", "03-1234-5678 (内線 9)", "+" * 9, "0" * 16, "call me", "1|2345678"]
)
def test_what_is_no_plausible_number_is_shown_as_it_was_written(written: str) -> None:
    assert telephone(written) == written


@pytest.mark.parametrize(
    "written", ["yamada", "a@b", "a b@c.example", "a@b.example,c@d.example", "x@-.e", "@aoba.example"]
)
def test_what_is_no_plausible_address_is_shown_as_it_was_written(written: str) -> None:
    assert mail(written) == written


def test_address_that_is_too_long_to_be_kept_whole_leads_to_nobody() -> None:
    story = Story()
    story.happens("profile.updated", NOON, email=f"a@{'bbbb.' * 60}example")
    (notice,) = story.decides("lead.assigned", owner_id="rep-1")
    assert "mailto:" not in render(notice.card).text


@pytest.mark.parametrize(
    "hostile",
    [
        "<!channel>",
        "<https://evil.example|03-1234-5678>",
        "0312345678><!here>",
        "a@b.example|<!channel>",
        "a@b.example>\n<!channel>",
        "a@b.example?bcc=x@evil.example",
    ],
)
def test_telephone_or_address_can_carry_no_mention_and_no_other_link(hostile: str) -> None:
    for shown in (telephone(hostile), mail(hostile)):
        assert "<" not in shown
        assert "\n" not in shown


@settings(deadline=None)
@given(st.text(alphabet="0123456789+-() .ab@<>!|&\n／ー１０", max_size=40))
def test_whatever_a_lead_gives_is_either_one_whole_link_or_has_no_markup(text: str) -> None:
    for shown in (telephone(text), mail(text)):
        assert LINK.fullmatch(shown) or not set(shown) & set("<>\n")


@pytest.mark.parametrize(
    ("lead_id", "page"),
    [
        ("lead-42", "https://crm.example.com/leads/lead-42"),
        ("a/b?c=d&e#f", "https://crm.example.com/leads/a%2Fb%3Fc%3Dd%26e%23f"),
        ("><!channel>|x", "https://crm.example.com/leads/%3E%3C%21channel%3E%7Cx"),
        ("山田", "https://crm.example.com/leads/%E5%B1%B1%E7%94%B0"),
    ],
)
def test_id_of_the_lead_is_written_as_an_address_needs_it(lead_id: str, page: str) -> None:
    assert lead_page(CRM, lead_id, "Open in CRM") == f"<{page}|Open in CRM>"


def test_ampersand_of_the_crms_address_is_written_as_slack_wants_it() -> None:
    assert lead_page("https://c.example/?a=1&id={lead_id}", "x", "Open") == "<https://c.example/?a=1&amp;id=x|Open>"


def test_address_of_a_page_may_name_the_lead_anywhere_behind_the_host() -> None:
    for template in (CRM, "http://crm.example.com:8080/?id={lead_id}&tab=1", "https://c.example/a#{lead_id}"):
        assert list(mistakes_in(template)) == []


def test_others_than_the_team_read_no_telephone_no_address_and_no_link() -> None:
    message = render(card(), LINKED, discreet=True)
    assert not re.search(r"1234|yamada@|crm\.example|Contact", f"{message.text}{message.blocks}")
    assert "山田 太郎" in message.text


def test_lead_whose_contact_is_not_known_has_no_empty_line_for_it() -> None:
    assert "*Contact*" not in render(replace(card(), phone="", email=""), LINKED).text


def test_digest_links_each_line_to_the_page_of_its_lead() -> None:
    sections = [block["text"] for block in digest([card()], LINKED).blocks if block["type"] == "section"]
    assert [text["text"] for text in sections if isinstance(text, dict)] == [
        "• New handoff: 青葉商事 山田 太郎 <https://crm.example.com/leads/lead-42|Open in CRM>"
    ]


def test_fullest_digest_with_links_still_fits() -> None:
    longest = replace(card("ja"), name="&" * 200, company="&" * 200, other="&" * 200, kind="moved")
    longest = replace(longest, lead_id="x" * (LONGEST_LINK - len(lead_page(CRM, "", "CRMで開く"))))
    message = digest([longest] * MOST_GATHERED, LINKED, footer="simulated")
    sections = [str(block["text"]["text"]) for block in message.blocks if block["type"] == "section"]
    assert sum(text.count("<https://") for text in sections) == MOST_GATHERED
    assert len(message.blocks) <= 50
    assert max(map(len, sections)) <= 3000


def test_link_of_the_playbook_is_the_one_that_cards_show() -> None:
    assert Wording.of(AlertsPlaybook(rules=AlertsFile(lead_link=CRM))).lead_link == CRM


def test_the_source_that_the_packet_tells_gives_way_to_the_first_that_an_activity_tells() -> None:
    story = Story()
    story.decides("lead.assigned", owner_id="rep-1", packet={"lead_source": "expo"})
    story.happens("demo.requested", later(NOON, hours=1), lead_source="expo")
    story.happens("form.submitted", later(NOON, hours=-1), read_at=later(NOON, hours=2), lead_source="web")
    assert story.state.source == (later(NOON, hours=-1), "web")
