"""What somebody else than the owner decides: recorded always, followed as the playbook says, a fact in any case."""

import pytest

from tests.unit.routing.routing_office import ACCEPT, RELAY, Office, at, decisions, only, rules_of, types


def office(says: str = "apply") -> Office:
    one = Office(rules_of(f"{RELAY}actions_by_others: {says}\n", ACCEPT))
    one.tell("lead.qualified", "09:00")
    assert one.owner() == "aoki"
    return one


def told_of(events) -> tuple[object, ...]:
    found = only(events, "owner.bypassed").data
    return tuple(found.value(name) for name in ("owner_id", "rep_id", "action", "applied"))


@pytest.mark.parametrize("rep", ["baba", "somebody-of-another-tool"])
def test_by_default_a_lead_goes_on_whoever_passes_it_on_and_the_owner_is_told_of(rep):
    one = office()
    told = one.tell("lead.sales_qualified", "09:05", rep_id=rep)
    assert told_of(told) == ("aoki", rep, "lead.sales_qualified", True)
    assert one.owner() == "chiba"


def test_where_the_playbook_refuses_it_the_lead_stays_until_its_owner_passes_it_on():
    one = office("refuse")
    told = one.tell("lead.sales_qualified", "09:05", rep_id="baba")
    assert told_of(told) == ("aoki", "baba", "lead.sales_qualified", False)
    assert only(told, "stage.changed").data.value("to") == "sql"
    assert (one.owner(), types(told).count("lead.assigned")) == ("aoki", 0)
    told = one.tell("lead.sales_qualified", "09:10", rep_id="aoki")
    assert (one.owner(), types(told).count("owner.bypassed")) == ("chiba", 0)


@pytest.mark.parametrize(("says", "paused"), [("apply", ["clock.paused"]), ("refuse", [])])
def test_a_snooze_by_somebody_else_rests_the_clocks_only_where_others_may_decide(says, paused):
    told = office(says).tell("lead.snoozed", "09:05", rep_id="baba", until=at("11:00").isoformat())
    assert told_of(told) == ("aoki", "baba", "lead.snoozed", bool(paused))
    assert [kind for kind in types(told) if kind == "clock.paused"] == paused


@pytest.mark.parametrize("says", ["apply", "refuse"])
@pytest.mark.parametrize("kind", ["lead.recycled", "lead.disqualified"])
def test_a_lead_that_somebody_ends_has_ended(says, kind):
    one = office(says)
    assert told_of(one.tell(kind, "09:05", rep_id="baba", reason="no budget")) == ("aoki", "baba", kind, True)
    assert one.owner() is None


@pytest.mark.parametrize("says", ["apply", "refuse"])
def test_accepting_asks_for_the_owner_whatever_the_playbook_says(says):
    one = office(says)
    assert told_of(one.tell("lead.accepted", "09:05", rep_id="baba")) == ("aoki", "baba", "lead.accepted", False)
    assert one.leads["lead-1"].handoffs["is"].status == "assigned"


def test_what_is_nobodys_decision_or_the_owners_own_bypasses_nobody():
    one = office()
    assert decisions(one.tell("call.connected", "09:01", rep_id="baba")) == []
    assert "owner.bypassed" not in types(one.tell("lead.sales_qualified", "09:02"))
    assert "owner.bypassed" not in types(one.tell("lead.returned", "09:03", rep_id="chiba", reason="timing"))
    assert "owner.bypassed" not in types(one.tell("owner.changed", "09:04", rep_id="baba", owner_id="baba"))
    assert "owner.bypassed" not in types(one.tell("lead.acknowledged", "09:05", rep_id="aoki"))


def test_what_happened_before_the_owner_had_the_lead_or_is_history_bypasses_nobody():
    one = office()
    late = one.event("lead.recycled", time=at("08:00"), rep_id="baba")
    assert "owner.bypassed" not in types(one.take(late, read_at=at("09:10")))
    old = one.event("lead.disqualified", time=at("09:11"), rep_id="baba", backfill=True)
    assert "owner.bypassed" not in types(one.take(old))


