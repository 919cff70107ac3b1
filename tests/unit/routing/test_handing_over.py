"""Who holds a lead from MQL to customer, and back."""

import pytest

from services.routing.records import redecide
from tests.unit.routing.routing_office import RELAY, Office, at, decisions, only, rules_of, types

QUALIFIED_TO_SQL = ["lead.qualified", "lead.sales_qualified"]


@pytest.fixture
def office() -> Office:
    return Office()


def test_an_mql_is_given_to_inside_sales_with_its_packet(office: Office) -> None:
    office.tell("profile.updated", "09:00", name="山田", company="ミライ", title="部長", lead_source="web")
    office.tell("call.connected", "09:01", rep_id="old", memo="資料を希望")
    why = [{"rule": "demo", "base": 50.0, "decay": 1.0, "value": 50.0}]
    told = office.tell("lead.qualified", "09:02", contributions=why)
    assigned = only(told, "lead.assigned").data
    assert (office.owner(), assigned.value("team"), assigned.value("rule")) == ("aoki", "is", "is-rest")
    packet = assigned.value("packet")
    assert isinstance(packet, dict)
    assert (packet["name"], packet["company"], packet["lead_source"], packet["score"]) == ("山田", "ミライ", "web", 80)
    assert packet["contributions"] == [{"rule": "demo", "value": 50.0, "time": None}]
    assert [note["text"] for note in packet["notes"]] == ["資料を希望"]


def test_the_first_rule_that_matches_gives_the_pool() -> None:
    big = "{id: is-large, team: is, when: {field: employees, op: ge, value: 1000}, pool: large}"
    routing = RELAY.replace("pools:", "pools:\n  - {id: large, team: is, members: [baba]}").replace(
        "rules:", f"rules:\n  - {big}"
    )
    office = Office(rules_of(routing))
    office.tell("profile.updated", "09:00", "large", employees=5000)
    office.tell("lead.qualified", "09:01", "large")
    office.tell("lead.qualified", "09:01", "small")
    assert [(record.rule, record.rules_tried) for record in office.records] == [
        ("is-large", ("is-large",)),
        ("is-rest", ("is-large", "is-rest")),
    ]


def test_who_exchanged_cards_gets_the_lead_where_the_rule_says_so() -> None:
    cards = "{id: cards, team: is, owner: from_event, pool: is-all}"
    office = Office(rules_of(RELAY.replace("rules:", f"rules:\n  - {cards}")))
    office.tell("business_card.exchanged", "09:00", exchanged_by="baba")
    told = office.tell("lead.qualified", "09:01")
    assert (only(told, "lead.assigned").data.value("rule"), office.owner()) == ("cards", "baba")
    office.tell("lead.qualified", "09:02", "no-cards")
    assert office.owner("no-cards") == "aoki"


def test_backfill_is_assigned_to_nobody(office: Office) -> None:
    told = office.tell("lead.qualified", "09:00", backfill=True)
    assert types(told) == ["stage.changed"]
    assert told[0].backfill
    assert office.owner() is None


def test_a_live_qualification_after_backfill_is_routed(office: Office) -> None:
    office.tell("lead.qualified", "09:00", backfill=True)
    office.tell("lead.qualified", "10:00")
    assert office.owner() == "aoki"


def test_a_relay_without_inside_sales_gives_the_mql_to_field_sales() -> None:
    routing = (
        "teams: [fs]\nreps: [{id: a, team: fs}]\npools: [{id: p, team: fs, members: [a]}]\n"
        "rules: [{id: r, team: fs, pool: p}]\n"
    )
    office = Office(rules_of(routing))
    assert only(office.tell("lead.qualified", "09:00"), "lead.assigned").data.value("team") == "fs"
    assert decisions(office.tell("opportunity.opened", "10:00")) == []
    assert office.owner() == "a"


def test_a_stage_whose_team_is_missing_gets_no_owner() -> None:
    office = Office(rules_of(RELAY.replace("[is, fs, cs]", "[is, fs]").split("  - {id: endo")[0] + NO_CS))
    for type_ in (*QUALIFIED_TO_SQL, "opportunity.won"):
        told = office.tell(type_, "10:00")
    assert decisions(told) == ["handoff.changed"]
    assert office.owner() is None


