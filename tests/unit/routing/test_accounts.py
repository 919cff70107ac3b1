"""One approach per company: the account's owner first, and no second approach beside an open opportunity."""

import pytest

from services.routing.accounts import account_of, registrable
from services.routing.rules import AccountRules
from services.routing.state import LeadRouting, Told
from tests.unit.routing.routing_office import MONDAY, RELAY, Office, at, only, rules_of, types

ACCOUNTS = RELAY.replace(
    "rules:\n",
    "rules:\n  - {id: is-account, team: is, owner: account, pool: is-all}\n"
    "  - {id: fs-account, team: fs, owner: account, pool: fs-all}\n",
)
SLA = "clocks: [{id: accept, team: is, stops: [lead.accepted], within: 1h}]"


@pytest.fixture
def office() -> Office:
    return Office(rules_of(ACCOUNTS, SLA))


def known(**profile: str) -> LeadRouting:
    return LeadRouting("lead-1", profile={name: Told(MONDAY, "s", "e", value) for name, value in profile.items()})


@pytest.mark.parametrize(
    ("profile", "account"),
    [
        ({"account_id": "acme", "email": "a@other.example.co.jp"}, "id:acme"),
        ({"email": "taro@mail.mirai.co.jp"}, "domain:mirai.co.jp"),
        ({"email": "TARO@Mirai.Co.Jp "}, "domain:mirai.co.jp"),
        ({"email": "taro@b.tokyo.jp"}, "domain:b.tokyo.jp"),
        ({"email": "taro@gmail.com"}, None),
        ({"email": "taro@localhost"}, None),
        ({"email": "no address"}, None),
        ({}, None),
    ],
)
def test_a_company_is_known_by_its_id_else_by_its_own_mail_domain(profile: dict[str, str], account: str | None) -> None:
    assert account_of(known(**profile), AccountRules(free_mail=frozenset({"gmail.com"}))) == account


def test_mail_domains_may_be_left_out_of_account() -> None:
    assert account_of(known(email="taro@mirai.co.jp"), AccountRules(by_domain=False)) is None
    assert registrable("co.jp") is None


def test_a_second_lead_of_the_account_goes_to_the_first_ones_owner(office: Office) -> None:
    for lead, email in (("a", "a@mirai.co.jp"), ("b", "b@other.co.jp"), ("c", "c@sub.mirai.co.jp")):
        office.tell("profile.updated", "09:00", lead, email=email)
    owners = []
    for lead in ("a", "b", "c"):
        office.tell("lead.qualified", "09:01", lead)
        owners.append(office.owner(lead))
    assert owners == ["aoki", "baba", "aoki"]
    assert office.records[-1].rules_tried == ("is-account",)
    assert office.desk.reps["aoki"].open == 2


def test_each_team_has_its_own_owner_of_the_account(office: Office) -> None:
    for lead in ("a", "b"):
        office.tell("profile.updated", "09:00", lead, account_id="acme")
    office.tell("lead.qualified", "09:01", "a")
    office.tell("lead.sales_qualified", "09:02", "a", rep_id="aoki")
    assert office.owner("a") == "chiba"
    office.tell("lead.qualified", "09:03", "x")
    office.tell("lead.qualified", "09:04", "b")
    office.tell("lead.sales_qualified", "09:05", "x")
    assert office.owner("x") == "doi"
    office.tell("lead.sales_qualified", "09:06", "b")
    assert office.owner("b") == "chiba"


def test_an_owner_who_is_away_does_not_hold_up_the_account(office: Office) -> None:
    for lead in ("a", "b"):
        office.tell("profile.updated", "09:00", lead, account_id="acme")
    office.tell("lead.qualified", "09:01", "a")
    office.tell("rep.away", "09:02", "aoki")
    office.tell("lead.qualified", "09:03", "b")
    assert office.owner("b") == "baba"


def test_an_owner_whose_lead_is_done_owns_the_account_no_more(office: Office) -> None:
    for lead in ("a", "b", "c"):
        office.tell("profile.updated", "09:00", lead, account_id="acme" if lead != "c" else "other")
    office.tell("lead.qualified", "09:01", "a")
    office.tell("lead.disqualified", "09:02", "a")
    office.tell("lead.qualified", "09:03", "c")
    office.tell("lead.qualified", "09:04", "b")
    assert (office.owner("c"), office.owner("b")) == ("baba", "aoki")
    assert office.records[-1].rules_tried == ("is-account", "is-rest")


def test_a_new_mql_beside_an_open_opportunity_is_a_note_to_its_owner_without_a_clock(office: Office) -> None:
    for lead in ("a", "b"):
        office.tell("profile.updated", "09:00", lead, account_id="acme")
    for type_ in ("lead.qualified", "lead.sales_qualified", "opportunity.opened"):
        office.tell(type_, "09:01", "a")
    told = office.tell("lead.qualified", "10:00", "b")
    given = only(told, "lead.assigned").data
    assert (given.value("owner_id"), given.value("why"), given.value("team")) == ("chiba", "note", "is")
    assert "clock.started" not in types(told)


def test_a_company_may_want_every_mql_worked_on(office: Office) -> None:
    office.rules = rules_of(ACCOUNTS + "accounts: {note: false}\n", SLA)
    for lead in ("a", "b"):
        office.tell("profile.updated", "09:00", lead, account_id="acme")
    for type_ in ("lead.qualified", "lead.sales_qualified", "opportunity.opened"):
        office.tell(type_, "09:01", "a")
    assert "clock.started" in types(office.tell("lead.qualified", "10:00", "b"))
    assert office.owner("b") in ("aoki", "baba")


def test_the_note_may_be_passed_on_and_is_routed_like_any_other_then(office: Office) -> None:
    for lead in ("a", "b"):
        office.tell("profile.updated", "09:00", lead, account_id="acme")
    for type_ in ("lead.qualified", "lead.sales_qualified", "opportunity.opened"):
        office.tell(type_, "09:01", "a")
    office.tell("lead.qualified", "10:00", "b")
    office.tell("lead.rejected", "10:05", "b", rep_id="chiba", reason="not_mine")
    assert office.owner("b") in ("aoki", "baba")
    assert office.fire(at("12:00"), "b")[-1].type == "clock.breached"
