"""What was promised, what happened in earlier cycles, and what runs elsewhere, as the card of a handover tells it."""

import pytest

from services.alerts.cards import render
from services.alerts.notices import Notice
from shared.locales import Locale
from tests.unit.alerts.alert_stories import ALERTS, DUE, Story, playbook, tokyo

MADE = tokyo(1, 10)
UNTIL = tokyo(3, 18)
NEXT = tokyo(2, 13)
CYCLES = [
    {"cycle": 1, "ended": "recycled", "reason": "no_budget", "at": "2025-09-01T03:00:00+00:00"},
    {"cycle": 2, "ended": "lost", "reason": None, "at": "2025-12-01T03:00:00+00:00"},
]


def promised(locale: Locale = "en") -> Story:
    """Sato has promised the price list."""
    story = Story(rules=playbook(f"{ALERTS}\nlocale: {locale}"))
    story.happens("promise.made", MADE, rep_id="rep-1", what="料金表を送る", due_at=UNTIL)
    return story


def lines(notices: list[Notice]) -> list[str]:
    return render(notices[-1].card).text.splitlines()


@pytest.mark.parametrize(
    ("locale", "expected"),
    [
        ("en", ["*Promised*", "• 料金表を送る (Sato, 1 Apr): by Fri 3 Apr, 18:00 (JST)"]),
        ("ja", ["*約束*", "• 料金表を送る（Sato、4月1日）：4月3日（金）18:00まで（JST）"]),
    ],
)
def test_new_owner_reads_what_was_promised_and_until_when(locale: Locale, expected: list[str]) -> None:
    shown = lines(promised(locale).decides("lead.assigned", NEXT, team="fs", owner_id="rep-3"))
    assert [line for line in shown if line in expected] == expected
    assert sum("料金表を送る" in line for line in shown) == 1


def test_promise_is_not_pushed_out_by_what_was_said_since() -> None:
    story = promised()
    for day in range(4):
        story.happens("call.connected", tokyo(1, 11 + day), rep_id="rep-1", memo=f"{day}回目の通話")
    assert "*Promised*" in lines(story.decides("lead.assigned", NEXT, team="fs", owner_id="rep-3"))


def test_promise_without_a_day_stays_open() -> None:
    story = Story()
    story.happens("promise.made", MADE, rep_id="rep-1", what="折り返す")
    shown = lines(story.decides("lead.assigned", NEXT, owner_id="rep-1"))
    assert "• 折り返す (Sato, 1 Apr)" in shown


def test_promise_is_open_until_its_very_moment_and_then_part_of_what_was_said() -> None:
    at_last = lines(promised().decides("lead.assigned", UNTIL, owner_id="rep-1"))
    too_late = lines(promised().decides("lead.assigned", tokyo(3, 18, 1), owner_id="rep-1"))
    assert "*Promised*" in at_last
    assert "*Promised*" not in too_late
    assert "• 1 Apr promise, Sato: 料金表を送る (due 3 Apr)" in too_late


def test_same_promise_told_twice_is_shown_once() -> None:
    story = promised()
    story.happens("promise.made", MADE, rep_id="rep-1", what="料金表を送る", due_at=UNTIL)
    assert len(story.state.promises) == 1


def test_promises_that_are_kept_in_mind_stay_few() -> None:
    story = Story()
    for day in range(1, 20):
        story.happens("promise.made", tokyo(day), rep_id="rep-1", what=f"{day}", due_at=tokyo(29))
    assert [note.text for note in story.state.promises] == ["15", "16", "17", "18", "19"]


@pytest.mark.parametrize(
    ("locale", "expected"),
    [
        ("en", ["*Earlier cycles*", "• cycle 1, recycled (1 Sep 2025): No budget", "• cycle 2, lost (1 Dec 2025)"]),
        (
            "ja",
            [
                "*過去の周回*",
                "• 1周目、ナーチャリングへ戻す（2025年9月1日）：予算がない",
                "• 2周目、失注（2025年12月1日）",
            ],
        ),
    ],
)
def test_new_owner_reads_how_each_earlier_cycle_ended_in_a_line(locale: Locale, expected: list[str]) -> None:
    shown = lines(promised(locale).decides("lead.assigned", NEXT, owner_id="rep-1", packet={"earlier_cycles": CYCLES}))
    assert [line for line in shown if line in expected] == expected


def test_latest_packet_says_how_earlier_cycles_ended_and_one_without_them_changes_nothing() -> None:
    story = promised()
    story.decides("lead.assigned", NEXT, owner_id="rep-1", packet={"earlier_cycles": CYCLES[:1]})
    story.decides("lead.assigned", NEXT, attempt=2, owner_id="rep-1", packet={"earlier_cycles": CYCLES})
    story.decides("lead.assigned", NEXT, attempt=3, owner_id="rep-1", packet={"earlier_cycles": "none"})
    assert [(cycle.cycle, cycle.ended) for cycle in story.state.earlier] == [(1, "recycled"), (2, "lost")]


@pytest.mark.parametrize(
    ("locale", "expected"),
    [
        ("en", "*Also open*: Inside Sales, next touch: by Wed 1 Apr, 12:15 (JST)"),
        ("ja", "*ほかの期限* インサイドセールス、次回対応：4月1日（水）12:15まで（JST）"),
    ],
)
def test_clock_that_runs_for_another_team_is_shown_in_a_line(locale: Locale, expected: str) -> None:
    story = promised(locale)
    story.decides("lead.assigned", MADE, owner_id="rep-1")
    story.decides("clock.started", MADE, clock="next_touch", owner_id="rep-1", due_at=DUE)
    assert expected in lines(story.decides("lead.assigned", MADE, team="fs", owner_id="rep-3"))


def test_clock_of_a_handoff_that_is_over_is_open_no_more() -> None:
    story = promised()
    story.decides("lead.assigned", MADE, owner_id="rep-1")
    story.decides("clock.started", MADE, clock="next_touch", owner_id="rep-1", due_at=DUE)
    story.decides("handoff.changed", MADE, status="done", owner_id="rep-1")
    shown = lines(story.decides("lead.assigned", MADE, team="fs", owner_id="rep-3"))
    assert not any(line.startswith("*Also open*") for line in shown)
