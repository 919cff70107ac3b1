"""What each event adds to the numbers, and what late news takes away again."""

from collections import Counter
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

from services.kpi.counting import Cell, cost_of, counts, delta, rounded_seconds
from services.kpi.facts import DOCUMENT
from services.kpi.playbook import KpiPlaybook
from tests.unit.kpi.kpi_events import (
    DAY,
    HOUR,
    MONDAY,
    PLAYBOOK,
    assigned,
    clock,
    entered,
    event,
    facts_of,
    qualified,
    routed,
)

TOKYO = KpiPlaybook(zone=ZoneInfo("Asia/Tokyo"))


def by_metric(facts, playbook=PLAYBOOK):
    found = Counter()
    for cell, n in counts(facts, playbook).items():
        found[cell.metric] += n
    return found


def cells_of(metric, facts, playbook=PLAYBOOK):
    return [cell for cell in counts(facts, playbook).elements() if cell.metric == metric]


def test_lead_counts_once_on_the_day_of_its_first_activity_however_late_that_is_read():
    facts = facts_of(event("web.visited", MONDAY + DAY), event("form.submitted", MONDAY))
    assert cells_of("leads", facts) == [Cell(MONDAY.date(), "leads", "unknown")]


def test_day_is_the_companys_not_utc():
    facts = facts_of(event("web.visited", datetime(2026, 4, 6, 15, 0, tzinfo=UTC)))
    assert [cell.day for cell in cells_of("leads", facts, TOKYO)] == [date(2026, 4, 7)]


def test_source_is_the_first_non_empty_one_by_the_events_own_time():
    facts = facts_of(
        event("ad.clicked", MONDAY + 2 * HOUR, lead_source="ads"),
        event("web.visited", MONDAY, lead_source=""),
        event("seminar.attended", MONDAY + HOUR, lead_source="seminar"),
    )
    assert facts.source == "seminar"


def test_late_news_of_an_earlier_source_moves_every_count_of_the_lead():
    before = facts_of(event("ad.clicked", MONDAY + HOUR, lead_source="ads"), entered("mql", MONDAY + HOUR))
    after = facts_of(event("form.submitted", MONDAY, lead_source="web"), start=before)
    change = delta(before, after, PLAYBOOK)
    assert {(cell.metric, cell.source, n) for cell, n in change.items()} == {
        (metric, source, n) for metric in ("leads", "leads_to_mql", "mqls") for source, n in (("ads", -1), ("web", 1))
    }


def test_a_page_view_of_a_known_lead_changes_nothing():
    facts = facts_of(event("web.visited", MONDAY))
    assert facts_of(event("web.visited", MONDAY + HOUR), start=facts) is facts


def test_stage_counts_once_a_cycle_whatever_the_revision():
    facts = facts_of(entered("mql"), entered("mql", revision=2), entered("mql", cycle=2))
    assert by_metric(facts)["mqls"] == 2


def test_older_revision_read_late_changes_nothing():
    facts = facts_of(entered("sql", revision=3, implied=True), entered("sql", revision=2))
    assert (by_metric(facts)["sqls"], by_metric(facts)["sqls_implied"]) == (0, 1)


def test_retracted_entry_is_taken_back():
    before = facts_of(entered("sql"))
    after = facts_of(entered("sql", revision=2, retracted=True), start=before)
    assert dict(delta(before, after, PLAYBOOK)) == {Cell(MONDAY.date(), "sqls", "unknown"): -1}


def test_skipped_stages_are_counted_apart_as_implied():
    moves = [qualified(MONDAY), event("opportunity.won", MONDAY + DAY, opportunity_id="o1")]
    numbers = by_metric(facts_of(*routed(moves)))
    expected = {"mqls": 1, "sqls_implied": 1, "opportunities_implied": 1, "won": 1, "mqls_implied": 0, "sqls": 0}
    assert {name: numbers[name] for name in expected} == expected


def test_recycled_counts_the_return_to_nurturing_and_not_the_new_lead():
    moves = [qualified(MONDAY), event("lead.recycled", MONDAY + DAY)]
    numbers = by_metric(facts_of(event("web.visited", MONDAY), *moves[1:], *routed(moves)))
    assert (numbers["leads"], numbers["recycled"]) == (1, 1)


