"""One definition of each rate, and the shape of kpi.json."""

from collections import Counter
from datetime import date, timedelta

import pytest

from services.kpi.counting import Cell, counts
from services.kpi.effort import effort
from services.kpi.rates import TOTALS, section
from services.kpi.report import report
from tests.unit.kpi.kpi_events import DAY, HOUR, MONDAY, PLAYBOOK, assigned, entered, event, facts_of, qualified

FIRST = MONDAY.date()
RATES = ("lead_to_mql", "mql_to_sql", "sql_to_opportunity", "win")


def lead(*steps, source="web", at=MONDAY):
    """Counts of a lead that enters these (stage, days after) in its first cycle."""
    entries = [entered(stage, at + days * DAY) for stage, days in steps]
    return counts(facts_of(event("web.visited", at, lead_source=source), *entries), PLAYBOOK)


def rates_of(*leads):
    return report(sum(leads, Counter()))["rates"]


def test_report_has_the_contracts_totals_and_each_rate_twice():
    numbers = report(lead(("mql", 0)))
    assert tuple(numbers["totals"]) == TOTALS
    assert set(numbers["rates"]) == {f"{name}_{kind}" for name in RATES for kind in ("period", "cohort")}
    assert set(numbers["by_source"]["web"]) >= {"totals", "rates"}
    assert [set(day) for day in numbers["by_day"]] == [{"day", "totals", "rates"}]


def test_nothing_happened_gives_zero_totals_and_no_rates():
    numbers = report(Counter())
    assert set(numbers["totals"].values()) == {0}
    assert set(numbers["rates"].values()) == {None}
    assert (numbers["by_source"], numbers["by_day"]) == ({}, [])


def test_one_mql_of_four_leads_is_a_quarter():
    assert rates_of(lead(("mql", 1)), lead(), lead(), lead())["lead_to_mql_period"] == 0.25


def test_implied_entries_are_part_of_the_rates():
    skipped = section({"leads": 2, "mqls": 1, "mqls_implied": 1, "sqls_implied": 1})
    assert skipped["rates"]["lead_to_mql_period"] == 1
    assert skipped["rates"]["mql_to_sql_period"] == 0.5


def test_win_rate_is_won_over_decided_and_leaves_out_what_is_open():
    won, lost, still_open = (
        lead(("opportunity", 0), ("customer", 1)),
        lead(("opportunity", 0), ("lost", 1)),
        lead(("opportunity", 0)),
    )
    rates = rates_of(won, lost, lost, still_open)
    assert rates["win_period"] == rates["win_cohort"] == pytest.approx(1 / 3, abs=1e-6)


def test_period_rate_takes_what_came_in_and_went_on_in_the_same_period():
    second_day = report(lead(("mql", 0), ("sql", 1)))["by_day"][1]
    assert second_day["day"] == "2026-04-07"
    assert (second_day["totals"]["sqls"], second_day["rates"]["mql_to_sql_period"]) == (1, None)


def test_cohort_rate_follows_those_who_came_in_on_that_day_wherever_they_went_later():
    first_day = report(lead(("mql", 0), ("sql", 5)) + lead(("mql", 0)))["by_day"][0]
    assert first_day["rates"]["mql_to_sql_cohort"] == 0.5
    assert first_day["rates"]["mql_to_sql_period"] == 0


def test_cohort_of_one_cycle_is_not_helped_by_the_next():
    twice = counts(facts_of(entered("mql"), entered("mql", cycle=2), entered("sql", cycle=2)), PLAYBOOK)
    assert report(twice)["rates"]["mql_to_sql_cohort"] == 0.5


def test_sources_are_told_apart_and_none_is_unknown():
    numbers = report(lead(("mql", 0), source="ads") + lead(source=""))
    assert {name: part["totals"]["leads"] for name, part in numbers["by_source"].items()} == {"ads": 1, "unknown": 1}
    assert numbers["by_source"]["unknown"]["rates"]["lead_to_mql_period"] == 0


