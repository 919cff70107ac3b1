"""What is implied, counted, told twice or told without an id; and the order of moves at one instant."""

from datetime import timedelta

import pytest

from shared.events import Event, type_registry
from shared.events.catalogue.samples import sample
from shared.events.lifecycle import MOVES, Move, fold_moves, order_key
from tests.unit.events.journeys import START, about, implied, journey, move, reasons


def test_two_systems_that_report_the_same_win_make_one_customer_and_one_win() -> None:
    opened = about("opportunity.opened", 0, "a")
    for first, second in (("a", "a"), ("a", None), (None, "a"), (None, None)):
        life = fold_moves([opened, about("opportunity.won", 1, first), about("opportunity.won", 2, second)])
        assert (life.stage, life.wins, reasons(life)) == ("customer", 1, ["the opportunity is already won"])


def test_a_win_reported_without_an_id_first_is_the_same_win_when_it_is_reported_with_one() -> None:
    life = fold_moves([about("opportunity.won", 0), about("opportunity.won", 1, "a"), about("opportunity.won", 2, "b")])
    assert (life.wins, reasons(life)) == (2, ["the opportunity is already won"])


def test_an_opportunity_opened_without_an_id_is_lost_when_its_loss_is_reported_with_one() -> None:
    life = fold_moves([about("opportunity.opened", 0), about("opportunity.lost", 1, "a")])
    assert (life.stage, life.opportunities) == ("lost", {"a": "lost"})


def test_a_loss_that_names_none_of_several_open_opportunities_is_refused() -> None:
    two_open = [about("opportunity.opened", 0, "a"), about("opportunity.opened", 1, "b")]
    life = fold_moves([*two_open, about("opportunity.lost", 2)])
    assert (life.stage, reasons(life)) == ("opportunity", ["several opportunities are open and the report names none"])
    assert fold_moves([*two_open, about("opportunity.lost", 2, "b"), about("opportunity.lost", 3)]).stage == "lost"


def test_an_opportunity_that_was_recycled_with_its_lead_cannot_be_lost_once_more() -> None:
    recycled = [about("opportunity.opened", 0, "a"), move("lead.recycled", 1)]
    life = fold_moves([*recycled, about("opportunity.lost", 2, "a")])
    assert (life.stage, life.cycle, reasons(life)) == ("lead", 2, ["the opportunity is already recycled"])
    life = fold_moves([*recycled, move("lead.qualified", 2), about("opportunity.lost", 3)])
    assert (life.stage, life.cycle, reasons(life)) == ("lost", 3, [])


def test_an_opportunity_that_was_recycled_with_its_lead_can_be_taken_up_again() -> None:
    recycled = [about("opportunity.opened", 0, "a"), move("lead.recycled", 1)]
    assert fold_moves([*recycled, about("opportunity.opened", 2, "a")]).stage == "opportunity"
    assert fold_moves([*recycled, about("opportunity.won", 2, "a")]).stage == "customer"


@pytest.mark.parametrize("name", [None, "b"])
def test_expansions_of_a_customer_are_counted_whether_or_not_they_have_an_id(name: str | None) -> None:
    expansion = {"name": name, "kind": "expansion"}
    moves_ = [about("opportunity.won", 0), about("opportunity.opened", 1, **expansion)]
    life = fold_moves(moves_)
    assert (life.stage, life.cycle, life.entries[1, "customer"].expansions) == ("customer", 1, 1)
    again = fold_moves([*moves_, about("opportunity.opened", 2, **expansion)])
    assert reasons(again) == ["the opportunity is already open"]
    won = fold_moves([*moves_, about("opportunity.won", 2, **expansion)])
    assert (won.wins, won.stage, reasons(won)) == (2, "customer", [])
    twice = fold_moves([*moves_, about("opportunity.won", 2, **expansion), about("opportunity.won", 3, **expansion)])
    assert (twice.wins, reasons(twice)) == (2, ["the opportunity is already won"])