def test_cycle_with_two_returns_counts_as_returned_once_on_the_day_of_the_first():
    moves = [
        qualified(MONDAY),
        event("lead.sales_qualified", MONDAY + HOUR),
        event("lead.returned", MONDAY + DAY),
        event("lead.sales_qualified", MONDAY + 2 * DAY),
        event("lead.returned", MONDAY + 3 * DAY),
    ]
    facts = facts_of(*moves, *routed(moves))
    assert [cell.day for cell in cells_of("returned", facts)] == [(MONDAY + DAY).date()]


def test_expansion_is_never_an_mql():
    moves = [
        event("opportunity.won", MONDAY, opportunity_id="o1"),
        qualified(MONDAY + DAY),
        event("opportunity.opened", MONDAY + 2 * DAY, opportunity_id="o2", kind="expansion"),
    ]
    numbers = by_metric(facts_of(*moves, *routed(moves)))
    assert (numbers["expansions"], numbers["mqls"], numbers["won"]) == (2, 0, 1)


def test_refused_win_brings_no_amount():
    amount = {"amount": 100.0, "currency": "JPY"}
    moves = [
        event("opportunity.won", MONDAY, opportunity_id="o1", amount=amount),
        event("opportunity.won", MONDAY + DAY, opportunity_id="o1", amount=amount),
    ]
    numbers = by_metric(facts_of(*moves, *routed(moves)))
    assert (numbers["deals_won"], numbers["won_amount:JPY"], numbers["refused_moves"]) == (1, 100_00, 1)


def test_deal_told_as_won_twice_counts_once_even_before_the_second_is_refused():
    twice = [event("opportunity.won", MONDAY + n * DAY, opportunity_id="o1") for n in range(2)]
    assert by_metric(facts_of(*twice))["deals_won"] == 1


def test_won_amount_is_the_latest_told_of_the_opportunity():
    facts = facts_of(
        event("opportunity.won", MONDAY + DAY, opportunity_id="o1"),
        event("opportunity.opened", MONDAY, opportunity_id="o1", amount={"amount": 5.0, "currency": "EUR"}),
        event("opportunity.advanced", MONDAY + HOUR, opportunity_id="o1", amount={"amount": 7.5, "currency": "EUR"}),
    )
    assert by_metric(facts)["won_amount:EUR"] == 750


def test_calls_count_for_their_rep_and_connected_ones_as_calls_too():
    facts = facts_of(
        assigned(owner="rep-1"),
        event("call.attempted", MONDAY, rep_id="rep-1"),
        event("call.connected", MONDAY, rep_id="rep-1"),
        event("email.sent", MONDAY, rep_id="rep-1"),
    )
    mine = {cell.metric: n for cell, n in counts(facts, PLAYBOOK).items() if (cell.team, cell.rep) == ("is", "rep-1")}
    assert mine == {"calls": 2, "connects": 1, "touches": 3}


def test_mql_belongs_to_who_took_it_and_the_opportunity_to_who_passed_it_on():
    facts = facts_of(
        assigned(owner="rep-1"),
        assigned(MONDAY + DAY, owner="rep-4", team="fs"),
        entered("mql"),
        entered("sql", MONDAY + DAY, rep_id="rep-1"),
        entered("opportunity", MONDAY + DAY, rep_id="rep-4"),
        entered("customer", MONDAY + 2 * DAY),
    )
    owners = {cell.metric: (cell.team, cell.rep) for cell in counts(facts, PLAYBOOK)}
    assert owners["mqls"] == owners["sqls"] == owners["opportunities"] == ("is", "rep-1")
    assert owners["won"] == ("fs", "rep-4")


def test_mql_touched_by_the_next_working_days_end_is_responded_to():
    handed = (qualified(), entered("mql"), assigned())
    in_time = facts_of(*handed, event("call.attempted", MONDAY + DAY))
    too_late = facts_of(*handed, event("call.attempted", MONDAY + 3 * DAY))
    assert (by_metric(in_time)["responded"], by_metric(too_late)["responded"]) == (1, 0)
    assert by_metric(too_late)["handed_over"] == 1


def test_touch_before_the_qualification_answers_nothing():
    facts = facts_of(event("email.sent", MONDAY - HOUR), qualified(), entered("mql"), assigned())
    assert by_metric(facts)["responded"] == 0