def test_a_move_that_is_not_allowed_is_refused_and_bypasses_nobody():
    told = office().tell("lead.returned", "09:05", rep_id="chiba", reason="timing")
    assert types(told) == ["stage.refused"]


@pytest.mark.parametrize("says", ["apply", "refuse"])
def test_a_lead_that_somebody_of_the_team_returns_goes_back_and_its_owner_is_told(says):
    one = office(says)
    one.tell("lead.sales_qualified", "09:05", rep_id="aoki")
    told = one.tell("lead.returned", "09:10", rep_id="doi", reason="timing")
    assert told_of(told) == ("chiba", "doi", "lead.returned", True)
    assert one.owner() == "aoki"


@pytest.mark.parametrize("says", ["apply", "refuse"])
def test_who_passed_a_lead_on_and_says_so_again_bypasses_nobody(says):
    one = office(says)
    one.tell("lead.sales_qualified", "09:05", rep_id="aoki")
    assert decisions(one.tell("lead.sales_qualified", "09:10", rep_id="aoki")) == []
    assert one.owner() == "chiba"


@pytest.mark.parametrize(("says", "paused"), [("apply", True), ("refuse", False)])
def test_a_clock_that_rests_on_a_snooze_rests_on_somebody_elses_only_where_others_may_decide(says, paused):
    sla = ACCEPT.replace("within:", "pauses: [lead.snoozed]\n    within:")
    one = Office(rules_of(f"{RELAY}actions_by_others: {says}\n", sla))
    one.tell("lead.qualified", "09:00")
    assert ("clock.paused" in types(one.tell("lead.snoozed", "09:05", rep_id="baba"))) is paused
    assert ("clock.breached" in types(one.fire(at("09:15")))) is not paused


@pytest.mark.parametrize(
    ("named", "reason"), [({"owner_id": "rep-99"}, "unknown_owner"), ({}, "unnamed_owner")], ids=["unknown", "unnamed"]
)
def test_an_owner_whom_the_playbook_does_not_know_is_refused_and_the_lead_keeps_its_own(named, reason):
    one = office()
    told = only(one.tell("owner.changed", "09:05", rep_id="baba", **named), "action.refused").data
    assert (told.value("action"), told.value("reason")) == ("owner.changed", reason)
    assert (told.value("owner_id"), told.value("rep_id"), told.value("named_id")) == (
        "aoki",
        "baba",
        named.get("owner_id"),
    )
    assert one.owner() == "aoki"
    assert "clock.breached" in types(one.fire(at("09:15")))


def test_an_unknown_owner_named_for_the_next_team_is_refused_too():
    one = office()
    told = one.tell("owner.changed", "09:05", owner_id="rep-99", team="fs")
    assert only(told, "action.refused").data.value("team") == "fs"
    one.tell("lead.sales_qualified", "09:10", rep_id="aoki")
    assert one.owner() == "chiba"


@pytest.mark.parametrize("kind", ["lead.accepted", "lead.rejected"])
def test_a_lead_that_nobody_has_can_be_neither_accepted_nor_rejected_and_that_is_told(kind):
    one = Office(rules_of(RELAY, ACCEPT))
    told = only(one.tell(kind, "09:00", rep_id="aoki"), "action.refused").data
    assert (told.value("reason"), told.value("team"), told.value("owner_id")) == ("unowned", "is", None)
    one.tell("lead.qualified", "19:00", "waits")
    assert one.leads["waits"].waiting
    assert types(one.tell(kind, "19:05", "waits", rep_id="aoki")) == ["action.refused"]


def test_what_was_accepted_before_the_lead_began_to_wait_is_no_news():
    one = Office(rules_of(RELAY, ACCEPT))
    one.tell("lead.qualified", "19:00")
    assert one.take(one.event("lead.accepted", time=at("18:00"), rep_id="aoki"), read_at=at("19:10")) == []
