"""Numbers that are true to time: every day is drawn, and a rate waits until its answers are due."""

from collections import Counter

from services.kpi.counting import Cell, counts
from services.kpi.pages import render_page
from services.kpi.pages.days import every_day
from services.kpi.playbook import KpiPlaybook
from services.kpi.views import page_view
from tests.unit.kpi.kpi_events import DAY, HOUR, MONDAY, assigned, entered, event, facts_of, qualified

PLAYBOOK = KpiPlaybook()


def days_of(*entries, at, **options):
    numbers = Counter({Cell(MONDAY.date() + n * DAY, metric, "web"): 1 for n, metric in entries})
    return every_day(page_view([], Counter(), numbers, at, PLAYBOOK, **options))


def test_days_on_which_nothing_happened_are_drawn_too():
    days = days_of((0, "mqls"), (3, "mqls"), at=MONDAY + 4 * DAY)
    assert [day.totals["mqls"] for day in days] == [1, 0, 0, 1, 0]


def test_period_is_drawn_from_its_first_day_to_today():
    days = days_of((0, "mqls"), at=MONDAY + DAY, period_days=7)
    assert [days[0].on, days[-1].on] == [(MONDAY - 6 * DAY).date(), (MONDAY + DAY).date()]


def test_at_most_the_latest_ninety_days_are_drawn():
    days = days_of((0, "mqls"), (200, "mqls"), at=MONDAY + 200 * DAY)
    assert len(days) == 90
    assert days[-1].totals["mqls"] == 1


def test_history_that_ended_long_ago_is_drawn_up_to_its_end():
    assert days_of((0, "mqls"), at=MONDAY + 900 * DAY)[-1].on == MONDAY.date()


def handed_over(*, answered=False):
    touches = [event("call.attempted", MONDAY + HOUR, rep_id="rep-1")] if answered else []
    return facts_of(event("web.visited", MONDAY), qualified(), entered("mql"), assigned(), *touches)


def response_at(at, *leads):
    numbers = sum((counts(facts, PLAYBOOK) for facts in leads), Counter())
    view = page_view([], Counter(), numbers, at, PLAYBOOK)
    return view.report["activity"]["response_rate"], view.pending


def test_handover_that_may_still_be_answered_in_time_counts_in_no_rate():
    assert response_at(MONDAY + 2 * HOUR, handed_over()) == (None, 1)


def test_answered_handover_counts_at_once():
    assert response_at(MONDAY + 2 * HOUR, handed_over(answered=True), handed_over()) == (1.0, 1)


def test_handover_whose_time_is_over_counts_as_unanswered():
    assert response_at(MONDAY + 9 * DAY, handed_over(answered=True), handed_over()) == (0.5, 0)


def test_handovers_left_out_of_the_rate_are_told():
    facts = handed_over()
    view = page_view([], Counter(), counts(facts, PLAYBOOK), MONDAY + HOUR, PLAYBOOK)
    assert "of 0 handed over, within 1 business day; 1 more still in time" in render_page(view, "en")
