"""One approach per company: the account's owner first, and no second approach beside an open opportunity."""

import pytest

from services.routing.accounts import account_of, accounts_told, registrable
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


def of_account(office: Office, *leads: str, account: str = "acme") -> None:
    for lead in leads:
        office.tell("profile.updated", "08:00", lead, account_id=account)


def test_whom_a_person_has_named_for_one_lead_gets_the_accounts_next_one(office: Office) -> None:
    of_account(office, "a", "b", "c", "d")
    office.tell("lead.qualified", "09:00", "a")
    office.tell("lead.qualified", "09:01", "b")
    office.tell("owner.changed", "09:05", "b", owner_id="baba", rep_id="boss")
    assert (office.owner("a"), office.owner("b")) == ("aoki", "baba")
    office.tell("lead.qualified", "09:10", "c")
    assert office.owner("c") == "baba"
    office.tell("owner.changed", "09:15", "a", owner_id="aoki", rep_id="boss")
    office.tell("lead.qualified", "09:20", "d")
    assert office.owner("d") == "aoki"


def test_whom_a_person_has_named_in_one_team_says_nothing_of_the_account_in_another(office: Office) -> None:
    of_account(office, "a", "b", "c")
    for lead in ("a", "b"):
        office.tell("lead.qualified", "09:00", lead)
        office.tell("lead.sales_qualified", "09:01", lead, rep_id="aoki")
    office.tell("owner.changed", "09:05", "b", owner_id="doi", rep_id="boss")
    office.tell("lead.qualified", "09:10", "c")
    assert office.owner("c") == "aoki"
    office.tell("lead.sales_qualified", "09:15", "c", rep_id="aoki")
    assert office.owner("c") == "doi"


def test_who_rejects_one_lead_of_the_account_keeps_the_others_and_gets_the_next_one(office: Office) -> None:
    of_account(office, "a", "b", "c")
    office.tell("lead.qualified", "09:00", "a")
    office.tell("lead.qualified", "09:01", "b")
    office.tell("lead.rejected", "09:05", "b", rep_id="aoki", reason="not_mine")
    assert (office.owner("a"), office.owner("b")) == ("aoki", "baba")
    office.tell("lead.qualified", "09:10", "c")
    assert office.owner("c") == "aoki"


def test_whom_a_person_has_named_and_who_is_away_does_not_hold_up_the_account(office: Office) -> None:
    of_account(office, "a", "b", "c")
    office.tell("lead.qualified", "09:00", "a")
    office.tell("lead.qualified", "09:01", "b")
    office.tell("owner.changed", "09:05", "b", owner_id="baba", rep_id="boss")
    office.tell("rep.away", "09:06", "baba")
    office.tell("lead.qualified", "09:10", "c")
    assert office.owner("c") == "aoki"


def test_no_note_goes_to_an_owner_of_the_opportunity_who_has_left(office: Office) -> None:
    of_account(office, "a", "b")
    for type_ in ("lead.qualified", "lead.sales_qualified", "opportunity.opened"):
        office.tell(type_, "09:01", "a")
    office.rules = rules_of(ACCOUNTS.replace("{id: chiba, team: fs,", "{id: chiba, team: fs, active: false,"), SLA)
    given = only(office.tell("lead.qualified", "10:00", "b"), "lead.assigned").data
    assert (given.value("owner_id"), given.value("why")) == ("baba", None)


def test_a_qualification_tells_the_account_that_scoring_has_read_in_activities_that_routing_does_not_read(
    office: Office,
) -> None:
    office.tell("lead.qualified", "09:00", "a", account_id="acme")
    office.tell("lead.qualified", "09:01", "x")
    office.tell("lead.qualified", "09:02", "b", account_id="acme")
    assert (office.owner("a"), office.owner("x"), office.owner("b")) == ("aoki", "baba", "aoki")


def test_the_account_that_was_told_last_counts_whoever_told_it(office: Office) -> None:
    office.tell("profile.updated", "09:05", "a", account_id="newer")
    office.take(office.event("lead.qualified", "a", time=at("09:00"), account_id="older"), read_at=at("09:06"))
    assert account_of(office.leads["a"], AccountRules()) == "id:newer"
    office.tell("lead.qualified", "09:10", "a", account_id="newest")
    assert account_of(office.leads["a"], AccountRules()) == "id:newest"


def test_the_holders_of_an_account_that_a_qualification_names_are_looked_up_before_it_is_applied(
    office: Office,
) -> None:
    named = office.event("lead.qualified", "a", time=at("09:00"), account_id="acme")
    assert list(accounts_told([named, office.event("call.attempted", "a", time=at("09:00"))], AccountRules())) == [
        "id:acme"
    ]
