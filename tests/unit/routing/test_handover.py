"""What is filled in when a lead is handed on: marked where it is missing, or refused, as the playbook says."""

from tests.unit.routing.routing_office import RELAY, Office, only, rules_of, types

HANDOVERS = """
handovers:
  - {from: marketing, to: is, definition: 連絡先がわかる, fields: [company]}
  - from: is
    to: fs
    definition: 課題・時期・予算がわかる
    fields: [problem, timing, budget]
    when_missing: WHEN
"""
FILLED = {"problem": "在庫が合わない", "timing": "2026-10", "budget": "300万円"}


def office(when: str = "mark") -> Office:
    return Office(rules_of(RELAY + HANDOVERS.replace("WHEN", when)))


def test_a_complete_handover_carries_what_was_filled_in() -> None:
    one = office()
    one.tell("profile.updated", "09:00", company="ミライ")
    one.tell("lead.qualified", "09:01")
    told = one.tell("lead.sales_qualified", "09:02", rep_id="aoki", **FILLED)
    assigned = only(told, "lead.assigned").data
    assert (assigned.value("missing"), "handover.incomplete" in types(one.events)) == ((), False)
    assert assigned.value("packet")["handover"] == {"company": "ミライ", **FILLED}


def test_missing_fields_mark_the_handover_and_do_not_stop_it() -> None:
    one = office()
    one.tell("lead.qualified", "09:01")
    assert only(one.events, "handover.incomplete").data.value("missing") == ("company",)
    told = one.tell("lead.sales_qualified", "09:02", rep_id="aoki", problem="在庫が合わない")
    incomplete = only(told, "handover.incomplete").data
    assert (incomplete.value("missing"), incomplete.value("owner_id")) == (("timing", "budget"), "aoki")
    assert only(told, "lead.assigned").data.value("missing") == ("timing", "budget")
    assert one.owner() == "chiba"


def test_where_the_playbook_says_so_the_lead_stays_with_its_giver_until_the_fields_are_told() -> None:
    one = office("refuse")
    one.tell("lead.qualified", "09:01")
    told = one.tell("lead.sales_qualified", "09:02", rep_id="aoki", problem="在庫が合わない")
    refused = only(told, "handover.incomplete").data
    assert (refused.value("refused"), refused.value("missing")) == (True, ("timing", "budget"))
    assert (one.owner(), "lead.assigned" in types(told)) == ("aoki", False)
    told = one.tell("lead.sales_qualified", "09:05", rep_id="aoki", timing="2026-10", budget="300万円")
    assert (one.owner(), only(told, "lead.assigned").data.value("missing")) == ("chiba", ())


def test_a_handover_without_a_giver_is_marked_and_never_refused() -> None:
    one = office("refuse")
    told = one.tell("lead.sales_qualified", "09:02")
    assert (one.owner(), only(told, "handover.incomplete").data.value("refused")) == ("chiba", False)


def test_a_rejection_for_a_reason_that_nobody_has_agreed_on_counts_all_the_same() -> None:
    one = Office(rules_of(RELAY + HANDOVERS.replace("WHEN", "mark\n    reject_reasons: [時期が先]")))
    one.tell("lead.qualified", "09:01")
    one.tell("lead.sales_qualified", "09:02", rep_id="aoki", **FILLED)
    told = one.tell("lead.rejected", "09:05", rep_id="chiba", reason="担当地域外")
    assert only(told, "lead.reassigned").data.value("reason") == "担当地域外"
    assert one.owner() == "aoki"
