"""What is stuck where, with whom, how many, for how many working hours."""

from datetime import timedelta
from zoneinfo import ZoneInfo

from services.kpi.counting import counts
from services.kpi.standing import Standing, standing
from services.kpi.stuck import funnel, opened, stage_counts, stuck
from services.kpi.views import LeadFilter, leads_json, leads_view, page_view, stuck_json
from shared.worktime import ALWAYS_OPEN, LocalWindow, WorkCalendar
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

NINE_TO_SIX = WorkCalendar(ZoneInfo("UTC"), (*[(LocalWindow(timedelta(hours=9), timedelta(hours=18)),)] * 5, (), ()))


def always_open(team, owner):
    return ALWAYS_OPEN


def now_of(*events, lead_id="lead-1"):
    return standing(lead_id, facts_of(*events))


def idle(lead_id, hours, *, owner="rep-1", stage="mql", **more):
    return Standing(lead_id, stage, team="is", owner=owner, status="assigned", idle_since=MONDAY - hours * HOUR, **more)


def test_lead_without_a_stage_is_not_yet_mql_and_in_nobodys_hands():
    lead = now_of(event("web.visited", MONDAY))
    assert (lead.stage, lead.in_hand) == ("lead", False)


def test_recycled_lead_is_nurturing():
    assert now_of(entered("mql"), entered("lead", MONDAY + DAY, cycle=2)).stage == "nurturing"


def test_lost_lead_that_qualifies_again_is_an_mql():
    moves = [qualified(), event("opportunity.lost", MONDAY + DAY), qualified(MONDAY + 2 * DAY, cycle=2)]
    assert now_of(*routed(moves)).stage == "mql"


def test_returned_sql_is_an_mql_again_since_its_return():
    moves = [qualified(), event("lead.sales_qualified", MONDAY + HOUR), event("lead.returned", MONDAY + DAY)]
    lead = now_of(*moves, *routed(moves))
    assert (lead.stage, lead.entered_at) == ("mql", MONDAY + DAY)


def test_sql_passed_on_again_after_a_return_is_an_sql_again():
    moves = [
        qualified(),
        event("lead.sales_qualified", MONDAY + HOUR),
        event("lead.returned", MONDAY + DAY),
        event("lead.sales_qualified", MONDAY + 2 * DAY),
    ]
    lead = now_of(*moves, *routed(moves))
    assert (lead.stage, lead.entered_at) == ("sql", MONDAY + 2 * DAY)


def test_last_human_touch_is_the_end_of_idleness():
    lead = now_of(qualified(), entered("mql"), assigned(), event("call.attempted", MONDAY + 5 * HOUR))
    assert lead.idle_since == MONDAY + 5 * HOUR


def test_accepting_a_lead_is_acting_on_it():
    at = MONDAY + 2 * DAY
    accepted = event("handoff.changed", at, team="fs", cycle=1, status="accepted", owner_id="rep-1", decided_at=at)
    lead = now_of(entered("sql"), assigned(MONDAY + DAY, team="fs"), accepted)
    assert lead.idle_since == at


def test_breach_shows_until_the_lead_goes_to_somebody_else():
    breached = [entered("mql"), assigned(), clock("breached", MONDAY + HOUR)]
    taken_over = event(
        "lead.reassigned",
        MONDAY + HOUR,
        owner_id="rep-2",
        team="is",
        cycle=1,
        attempt=2,
        decided_at=MONDAY + HOUR,
        reason="breach",
    )
    assert now_of(*breached).breached
    assert not now_of(*breached, taken_over).breached
    assert now_of(*breached, taken_over).owner == "rep-2"


def test_lead_that_was_dealt_with_late_is_past_no_deadline_any_more():
    late = [entered("mql"), assigned(), clock("breached", MONDAY + HOUR)]
    closed = clock("closed", MONDAY + 2 * HOUR, closed_at=MONDAY + 2 * HOUR)
    assert now_of(*late).breached
    assert not now_of(*late, closed).breached


def test_closed_clock_stays_a_breach_in_the_numbers_on_its_day():
    late = [entered("mql"), assigned(), clock("breached", MONDAY + HOUR)]
    closed = clock("closed", MONDAY + 2 * DAY, closed_at=MONDAY + 2 * DAY)
    assert counts(facts_of(*late, closed), PLAYBOOK) == counts(facts_of(*late), PLAYBOOK)


def test_one_closed_clock_does_not_hide_another_that_is_open():
    late = [clock("breached", MONDAY + HOUR), clock("breached", MONDAY + HOUR, name="first_touch")]
    closed = clock("closed", MONDAY + 2 * HOUR, closed_at=MONDAY + 2 * HOUR)
    assert now_of(entered("mql"), assigned(), *late, closed).breached


def test_breach_that_turns_out_a_pause_runs_on():
    events = [entered("mql"), assigned(), clock("breached", MONDAY + HOUR)]
    told = {"was": "breached", "now": "paused", "evidence_id": "e", "reported_late_by": 60.0}
    paused = [*events, clock("corrected", MONDAY + 2 * HOUR, **told)]
    resumed = [*paused, clock("resumed", MONDAY + 3 * HOUR, due_at=MONDAY + 5 * HOUR)]
    assert not now_of(*paused).breached
    assert facts_of(*paused).clocks["1/is/accept/1"].state == "paused"
    assert now_of(*resumed).due_at == MONDAY + 5 * HOUR


