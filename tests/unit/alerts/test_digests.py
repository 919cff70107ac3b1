from dataclasses import replace
from textwrap import dedent

import pytest

from services.alerts.cards import MOST_GATHERED, digest
from tests.unit.alerts.alert_stories import NOON, assigned_to, later

CARD = assigned_to().notices[-1].card


def test_many_messages_become_one_with_a_line_each_the_oldest_first() -> None:
    old, new = CARD, replace(CARD, kind="stale", at=later(NOON, hours=1))
    assert digest([new, old]).text == dedent("""\
        2 messages for you
        • New handoff: 青葉商事 山田 太郎
        • Stale: 青葉商事 山田 太郎""")


def test_fullest_digest_shows_every_message_and_still_fits() -> None:
    longest = replace(CARD, locale="ja", name="&" * 200, company="&" * 200, other="&" * 200, kind="moved")
    message = digest([longest] * MOST_GATHERED, footer="simulated")
    sections = [str(block["text"]["text"]) for block in message.blocks if block["type"] == "section"]
    assert sum(text.count("•") for text in (message.text, *sections)) == 2 * MOST_GATHERED
    assert len(message.blocks) <= 50
    assert max(map(len, sections)) <= 3000
    assert len(message.text) <= 40_000


@pytest.mark.parametrize("count", [0, MOST_GATHERED + 1])
def test_digest_that_could_not_show_every_message_is_refused(count: int) -> None:
    with pytest.raises(ValueError, match="1 to 150"):
        digest([CARD] * count)