def test_the_second_expansion_without_an_id_is_another_one_once_the_first_is_settled() -> None:
    opened, won = "opportunity.opened", "opportunity.won"
    kinds = [about(won, 0), *(about(kind, hour, kind="expansion") for hour, kind in enumerate((opened, won) * 2, 1))]
    life = fold_moves(kinds)
    assert (life.wins, life.entries[1, "customer"].expansions, reasons(life)) == (3, 2, [])


def test_an_expansion_that_is_lost_leaves_a_customer() -> None:
    life = fold_moves([about("opportunity.won", 0), about("opportunity.opened", 1, "b"), about("opportunity.lost", 2)])
    assert (life.stage, life.cycle, reasons(life)) == ("customer", 1, [])


def test_a_new_deal_with_a_customer_that_is_no_expansion_is_not_counted_as_one() -> None:
    life = fold_moves([about("opportunity.won", 0, "a"), about("opportunity.opened", 1, "b", kind="new")])
    assert (life.entries[1, "customer"].expansions, reasons(life)) == (0, [])


@pytest.mark.parametrize(("state", "told"), [("opportunity.opened", "open"), ("opportunity.won", "won")])
def test_only_an_opportunity_that_was_closed_without_a_win_can_be_reopened(state: str, told: str) -> None:
    life = fold_moves([about(state, 0, "a"), about("opportunity.reopened", 1, "a")])
    assert reasons(life) == [f"the opportunity is already {told}"]


def test_one_of_two_opportunities_that_was_lost_can_be_reopened() -> None:
    two = [about("opportunity.opened", 0, "a"), about("opportunity.opened", 1, "b"), about("opportunity.lost", 2, "a")]
    life = fold_moves([*two, about("opportunity.reopened", 3, "a"), about("opportunity.lost", 4, "b")])
    assert (life.stage, life.cycle, reasons(life)) == ("opportunity", 1, [])


def test_renewals_and_upsells_keep_a_customer_and_renewals_are_counted() -> None:
    life = journey("opportunity.won", "contract.renewed", "upsell.won", "contract.renewed")
    assert (life.stage, life.entries[1, "customer"].renewals, reasons(life)) == ("customer", 2, [])


def test_a_contract_that_was_renewed_runs_although_its_start_was_never_told() -> None:
    kept = [move("opportunity.won"), about("contract.started", 1, "a"), about("contract.renewed", 2, "b")]
    assert fold_moves([*kept, about("contract.cancelled", 3, "a")]).stage == "customer"
    assert fold_moves([*kept, about("contract.cancelled", 3, "a"), about("contract.cancelled", 4)]).stage == "churned"


def test_a_cancellation_that_names_none_of_several_contracts_is_refused() -> None:
    two = [move("opportunity.won"), about("contract.started", 1, "a"), about("contract.started", 2, "b")]
    life = fold_moves([*two, about("contract.cancelled", 3)])
    assert (life.stage, reasons(life)) == ("customer", ["several contracts run and the report names none"])
    life = fold_moves([*two, about("contract.cancelled", 3, "a"), about("contract.cancelled", 4, "a")])
    assert (life.stage, reasons(life)) == ("customer", ["the contract is already cancelled"])


def test_a_churned_customer_that_comes_back_goes_round_once_more() -> None:
    first = ("opportunity.won", "contract.started", "contract.cancelled")
    life = journey(*first, "lead.qualified", *first)
    assert (life.stage, life.cycle, life.wins, reasons(life)) == ("churned", 3, 2, [])
    assert {cycle for cycle, _ in life.entries} == {1, 2}


@pytest.mark.parametrize(
    "ending", ["lead.recycled", "lead.disqualified", "opportunity.lost", "opportunity.cancelled"], ids=str
)
def test_every_activity_that_ends_a_cycle_lets_the_lead_qualify_again_in_the_next(ending: str) -> None:
    life = journey("lead.qualified", ending, "lead.qualified", ending, "lead.qualified")
    assert (life.stage, life.cycle, reasons(life)) == ("mql", 3, [])
    assert {key for key, entry in life.entries.items() if entry.to == "mql"} == {(1, "mql"), (2, "mql"), (3, "mql")}