def test_clock_that_is_started_again_runs_beside_its_earlier_breach():
    first = [clock("breached", MONDAY + HOUR), clock("closed", MONDAY + 2 * HOUR, closed_at=MONDAY + 2 * HOUR)]
    again = clock("started", MONDAY + 3 * HOUR, run=2, due_at=MONDAY + 6 * HOUR)
    lead = now_of(entered("mql"), assigned(), *first, again)
    assert (lead.breached, lead.due_at) == (False, MONDAY + 6 * HOUR)


def test_names_are_those_of_the_latest_profile_by_its_own_time():
    later = event("profile.updated", MONDAY + DAY, company="青和精機", name="山口 誠")
    earlier = event("profile.updated", MONDAY, company="旧社名", name="山口")
    only_person = event("profile.updated", MONDAY + 2 * DAY, name="山口 誠司")
    lead = now_of(entered("mql"), later, earlier, only_person)
    assert (lead.company, lead.person) == ("青和精機", "山口 誠司")


def test_names_of_people_are_not_in_the_answers_for_programs():
    told = leads_json(leads_view([idle("b", 5, person="山口 誠")], 1, LeadFilter(), MONDAY, PLAYBOOK))
    assert "山口" not in str(told)


def test_next_deadline_is_the_earliest_of_the_running_clocks():
    lead = now_of(
        entered("mql"),
        clock("started", name="accept", due_at=MONDAY + HOUR),
        clock("started", name="first_touch", due_at=MONDAY + 4 * HOUR),
        clock("met", name="accept", met_at=MONDAY, due_at=MONDAY + HOUR),
    )
    assert lead.due_at == MONDAY + 4 * HOUR


def test_stale_lead_is_no_longer_stale_once_touched():
    stale = event("lead.stale", MONDAY + DAY, stage="mql", cycle=1, decided_at=MONDAY + DAY)
    assert now_of(entered("mql"), stale).stale
    assert not now_of(entered("mql"), stale, event("email.sent", MONDAY + 2 * DAY)).stale


def test_lead_that_nobody_could_take_waits():
    waiting = event("lead.waiting", MONDAY, team="is", pool="all", cycle=1, decided_at=MONDAY)
    assert now_of(entered("mql"), waiting).waiting


def test_expansion_at_a_customer_is_in_hand_until_it_is_done():
    handed = [entered("customer"), assigned(team="cs")]
    done = event("handoff.changed", MONDAY, team="cs", cycle=1, status="done", decided_at=MONDAY)
    assert now_of(*handed).in_hand
    assert not now_of(*handed, done).in_hand


def test_rows_name_stage_team_owner_count_and_the_oldest():
    rows = stuck([idle("a", 3), idle("b", 30), idle("c", 1, owner="rep-2")], MONDAY, always_open)
    assert [(row.stage, row.team, row.owner, row.count, row.oldest_working_hours) for row in rows] == [
        ("mql", "is", "rep-1", 2, 30.0),
        ("mql", "is", "rep-2", 1, 1.0),
    ]


def test_worst_comes_first_breached_then_waiting_then_longest_idle():
    leads = [
        idle("long", 99, owner="rep-1"),
        idle("late", 1, owner="rep-2", breached=True),
        Standing("free", "mql", team="is", status="waiting", idle_since=MONDAY),
    ]
    assert [row.owner for row in stuck(leads, MONDAY, always_open)] == ["rep-2", "", "rep-1"]


def test_a_weekend_is_no_working_time():
    friday_four = MONDAY - timedelta(days=3) + 16 * HOUR
    lead = Standing("a", "mql", owner="rep-1", status="assigned", idle_since=friday_four)
    assert opened([lead], MONDAY + 10 * HOUR, lambda *_: NINE_TO_SIX)[0].working_hours == 3.0


def test_nurtured_and_lost_leads_are_stuck_with_nobody():
    assert stuck([Standing("a", "nurturing"), Standing("b", "lost")], MONDAY, always_open) == []


def test_funnel_shows_every_stage_of_the_relay_with_what_is_wrong_there():
    leads = [idle("a", 2, breached=True), idle("b", 5), Standing("c", "lead"), Standing("d", "lost")]
    stages = funnel(stage_counts(leads), stuck(leads, MONDAY, always_open))
    assert [stage.stage for stage in stages] == ["lead", "nurturing", "mql", "sql", "opportunity", "customer"]
    mql = stages[2]
    assert (mql.count, mql.breached, mql.oldest_working_hours) == (2, 1, 5.0)


def test_relay_without_inside_sales_shows_no_sql():
    assert "sql" not in [stage.stage for stage in funnel({}, [], relay_has_is=False)]


def test_leads_behind_a_number_are_told_with_how_many_there_are():
    told = leads_json(leads_view([idle("b", 5, owner="rep-2")], 900, LeadFilter(stage="mql"), MONDAY, PLAYBOOK))
    (listed,) = told["leads"]
    assert (listed["lead_id"], listed["owner"], listed["working_hours"]) == ("b", "rep-2", 5.0)
    assert told["total"] == 900


def test_stuck_answer_has_the_rows_of_the_page():
    leads = [idle("a", 2)]
    told = stuck_json(page_view(leads, stage_counts(leads), {}, MONDAY, PLAYBOOK))
    assert told["stuck"][0]["owner"] == "rep-1"
    assert told["funnel"][2] == {
        "stage": "mql",
        "count": 1,
        "waiting": 0,
        "breached": 0,
        "oldest_working_hours": 2.0,
    }
