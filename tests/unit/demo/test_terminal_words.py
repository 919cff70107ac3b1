"""The terminal speaks the language that was asked for, and breaks no name."""

import re
from datetime import UTC, datetime
from io import StringIO
from typing import Final

import pytest
from rich.cells import cell_len
from rich.console import Console
from rich.table import Table

from services.demo import phrases
from services.demo.show import LABEL, STARTING, STEPS_JA, Show, Told, in_both
from services.demo.tables import funnel, stuck
from services.demo.wrapping import wrapped
from services.kpi.stuck import FunnelStage, ShownStage, StuckRow
from services.local.steps import SystemStep
from shared.embedded.steps import ServerStep
from shared.locales import Locale

AT = datetime(2026, 4, 14, 9, 0, tzinfo=UTC)
NAMES = ("高橋 翔太", "鈴木 美咲")
JAPANESE = re.compile(r"[ぁ-んァ-ヶ一-龠]")
CARD = "カードは高橋 翔太さんへ。あなたの番です：「受諾する」を押すか、放置して何が起こるか見てください。"
MOVED = "A lead that 高橋 翔太 left lying goes to 鈴木 美咲."
NARRATED = (CARD, MOVED, "会社全体が動き出します（60倍速、夜間はスキップ）。")

STAGES: Final[tuple[ShownStage, ...]] = ("lead", "nurturing", "mql", "sql", "opportunity", "customer")


def placeholders(template: str) -> set[str]:
    return set(re.findall(r"\{(\w+)", template))


def test_every_step_of_the_start_has_japanese_words_with_the_same_values() -> None:
    assert set(STEPS_JA) == {*ServerStep, *SystemStep}
    for english, japanese in STEPS_JA.items():
        assert placeholders(japanese) == placeholders(english)


@pytest.mark.parametrize(
    "told",
    [
        LABEL,
        STARTING,
        phrases.EVENTS_A_SECOND,
        phrases.SECONDS,
        phrases.FIRST_CARD,
        phrases.STOP_HINT,
        phrases.STOPPING,
        phrases.STOPPED,
        phrases.address("http://127.0.0.1:20001/", 8765, 20001),
        in_both(ServerStep.CREATING.of()),
        in_both(ServerStep.READY.of(name="Kafka", address="127.0.0.1:20001", seconds=2.51)),
    ],
    ids=lambda told: told.en,
)
def test_what_is_said_in_english_holds_no_japanese_and_the_other_way_round(told: Told) -> None:
    assert not JAPANESE.search(told.en)
    assert JAPANESE.search(told.ja)


def test_steps_and_days_are_said_in_the_language_of_the_line() -> None:
    lines: list[Told] = []
    show = Show("ja", {}, lambda: AT, lines.append)
    show.step(ServerStep.CREATING.of())
    show.say("A card.", "名刺です。")

    assert lines[0].ja.endswith("秒  Postgresのデータフォルダーを作成しています（初回のみ）")
    assert lines[0].en.endswith("s  creating Postgres' data folder (once)")
    assert lines[1] == Told("Tue 09:00  A card.", "火 09:00  名刺です。")


def test_the_start_says_where_the_page_is_when_its_port_is_taken() -> None:
    assert phrases.address("http://127.0.0.1:8765/", 8765, 8765).en == "http://127.0.0.1:8765/"
    assert phrases.address("http://127.0.0.1:20001/", 0, 20001).en == "http://127.0.0.1:20001/"
    assert "port 8765 is taken" in phrases.address("http://127.0.0.1:20001/", 8765, 20001).en


@pytest.mark.parametrize("text", NARRATED)
@pytest.mark.parametrize("width", range(24, 100))
def test_a_line_never_breaks_inside_a_name(text: str, width: int) -> None:
    lines = wrapped(text, width, NAMES)

    assert [name for name in NAMES if name in text and not any(name in line for line in lines)] == []
    assert "".join(lines).replace(" ", "") == text.replace(" ", "")


@pytest.mark.parametrize("width", range(44, 100))
def test_lines_keep_to_the_width(width: int) -> None:
    assert all(cell_len(line) <= width for text in NARRATED for line in wrapped(text, width, NAMES))


def printed(*tables: Table) -> list[str]:
    console = Console(width=80, file=StringIO())
    with console.capture() as capture:
        console.print(*tables)
    return capture.get().splitlines()


def tables(lang: Locale, count: int, owners: int) -> list[str]:
    stages = [FunnelStage(stage, count) for stage in STAGES]
    rows = [StuckRow("opportunity", "fs", "rep", count, count / 3, count, 0) for _ in range(owners)]
    return printed(funnel(stages, lang), stuck(rows, {"rep": "長谷川 健一郎"}, lang))


@pytest.mark.parametrize("lang", ["ja", "en"])
def test_columns_keep_their_width_and_their_headings_whatever_is_in_them(lang: Locale) -> None:
    quiet, busy = tables(lang, 0, 0), tables(lang, 99_999, 8)

    assert [line for line in quiet if "┳" in line] == [line for line in busy if "┳" in line]
    assert not any("…" in line for line in busy)