def test_a_move_that_was_refused_ends_no_cycle() -> None:
    assert journey("lead.recycled", "contract.cancelled", "lead.returned", "lead.qualified").cycle == 1


def test_implied_stages_carry_the_move_that_implied_them() -> None:
    life = fold_moves([move("opportunity.won", rep_id="rep-1", reason="price", backfill=True)])
    found = {entry.to: (entry.by, entry.rep_id, entry.reason, entry.backfill) for entry in life.entries.values()}
    assert set(found.values()) == {("opportunity.won", "rep-1", "price", True)}
    assert [entry.from_ for entry in life.entries.values()] == ["lead", "mql", "sql", "opportunity"]


def test_the_qualification_at_the_instant_of_an_implied_one_takes_its_place() -> None:
    life = fold_moves([move("opportunity.won", rep_id="rep-1", backfill=True), move("lead.qualified")])
    mql = life.entries[1, "mql"]
    assert (mql.by, mql.implied, mql.backfill, mql.rep_id) == ("lead.qualified", False, False, None)
    assert (life.stage, life.entries[1, "customer"].expansions) == ("customer", 0)


def test_a_relay_without_inside_sales_goes_from_mql_to_opportunity_and_recycles() -> None:
    life = journey("lead.qualified", "opportunity.opened", "lead.recycled", relay_has_is=False)
    assert [(entry.to, entry.implied) for entry in life.entries.values()] == [
        ("mql", False),
        ("opportunity", False),
        ("lead", False),
    ]


def test_a_refusal_tells_where_the_lead_stood_and_who_reported_what() -> None:
    (refusal,) = journey("lead.disqualified", "lead.returned").refusals
    assert (refusal.from_, refusal.cycle, refusal.by, refusal.source) == (
        "disqualified",
        2,
        "lead.returned",
        "urn:test",
    )
    assert (refusal.id, refusal.at) == ("lead.returned-1", START + timedelta(hours=1))


def test_moves_at_one_instant_count_in_the_order_of_the_stage_table_and_qualification_last() -> None:
    together = [move(kind) for kind in ("opportunity.won", "opportunity.opened", "lead.sales_qualified")]
    life = fold_moves(together)
    assert (implied(life), reasons(life)) == (["mql"], [])
    assert fold_moves([*together, move("lead.qualified")]).entries[1, "mql"].by == "lead.qualified"


def event(event_type: str, **data: object) -> Event:
    return Event.model_validate(
        {"id": "e", "source": "urn:test", "type": event_type, "subject": "lead-1", "time": START, "data": data}
    )


def test_a_move_is_about_the_opportunity_or_contract_that_its_event_names() -> None:
    won = event("opportunity.won", opportunity_id="o", contract_id="c", kind="new", rep_id="r", reason="price")
    assert Move.of(won) == Move(START, "opportunity.won", "urn:test", "e", False, "r", "price", "o", "new")
    assert Move.of(event("contract.started", contract_id="c")) == Move(
        START, "contract.started", "urn:test", "e", object_id="c"
    )


@pytest.mark.parametrize("name", sorted(type_registry))
def test_an_event_is_a_move_if_and_only_if_the_stage_table_has_its_type(name: str) -> None:
    read = sample(name)
    found = Move.of(read)
    assert (found is not None) == (name in MOVES)
    if found:
        assert found.key == order_key(read)


def test_what_moves_no_stage_comes_first_of_one_instant_and_what_is_derived_last() -> None:
    names = ["web.visited", "lead.sales_qualified", "opportunity.opened", "contract.cancelled", "lead.qualified"]
    found = sorted((sample(name) for name in reversed(names)), key=order_key)
    assert [one.type for one in found] == names
