"""The demo's playbook speaks the language of the demo and is otherwise the company's own."""

from pathlib import Path

import pytest

from services.alerts.playbook import load
from services.commands.playbooks import check_whole
from services.demo.wording import playbook_in
from shared.locales import Locale
from shared.playbook import PlaybookFolder
from shared.settings import DEPLOY

COMPANY = DEPLOY / "playbook"


@pytest.mark.parametrize("lang", ["ja", "en"])
def test_the_copy_is_a_whole_playbook_in_that_language(tmp_path: Path, lang: Locale) -> None:
    folder = PlaybookFolder.read(playbook_in(lang, COMPANY, tmp_path / "playbook"))

    check_whole(folder)
    assert load(folder).locale == lang


@pytest.mark.parametrize(("lang", "words"), [("ja", "導入事例のダウンロード"), ("en", "downloaded a case study")])
def test_cards_name_rules_and_clocks_in_words(tmp_path: Path, lang: Locale, words: str) -> None:
    labels = load(PlaybookFolder.read(playbook_in(lang, COMPANY, tmp_path / "playbook"))).rules.labels

    assert labels["case_study"] == words
    assert labels["accept_hand_raise"] != "accept_hand_raise"


def test_the_rules_are_those_of_the_company(tmp_path: Path) -> None:
    original, copy = COMPANY, playbook_in("en", COMPANY, tmp_path / "playbook")

    for name in ("scoring.yaml", "routing.yaml", "sla.yaml", "calendars.yaml", "kpi.yaml"):
        assert (copy / name).read_text() == (original / name).read_text()
