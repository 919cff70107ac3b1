"""The pages: the same screen in both languages, nothing foreign in it, a number beside every name."""

import re
from collections import Counter
from html.parser import HTMLParser

import pytest

from services.kpi.counting import counts
from services.kpi.pages import render_leads, render_page
from services.kpi.pages.parts import length, short_money
from services.kpi.pages.words import WORDS, Words
from services.kpi.playbook import KpiPlaybook
from services.kpi.standing import Standing, standing
from services.kpi.stuck import stage_counts
from services.kpi.views import LeadFilter, leads_view, page_view
from tests.unit.kpi.kpi_events import HOUR, MONDAY, assigned, clock, entered, event, facts_of, qualified

EVIL = '<script>alert("x")</script>'
VOID = {"meta", "link", "br", "img", "input", "hr"}
PLAYBOOK = KpiPlaybook(company="Minato & Co", rep_names={"rep-1": "Sato"})


class WellFormed(HTMLParser):
    """Fails on a tag that is closed out of turn or never."""

    def __init__(self):
        super().__init__()
        self.open = []

    def handle_starttag(self, tag, attrs):
        if tag not in VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag, attrs):
        pass

    def handle_endtag(self, tag):
        assert self.open.pop() == tag


def text_of(html):
    return re.sub("<[^>]+>", "", html)


def a_page(*, lang="en", label=None, beside="", owner="rep-1", **options):
    facts = facts_of(
        event("web.visited", MONDAY, lead_source=EVIL),
        qualified(),
        entered("mql"),
        assigned(owner=owner),
        clock("breached", MONDAY + HOUR, owner=owner),
    )
    leads = [standing("lead-1", facts), Standing("lead-2", "lead")]
    view = page_view(leads[:1], stage_counts(leads), counts(facts, PLAYBOOK), MONDAY + 3 * HOUR, PLAYBOOK, **options)
    return render_page(view, lang, label, beside)


def an_empty_page(lang):
    return render_page(page_view([], Counter(), Counter(), MONDAY, KpiPlaybook()), lang)


def a_list(**options):
    leads = [Standing(EVIL, "mql", owner="rep-1", status="assigned", idle_since=MONDAY, breached=True)]
    return render_leads(leads_view(leads, 1, LeadFilter(stage="mql"), MONDAY + HOUR, PLAYBOOK), "en", **options)


def test_first_sentence_answers_what_is_stuck():
    page = a_page()
    assert "1 lead is past its deadline." in page
    assert "3.0 working hours, at MQL, with Sato" in page


def test_japanese_page_is_japanese():
    page = a_page(lang="ja")
    assert '<html lang="ja">' in page
    assert "期限超過のリードが1件あります。" in page


@pytest.mark.parametrize("lang", ["en", "ja"])
def test_page_of_a_company_without_leads_is_shown_calmly(lang):
    page = an_empty_page(lang)
    assert Words(lang)("nothing_in_hand") in page
    WellFormed().feed(page)


@pytest.mark.parametrize("page", [a_page, a_list])
def test_what_others_wrote_never_becomes_markup(page):
    assert EVIL not in page()
    assert "&lt;script&gt;" in page()


@pytest.mark.parametrize("page", [a_page, a_list])
def test_page_is_well_formed_and_loads_nothing_from_elsewhere(page):
    html = page(label="Simulated data")
    parser = WellFormed()
    parser.feed(html)
    assert parser.open == []
    assert not re.findall(r'(?:src|href)="(?!data:)(?:[a-z]+:)?//', html)
    assert "@import" not in html


@pytest.mark.parametrize("page", [a_page, a_list])
def test_label_stands_on_every_screen(page):
    assert "Simulated data" in page(label="Simulated data")
    assert 'class="label"' not in page()


def test_every_table_has_a_caption_and_headers():
    tables = re.findall(r"<table.*?</table>", a_page(), re.DOTALL)
    assert tables
    assert all("<caption" in table and 'scope="col"' in table and 'scope="row"' in table for table in tables)


def test_number_opens_the_leads_behind_it_in_the_same_language():
    assert 'href="/leads?stage=mql&amp;team=is&amp;owner=rep-1&amp;lang=ja"' in a_page(lang="ja")


def test_owner_with_an_odd_id_is_still_reachable():
    assert "owner=a%26b%22+c" in a_page(owner='a&b" c')


def test_language_link_keeps_the_choice_of_leads():
    assert 'href="/leads?stage=mql&amp;lang=ja"' in a_list()


def test_slack_cards_stand_beside_the_numbers():
    assert '<aside class="beside"><b>DM</b></aside>' in a_page(beside="<b>DM</b>")
    assert "<aside" not in a_page()


def test_page_refreshes_itself_only_when_asked_to():
    assert 'data-seconds="5"' in a_page(refresh_seconds=5)
    assert "<script" not in a_page()


