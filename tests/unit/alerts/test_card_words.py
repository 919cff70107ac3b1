"""What reps read are words: no code of ours, and none that is known from activities."""

import re
from dataclasses import replace

import pytest

from services.alerts.cards import render
from services.alerts.kinds import Kind
from services.alerts.notices import Card
from services.alerts.state import EarlierCycle, Note, Reason
from services.alerts.texts import WORDS
from services.alerts.wording import Wording
from shared.events.activities import RepAction
from shared.events.event import type_registry
from shared.events.lifecycle import MOVES
from shared.locales import Locale
from tests.unit.alerts.alert_stories import DUE, NOON

CODE = re.compile(r"[a-z]+[._:][a-z_.]+")
ACTIONS = sorted(name for name, data in type_registry.items() if issubclass(data, RepAction))
GIVEN = sorted({code for words in WORDS.values() for code in (*words.reject_reasons, *words.recycle_reasons)})
ROUTED = ["not_mine", "rejected", "expansion", "owner.changed", "clock.breached:first_touch", *MOVES]
KINDS: tuple[Kind, ...] = ("assigned", "reassigned", "again", "moved", "breach", "returned", "stale")


def card(kind: Kind, locale: Locale) -> Card:
    return Card(kind, "warning", "owner", locale, "Asia/Tokyo", "lead-42", "is", 1, 1, NOON, name="山田", owner="Sato")


def codes_in(shown: Card) -> list[str]:
    return CODE.findall(render(shown).text)


@pytest.mark.parametrize("locale", WORDS)
@pytest.mark.parametrize("kind", KINDS)
def test_no_reason_is_shown_as_a_code(kind: Kind, locale: Locale) -> None:
    shown = {code: codes_in(replace(card(kind, locale), detail=code)) for code in {*ROUTED, *GIVEN, *ACTIONS}}
    assert {code: found for code, found in shown.items() if found} == {}


@pytest.mark.parametrize("locale", WORDS)
def test_no_note_shows_the_type_of_its_activity_or_its_reason_as_a_code(locale: Locale) -> None:
    notes = [
        Note(NOON, name, reason, "Kato") for name in ACTIONS for reason in (*GIVEN, "lead.returned", "price_level")
    ]
    shown = {note: codes_in(replace(card("assigned", locale), notes=(note,))) for note in notes}
    assert [note for note, found in shown.items() if found] == []


@pytest.mark.parametrize("locale", WORDS)
def test_rules_clocks_and_sources_without_a_label_are_shown_as_words(locale: Locale) -> None:
    unlabelled = replace(
        card("breach", locale),
        source="trade_show",
        reasons=(Reason("case_study", 15, NOON),),
        deadlines=(("accept_hand_raise", DUE),),
    )
    assert codes_in(unlabelled) == []


@pytest.mark.parametrize("source", ["exhibition", "web", "webinar", "referral", "ad", "Web"])
def test_usual_sources_have_japanese_words(source: str) -> None:
    assert f"*流入元* {source}\n" not in f"{render(replace(card('assigned', 'ja'), source=source)).text}\n"


def test_source_goes_by_the_playbooks_word_first() -> None:
    named = Wording(labels={"exhibition": "展示会（春）"})
    assert "*流入元* 展示会（春）" in render(replace(card("assigned", "ja"), source="exhibition"), named).text


@pytest.mark.parametrize("kind", KINDS)
def test_japanese_card_has_no_half_width_commas_or_brackets(kind: Kind) -> None:
    notes = tuple(Note(NOON, name, "予算がない", "高橋", "other", due_at=DUE) for name in ACTIONS)
    shown = replace(
        card(kind, "ja"),
        notes=notes,
        promises=notes,
        reasons=(Reason("価格表", 15, NOON),),
        earlier=(EarlierCycle(1, "recycled", "no_budget", NOON),),
        open_elsewhere=(("fs", "accept", DUE),),
        phone="03-1234-5678",
        email="yamada@aoba.example",
    )
    assert re.findall(r"[,()]| – ", render(shown).text) == []


@pytest.mark.parametrize("code", [*MOVES, "not_mine", "rejected", "expansion", "owner.changed"])
def test_every_reason_of_a_new_owner_has_words_of_its_own_in_every_language(code: str) -> None:
    assert [locale for locale, words in WORDS.items() if code not in words.reasons] == []


def test_what_a_rep_wrote_is_shown_as_it_was_written() -> None:
    for text in ("see example.com at 10:30", "example.com", "10.5", "明日_連絡"):
        shown = replace(card("assigned", "en"), notes=(Note(NOON, "call.connected", text, "Kato"),))
        assert f"Kato: {text}" in render(shown).text