def test_touch_read_before_the_qualification_that_it_answers_counts_all_the_same():
    facts = facts_of(event("email.sent", MONDAY + HOUR), assigned(), entered("mql"), qualified())
    assert by_metric(facts)["speed_elapsed:3600"] == 1


def test_touch_in_the_next_cycle_answers_no_earlier_one():
    facts = facts_of(
        qualified(),
        entered("mql"),
        assigned(),
        qualified(MONDAY + HOUR, cycle=2),
        event("call.attempted", MONDAY + 2 * HOUR),
    )
    assert (by_metric(facts)["handed_over"], by_metric(facts)["responded"]) == (1, 0)


def test_mql_never_handed_over_is_in_no_response_rate():
    assert by_metric(facts_of(qualified(backfill=True), entered("mql")))["handed_over"] == 0


def test_breach_stays_a_breach_after_a_late_action():
    facts = facts_of(clock("breached"), clock("cancelled", MONDAY + HOUR, reason="reassigned"))
    assert by_metric(facts)["sla_breached:accept"] == 1


def test_corrected_breach_is_met():
    mended = clock(
        "corrected", MONDAY + HOUR, was="breached", now="met", evidence_id="call", reported_late_by=60.0, due_at=MONDAY
    )
    numbers = by_metric(facts_of(clock("breached"), mended))
    assert (numbers["sla_met:accept"], numbers["sla_breached:accept"]) == (1, 0)


def test_each_attempt_has_its_own_clock():
    facts = facts_of(clock("breached"), clock("started", attempt=2), clock("met", attempt=2, met_at=MONDAY))
    assert (by_metric(facts)["sla_breached:accept"], by_metric(facts)["sla_met:accept"]) == (1, 1)


def test_campaign_cost_counts_on_its_day_under_its_source():
    told = {"amount": {"amount": 1200.5, "currency": "JPY"}, "lead_source": "ads", "on": "2026-04-01"}
    cost = cost_of(event("campaign.cost", MONDAY, lead="campaign-1", **told))
    assert dict(cost.counts(UTC)) == {Cell(date(2026, 4, 1), "cost:JPY", "ads"): 120_050}


def test_campaign_cost_without_an_amount_costs_nothing():
    assert cost_of(event("campaign.cost", MONDAY, lead="campaign-1")) is None


def test_speed_keeps_two_significant_digits():
    assert [rounded_seconds(timedelta(seconds=n)) for n in (0, 7, 45, 1234, 98_765)] == [0, 7, 45, 1200, 99_000]


def test_facts_survive_being_written_down():
    moves = [qualified(), event("lead.sales_qualified", MONDAY + HOUR), event("call.connected", MONDAY, rep_id="rep-1")]
    facts = facts_of(event("web.visited", lead_source="web"), *moves, *routed(moves[:2]), assigned(), clock("started"))
    assert DOCUMENT.validate_json(DOCUMENT.dump_json(facts)) == facts


def test_lead_that_was_never_an_mql_of_its_own_is_not_asked_for_a_response():
    facts = facts_of(
        entered("mql", MONDAY, implied=True),
        assigned(MONDAY, owner="rep-7", team="fs"),
        qualified(MONDAY + 14 * DAY),
        event("call.attempted", MONDAY + 15 * DAY, rep_id="rep-7"),
    )
    assert not {"handed_over", "responded"} & by_metric(facts).keys()


def test_refused_qualification_is_not_asked_for_a_response():
    refused = qualified(MONDAY, event_id="q1")
    about = {"refused_source": refused.source, "refused_id": "q1", "revision": 1}
    facts = facts_of(
        entered("mql", MONDAY),
        assigned(MONDAY),
        refused,
        event("stage.refused", MONDAY, by="test", cycle=1, reason="already opportunity", **{"from": "mql"}, **about),
    )
    assert by_metric(facts)["handed_over"] == 0


def test_call_of_a_rep_who_never_owned_the_lead_counts_for_their_team():
    facts = facts_of(event("call.attempted", MONDAY, rep_id="rep-9"))
    playbook = KpiPlaybook(rep_teams={"rep-9": "is"})
    assert [(cell.team, cell.rep) for cell in cells_of("calls", facts, playbook)] == [("is", "rep-9")]