NO_CS = """
pools: [{id: is-all, team: is, members: [aoki, baba]}, {id: fs-all, team: fs, members: [chiba, doi]}]
rules: [{id: is-rest, team: is, pool: is-all}, {id: fs-rest, team: fs, pool: fs-all}]
"""


def test_an_sql_ends_the_work_of_inside_sales_and_begins_that_of_field_sales(office: Office) -> None:
    office.tell("lead.qualified", "09:00")
    told = office.tell("lead.sales_qualified", "10:00", rep_id="aoki")
    done, assigned = only(told, "handoff.changed").data, only(told, "lead.assigned").data
    assert (done.value("status"), done.value("owner_id")) == ("done", "aoki")
    assert (assigned.value("team"), assigned.value("owner_id")) == ("fs", "chiba")
    assert (office.desk.reps["aoki"].open, office.desk.reps["chiba"].open) == (0, 1)


def test_a_won_deal_goes_to_customer_success(office: Office) -> None:
    for type_ in (*QUALIFIED_TO_SQL, "opportunity.opened", "opportunity.won"):
        office.tell(type_, "10:00")
    assert office.owner() == "endo"


@pytest.mark.parametrize("type_", ["lead.recycled", "lead.disqualified", "opportunity.lost"])
def test_an_end_closes_the_open_handoff(office: Office, type_: str) -> None:
    office.tell("lead.qualified", "09:00")
    assert decisions(office.tell(type_, "10:00")) == ["handoff.changed"]
    assert (office.owner(), office.desk.reps["aoki"].open) == (None, 0)


def test_a_recycled_lead_that_qualifies_again_is_routed_in_its_next_cycle(office: Office) -> None:
    office.tell("lead.qualified", "09:00")
    office.tell("lead.recycled", "10:00", reason="予算なし")
    assigned = only(office.tell("lead.qualified", "11:00", cycle=2), "lead.assigned").data
    assert (assigned.value("cycle"), assigned.value("attempt")) == (2, 1)
    packet = assigned.value("packet")
    assert isinstance(packet, dict)
    assert [(old["cycle"], old["ended"], old["reason"]) for old in packet["earlier_cycles"]] == [
        (1, "recycled", "予算なし")
    ]


def test_a_returned_lead_goes_back_to_the_inside_rep_who_passed_it(office: Office) -> None:
    office.tell("lead.qualified", "09:00", "other")
    office.tell("lead.qualified", "09:01")
    office.tell("lead.sales_qualified", "10:00", rep_id="baba")
    back = only(office.tell("lead.returned", "11:00", rep_id="chiba", reason="時期尚早"), "lead.reassigned").data
    assert (back.value("owner_id"), back.value("attempt"), back.value("cycle")) == ("baba", 2, 1)
    assert (back.value("reason"), back.value("previous_owner_id")) == ("lead.returned", "chiba")
    office.tell("lead.sales_qualified", "12:00", rep_id="baba")
    assert office.owner() == "chiba"


def test_a_returned_lead_is_routed_anew_when_its_inside_rep_is_away(office: Office) -> None:
    office.tell("lead.qualified", "09:00")
    office.tell("lead.sales_qualified", "10:00")
    office.tell("rep.away", "10:30", "aoki")
    office.tell("lead.returned", "11:00")
    assert office.owner() == "baba"


def test_the_owners_touch_accepts_the_lead_and_works_it(office: Office) -> None:
    office.tell("lead.qualified", "09:00")
    assert decisions(office.tell("call.attempted", "09:05", rep_id="baba")) == []
    assert decisions(office.tell("call.attempted", "09:06")) == []
    told = office.tell("call.attempted", "09:07", rep_id="aoki")
    assert [event.data.value("status") for event in told] == ["accepted", "worked"]
    assert decisions(office.tell("call.connected", "09:30", rep_id="aoki")) == []


def test_a_touch_from_before_the_handoff_does_not_accept_it(office: Office) -> None:
    call = office.event("call.connected", time=at("08:30"), rep_id="aoki")
    office.tell("lead.qualified", "09:00")
    assert decisions(office.take(call, read_at=at("09:05"))) == []