def test_sources_and_days_add_up_to_the_whole():
    leads = [lead(("mql", n % 3), source=f"s{n % 2}", at=MONDAY + n * DAY) for n in range(6)]
    numbers = report(sum(leads, Counter()))
    for parts in (list(numbers["by_source"].values()), numbers["by_day"]):
        assert {name: sum(part["totals"][name] for part in parts) for name in TOTALS} == numbers["totals"]


def test_relay_without_inside_sales_has_no_sql_at_all():
    numbers = report(lead(("mql", 0), ("opportunity", 1)), relay_has_is=False)
    assert numbers["totals"]["sqls"] is numbers["totals"]["sqls_implied"] is None
    assert numbers["rates"]["mql_to_sql_period"] is numbers["rates"]["sql_to_opportunity_cohort"] is None
    assert numbers["totals"]["opportunities"] == 1


def test_rep_and_team_show_their_own_numbers():
    events = (qualified(), entered("mql"), assigned(), event("call.connected", MONDAY + HOUR, rep_id="rep-1"))
    numbers = report(counts(facts_of(*events), PLAYBOOK))
    assert numbers["by_rep"]["rep-1"]["totals"]["mqls"] == numbers["by_team"]["is"]["totals"]["mqls"] == 1
    assert numbers["by_rep"]["rep-1"]["activity"]["connect_rate"] == 1
    assert numbers["activity"]["response_rate"] == 1


def test_empty_denominator_gives_no_rate_and_no_median():
    nothing = effort({})
    assert nothing["connect_rate"] is nothing["response_rate"] is nothing["churn_rate"] is None
    assert nothing["speed_to_lead_working_seconds"] == {"leads": 0, "median": None, "p90": None}
    assert nothing["cost_per_mql"] == nothing["won_amount"] == {}


def test_median_and_p90_of_the_speed_to_lead():
    speeds = {f"speed_working:{60 * minutes}": 1 for minutes in range(1, 11)}
    assert effort(speeds)["speed_to_lead_working_seconds"] == {"leads": 10, "median": 300, "p90": 540}


def test_attainment_is_met_over_all_that_ended_by_clock():
    sla = effort({"sla_met:accept": 3, "sla_breached:accept": 1, "sla_met:first_touch": 1})
    assert sla["sla_by_clock"]["accept"] == {"met": 3, "breached": 1, "attainment": 0.75}
    assert sla["sla"] == {"met": 4, "breached": 1, "attainment": 0.8}


def test_cost_is_divided_among_the_leads_of_its_own_source():
    cost = Counter({Cell(FIRST, "cost:JPY", "ads"): 900_00})
    numbers = report(lead(("mql", 0), source="ads") + lead(source="ads") + lead(source="web") + cost)
    assert numbers["by_source"]["ads"]["activity"]["cost_per_lead"] == {"JPY": 450.0}
    assert numbers["by_source"]["ads"]["activity"]["cost_per_mql"] == {"JPY": 900.0}
    assert numbers["by_source"]["web"]["activity"]["cost_per_lead"] == {}


def test_churn_is_of_the_customers_won_and_retention_what_is_left():
    stayed, left = lead(("customer", 0)), lead(("customer", 0), ("churned", 90))
    told = report(stayed + stayed + stayed + left)["activity"]
    assert (told["churn_rate"], told["retention_rate"]) == (0.25, 0.75)


def test_upsell_rate_is_won_over_proposed():
    facts = facts_of(*(event("upsell.proposed", MONDAY) for _ in range(4)), event("upsell.won", MONDAY))
    assert report(counts(facts, PLAYBOOK))["activity"]["upsell_rate"] == 0.25


def test_days_are_in_order():
    days = [day["day"] for day in report(lead(at=MONDAY + 9 * DAY) + lead(at=MONDAY))["by_day"]]
    assert days == [str(FIRST), str(FIRST + timedelta(days=9))] == sorted(days)
    assert date.fromisoformat(days[0]) == FIRST
