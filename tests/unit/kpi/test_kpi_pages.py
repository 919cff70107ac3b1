"""The pages: the same screen in both languages, nothing foreign in it, a number beside every name."""

import re
from collections import Counter
from html.parser import HTMLParser

import pytest

from services.kpi.counting import counts
from services.kpi.pages import render_leads, render_page
from services.kpi.pages.parts import length
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
    shown = [re.sub("<[^>]+>", "", length(seconds, Words("en"))) for seconds in (None, 45, 720, 12_600)]
    assert shown == ["–", "45 s", "12 min", "3.5 h"]