def test_a_lead_rejected_as_not_mine_goes_to_one_who_has_not_had_it(office: Office) -> None:
    office.tell("lead.qualified", "09:00")
    told = office.tell("lead.rejected", "09:05", rep_id="aoki", reason="not_mine")
    assert decisions(told) == ["handoff.changed", "lead.reassigned"]
    assert (office.owner(), office.leads["lead-1"].handoffs["is"].attempt) == ("baba", 2)
    told = office.tell("lead.rejected", "09:10", rep_id="baba", reason="not_mine")
    assert decisions(told) == ["handoff.changed", "lead.waiting"]


def test_only_the_owner_can_reject(office: Office) -> None:
    office.tell("lead.qualified", "09:00")
    for rep in ({"rep_id": "baba"}, {}):
        told = only(office.tell("lead.rejected", "09:05", reason="not_mine", **rep), "owner.bypassed").data
        assert (told.value("rep_id"), told.value("owner_id")) == (rep.get("rep_id"), "aoki")
        assert told.value("applied") is False
    assert office.owner() == "aoki"


def test_inside_sales_rejecting_for_a_reason_ends_the_handoff(office: Office) -> None:
    office.tell("lead.qualified", "09:00")
    rejected = only(office.tell("lead.rejected", "09:05", rep_id="aoki", reason="学生"), "handoff.changed").data
    assert (rejected.value("status"), rejected.value("reason"), office.owner()) == ("rejected", "学生", None)
    office.tell("lead.qualified", "15:00")
    assert office.owner() == "baba"


def test_field_sales_rejecting_for_a_reason_gives_the_lead_back_to_inside_sales(office: Office) -> None:
    office.tell("lead.qualified", "09:00")
    office.tell("lead.sales_qualified", "10:00")
    told = office.tell("lead.rejected", "11:00", rep_id="chiba", reason="情報不足")
    back = only(told, "lead.reassigned").data
    assert (back.value("owner_id"), back.value("team"), back.value("reason")) == ("aoki", "is", "情報不足")
    office.tell("lead.sales_qualified", "13:00", rep_id="aoki")
    assert office.leads["lead-1"].open_handoff == office.leads["lead-1"].handoffs["fs"]


def test_a_persons_choice_of_owner_is_obeyed(office: Office) -> None:
    office.tell("lead.qualified", "09:00")
    told = office.tell("owner.changed", "09:05", owner_id="doi", rep_id="boss")
    changed = only(told, "lead.reassigned").data
    assert (changed.value("owner_id"), changed.value("previous_owner_id")) == ("doi", "aoki")
    assert (changed.value("reason"), office.desk.reps["aoki"].open) == ("owner.changed", 0)


def test_an_older_change_of_owner_read_late_does_not_undo_a_newer_one(office: Office) -> None:
    office.tell("lead.qualified", "09:00")
    older = office.event("owner.changed", time=at("09:05"), owner_id="x")
    office.tell("owner.changed", "09:10", owner_id="baba")
    office.take(older, read_at=at("09:20"))
    assert office.owner() == "baba"


def test_a_person_may_name_the_owner_of_the_next_team_beforehand(office: Office) -> None:
    office.tell("lead.qualified", "09:00")
    office.tell("owner.changed", "09:05", owner_id="doi", team="fs")
    assert office.owner() == "aoki"
    office.tell("lead.sales_qualified", "10:00")
    assert office.owner() == "doi"


def test_a_customers_expansion_goes_to_the_owner_at_customer_success(office: Office) -> None:
    for type_ in (*QUALIFIED_TO_SQL, "opportunity.won"):
        office.tell(type_, "10:00")
    told = office.tell("lead.qualified", "11:00")
    assert (only(told, "lead.reassigned").data.value("reason"), office.owner()) == ("expansion", "endo")
    assert office.desk.reps["endo"].open == 1


def test_an_expansion_that_backfill_told_of_goes_to_its_owner_once_it_comes_alive(office: Office) -> None:
    for type_ in (*QUALIFIED_TO_SQL, "opportunity.won"):
        office.tell(type_, "10:00")
    assert "lead.reassigned" not in types(office.tell("lead.qualified", "11:00", backfill=True))
    told = office.tell("lead.qualified", "12:00")
    assert only(told, "lead.reassigned").data.value("reason") == "expansion"