def test_chosen_period_is_marked():
    assert re.search(r'days=30[^>]*aria-current="true"', a_page(period_days=30))


def test_every_word_is_there_in_both_languages():
    assert all(english and japanese for english, japanese in WORDS.values())
    fields = re.compile(r"{(\w+)}")
    assert all(set(fields.findall(english)) == set(fields.findall(japanese)) for english, japanese in WORDS.values())


def test_lengths_are_told_in_the_unit_that_people_use():
    shown = [text_of(length(seconds, Words("en"))) for seconds in (None, 45, 720, 12_600)]
    assert shown == ["–", "under 1 min", "12 min", "3.5 h"]


def test_an_answer_within_the_minute_is_not_told_as_no_time_at_all():
    assert text_of(length(0, Words("ja"))) == "1分未満"


@pytest.mark.parametrize(
    ("lang", "sums", "shown"),
    [
        ("ja", {"JPY": 161_220_000}, "1.61億円"),
        ("ja", {"JPY": 12_300_000}, "12.3百万円"),
        ("ja", {"JPY": 950_000}, "950,000円"),
        ("ja", {"USD": 2_500_000}, "USD 2.50百万"),
        ("en", {"JPY": 161_220_000}, "JPY 161M"),
        ("en", {"EUR": 2_500}, "EUR 2,500"),
        ("en", {}, "–"),
    ],
)
def test_large_sum_fits_its_place_in_a_unit_that_people_use(lang, sums, shown):
    assert text_of(short_money(sums, Words(lang))) == shown


def test_exact_sum_is_told_beside_the_short_one():
    assert 'title="JPY 161,220,000"' in short_money({"JPY": 161_220_000}, Words("ja"))


def test_clock_and_source_are_called_as_the_company_calls_them():
    words = Words("ja", {"first_contact": "初回連絡", "exhibition": "展示会（春）"})
    assert words.coded("clock", "first_contact") == "初回連絡"
    assert words.coded("source", "exhibition") == "展示会（春）"


def test_usual_source_has_a_word_and_an_unusual_one_no_underscores():
    words = Words("ja")
    assert [words.coded("source", code) for code in ("exhibition", "Referral", "ad")] == ["展示会", "紹介", "広告"]
    assert words.coded("source", "spring_fair") == "spring fair"


def test_page_shows_no_raw_code_of_a_clock_or_a_source():
    facts = facts_of(
        event("web.visited", MONDAY, lead_source="exhibition"),
        entered("mql"),
        assigned(),
        clock("breached", MONDAY + HOUR, name="first_contact"),
    )
    playbook = KpiPlaybook(labels={"first_contact": "初回連絡"})
    page = render_page(page_view([], Counter(), counts(facts, playbook), MONDAY, playbook), "ja")
    assert "初回連絡" in page
    assert "展示会" in page
    assert "first_contact" not in page
    assert "exhibition" not in page


def test_clocks_of_a_team_that_are_called_alike_are_told_apart():
    facts = facts_of(
        assigned(),
        clock("breached", name="accept"),
        clock("breached", name="accept_hand_raise"),
        clock("met", name="b", met_at=MONDAY),
    )
    playbook = KpiPlaybook(labels={"accept": "受諾", "accept_hand_raise": "受諾", "b": "次"})
    page = render_page(page_view([], Counter(), counts(facts, playbook), MONDAY, playbook), "ja")
    assert "インサイドセールス · accept_hand_raise" in page
    assert "インサイドセールス · b" not in page


def test_range_of_the_days_is_told():
    assert "2026-04-06 to 2026-04-06" in a_page()


def test_leads_that_nobody_has_touched_for_too_long_are_not_called_on_track():
    lead = Standing("lead-1", "sql", team="fs", owner="rep-1", idle_since=MONDAY, stale=True)
    page = render_page(page_view([lead], Counter(sql=1), Counter(), MONDAY + 60 * HOUR, PLAYBOOK), "ja")
    assert "放置 1" in page
    assert "順調" not in page


def a_named_list(playbook=PLAYBOOK, **names):
    lead = Standing("lead/1&2", "mql", owner="rep-1", idle_since=MONDAY, **names)
    return render_leads(leads_view([lead], 1, LeadFilter(), MONDAY + HOUR, playbook), "ja")


def test_list_names_the_company_and_the_person():
    page = a_named_list(company="青和精機 & Co", person="山口 誠")
    assert "青和精機 &amp; Co" in page
    assert "山口 誠" in page


def test_lead_id_leads_to_the_crm_where_the_playbook_says_where_that_is():
    linked = a_named_list(KpiPlaybook(lead_page="https://crm.example.com/leads/{lead_id}?a=1&b=2"))
    assert 'href="https://crm.example.com/leads/lead%2F1%262?a=1&amp;b=2"' in linked
    assert "crm.example" not in a_named_list()


def test_a_single_lead_is_counted_as_one():
    assert "1 lead." in a_list()