def test_the_expansion_of_an_imported_customer_goes_to_customer_success(office: Office) -> None:
    office.tell("opportunity.won", "09:00", backfill=True)
    assert office.owner() is None
    office.tell("lead.qualified", "11:00")
    assert office.owner() == "endo"


def test_every_decision_is_decided_again_from_its_record(office: Office) -> None:
    office.given(range(5))
    office.tell("lead.qualified", "12:30", "waits")
    office.tell("lead.rejected", "12:40", "lead-0", rep_id="aoki", reason="not_mine")
    office.tell("owner.changed", "12:50", "lead-1", owner_id="aoki")
    office.drain(at("13:00"))
    assert len(office.records) == 10
    assert [redecide(record) for record in office.records] == [record.chosen for record in office.records]
    numbered = [record.seq for record in office.records if record.pool and record.asked_for is None]
    assert numbered == sorted(numbered) == list(range(1, len(numbered) + 1))


def test_an_owner_named_before_this_handoff_does_not_take_it_over(office: Office) -> None:
    office.tell("lead.qualified", "09:00", day=30)
    older = office.event("owner.changed", time=at("09:00"), owner_id="baba")
    office.take(older, read_at=at("09:10", day=30))
    assert office.owner() == "aoki"


def test_an_owner_who_was_named_for_one_cycle_is_not_named_for_the_next(office: Office) -> None:
    office.tell("lead.qualified", "09:00")
    office.tell("owner.changed", "09:05", owner_id="doi", team="fs")
    office.tell("lead.recycled", "09:10")
    for type_ in QUALIFIED_TO_SQL:
        office.tell(type_, "10:00", day=21)
    assert office.owner() == "chiba"


def test_a_second_report_of_a_handover_that_was_rejected_since_changes_nothing(office: Office) -> None:
    for type_ in QUALIFIED_TO_SQL:
        office.tell(type_, "09:00", rep_id="aoki")
    office.tell("lead.rejected", "11:00", rep_id="chiba", reason="情報不足")
    again = office.event("lead.sales_qualified", time=at("09:01"), rep_id="aoki")
    office.take(again, read_at=at("11:30"))
    assert office.owner() == "aoki"
    office.tell("lead.sales_qualified", "13:30", rep_id="aoki")
    assert office.owner() == "doi"


def test_a_lead_that_was_given_back_and_qualifies_again_is_handed_over_again(office: Office) -> None:
    office.tell("lead.qualified", "09:00")
    office.tell("lead.rejected", "09:05", rep_id="aoki", reason="wrong_person")
    told = office.tell("lead.qualified", "10:00", reason="instant")
    assert (types(told), office.owner()) == (["lead.assigned"], "baba")


def test_an_older_naming_of_the_next_owner_read_late_does_not_undo_a_newer_one(office: Office) -> None:
    office.tell("lead.qualified", "09:00")
    older = office.event("owner.changed", time=at("09:05"), owner_id="chiba", team="fs")
    office.tell("owner.changed", "09:10", owner_id="doi", team="fs")
    office.take(older, read_at=at("09:20"))
    office.tell("lead.sales_qualified", "10:00")
    assert office.owner() == "doi"


def test_a_person_who_confirms_an_owner_is_not_undone_by_an_older_choice(office: Office) -> None:
    office.tell("lead.qualified", "09:00")
    older = office.event("owner.changed", time=at("09:05"), owner_id="baba")
    office.tell("owner.changed", "09:10", owner_id="aoki")
    office.take(older, read_at=at("09:20"))
    assert office.owner() == "aoki"


def test_an_owner_named_before_the_team_gave_the_lead_back_does_not_get_it_again(office: Office) -> None:
    office.tell("lead.qualified", "09:00")
    older = office.event("owner.changed", time=at("09:05"), owner_id="baba")
    office.tell("lead.rejected", "09:10", rep_id="aoki", reason="学生")
    office.take(older, read_at=at("09:20"))
    assert office.owner() is None
    office.tell("owner.changed", "09:30", owner_id="baba")
    assert office.owner() == "baba"
