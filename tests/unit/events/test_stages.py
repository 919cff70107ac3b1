"""The stage table: every row of it, what is implied, what is refused, and that order of arrival does not matter."""

from datetime import timedelta
from pathlib import Path
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.events.lifecycle import MOVES, Move, fold_moves
from tests.unit.events.journeys import START, about, implied, journey, move


@pytest.mark.parametrize(
    ("kinds", "stage", "cycle"),
    [
        ("lead.qualified", "mql", 1),
        ("lead.qualified lead.sales_qualified", "sql", 1),
        ("lead.qualified lead.sales_qualified lead.returned", "mql", 1),
        ("lead.qualified lead.recycled", "lead", 2),
        ("lead.qualified lead.sales_qualified lead.recycled", "lead", 2),
        ("lead.qualified opportunity.opened lead.recycled", "lead", 2),
        ("lead.disqualified", "disqualified", 2),
        ("lead.qualified lead.disqualified", "disqualified", 2),
        ("lead.qualified lead.sales_qualified lead.disqualified", "disqualified", 2),
        ("lead.qualified opportunity.opened", "opportunity", 1),
        ("lead.qualified opportunity.opened opportunity.won", "customer", 1),
        ("lead.qualified opportunity.opened opportunity.lost", "lost", 2),
        ("lead.qualified opportunity.opened opportunity.cancelled", "lost", 2),
        ("lead.disqualified lead.qualified", "mql", 2),
        ("lead.qualified opportunity.opened opportunity.lost lead.qualified", "mql", 2),
        ("lead.qualified opportunity.opened opportunity.lost opportunity.reopened", "opportunity", 2),
        ("opportunity.won contract.renewed", "customer", 1),
        ("opportunity.won contract.cancelled", "churned", 2),
        ("opportunity.won contract.cancelled lead.qualified", "mql", 2),
    ],
)
def test_every_row_of_the_stage_table(kinds: str, stage: str, cycle: int) -> None:
    life = journey(*kinds.split())
    assert (life.stage, life.cycle, life.refusals) == (stage, cycle, [])


def test_the_glossary_has_every_move_of_the_stage_table() -> None:
    glossary = (Path(__file__).parents[3] / "docs" / "glossary.md").read_text()
    table = glossary.partition("## Stages")[2].partition("\n###")[0]
    assert [name for name in MOVES if f"`{name}`" not in table] == ["contract.started"]


def test_stages_that_are_skipped_are_recorded_as_implied() -> None:
    assert implied(journey("opportunity.won")) == ["mql", "sql", "opportunity"]
    assert implied(journey("lead.qualified", "opportunity.won")) == ["sql", "opportunity"]
    assert implied(journey("opportunity.lost")) == ["mql", "sql", "opportunity"]


def test_a_relay_without_inside_sales_has_no_sql_stage_at_all() -> None:
    life = journey("lead.qualified", "opportunity.won", relay_has_is=False)
    assert [entry.to for entry in life.entries.values()] == ["mql", "opportunity", "customer"]
    assert journey("lead.sales_qualified", relay_has_is=False).refusals[0].reason == "this relay has no SQL stage"


@pytest.mark.parametrize("hour", [0, 1])
def test_what_was_implied_is_replaced_by_a_real_event_that_is_not_later(hour: float) -> None:
    life = fold_moves([move("opportunity.won", 1), move("lead.qualified", hour), move("opportunity.opened", hour)])
    assert implied(life) == ["sql"]
    assert life.refusals == []
    assert life.entries[1, "customer"].expansions == 0


def test_a_lead_won_before_its_first_contact_is_an_expansion_by_that_contact() -> None:
    life = fold_moves([move("opportunity.won", 0), move("lead.qualified", 24)])
    assert (life.stage, life.cycle, life.entries[1, "customer"].expansions) == ("customer", 1, 1)
    assert life.entries[1, "mql"].implied


def test_a_customer_qualified_by_backfill_and_then_live_is_one_expansion() -> None:
    old, live = move("lead.qualified", 2, backfill=True), move("lead.qualified", 3)
    told = fold_moves([move("opportunity.won", 0), old])
    life = fold_moves([move("opportunity.won", 0), old, live])
    assert (told.entries[1, "customer"].expansions, told.live) == (1, False)
    assert (life.entries[1, "customer"].expansions, life.live) == (1, True)
    again = fold_moves([move("opportunity.won", 0), old, live, move("lead.qualified", 4)])
    assert again.entries[1, "customer"].expansions == 2


def test_a_return_counts_and_keeps_the_first_entry() -> None:
    life = journey("lead.qualified", "lead.sales_qualified", "lead.returned", "lead.sales_qualified", "lead.returned")
    assert (life.entries[1, "mql"].returns, life.entries[1, "mql"].at) == (2, START)
    assert life.entered_at == START + timedelta(hours=4)


def test_a_lead_with_several_opportunities_stands_where_the_best_one_stands() -> None:
    two_open = [about("opportunity.opened", 0, "a"), about("opportunity.opened", 1, "b")]
    one_lost = [*two_open, about("opportunity.lost", 2, "a")]
    assert fold_moves(one_lost).stage == "opportunity"
    assert fold_moves([*one_lost, about("opportunity.lost", 3, "b")]).stage == "lost"
    assert fold_moves([*one_lost, about("opportunity.won", 3, "b")]).stage == "customer"


def test_a_customer_churns_with_its_last_contract() -> None:
    started = [move("contract.started", hour, object_id=name) for hour, name in ((1, "a"), (2, "b"))]
    one_left = [move("opportunity.won"), *started, move("contract.cancelled", 3, object_id="a")]
    assert fold_moves(one_left).stage == "customer"
    assert fold_moves([*one_left, move("contract.cancelled", 4, object_id="b")]).stage == "churned"


@pytest.mark.parametrize(
    ("kinds", "reason"),
    [
        ("lead.returned", "not allowed from lead"),
        ("lead.recycled", "not allowed from lead"),
        ("lead.disqualified opportunity.opened", "not allowed from disqualified"),
        ("opportunity.won lead.disqualified", "not allowed from customer"),
        ("opportunity.won opportunity.won", "the opportunity is already won"),
        ("lead.sales_qualified lead.qualified", "already sql in this cycle"),
        ("contract.renewed", "not allowed from lead"),
        ("contract.cancelled", "not allowed from lead"),
    ],
)
def test_a_move_that_the_table_does_not_allow_changes_nothing_and_says_why(kinds: str, reason: str) -> None:
    before, life = journey(*kinds.split()[:-1]), journey(*kinds.split())
    assert [refusal.reason for refusal in life.refusals] == [reason]
    assert (life.stage, life.cycle, life.entries) == (before.stage, before.cycle, before.entries)


def test_a_lead_qualified_by_backfill_comes_alive_with_the_live_qualification() -> None:
    moves = [move("lead.qualified", 0, backfill=True), move("lead.qualified", 1)]
    assert (fold_moves(moves[:1]).live, fold_moves(moves).live, fold_moves(moves).refusals) == (False, True, [])


moves = st.lists(
    st.builds(
        move,
        st.sampled_from(MOVES),
        st.integers(0, 8),
        object_id=st.sampled_from([None, "a", "b"]),
        backfill=st.booleans(),
        kind=st.sampled_from([None, "new", "expansion"]),
    ),
    max_size=12,
    unique_by=lambda found: found.id,
)


@given(moves, st.randoms())
def test_any_order_of_arrival_gives_the_same_stages(found: list[Move], shuffler: Random) -> None:
    shuffled = list(found)
    shuffler.shuffle(shuffled)
    assert fold_moves(shuffled) == fold_moves(found)


@given(moves)
def test_a_lead_enters_a_stage_once_in_a_cycle_and_cycles_never_fall(found: list[Move]) -> None:
    life = fold_moves(found)
    cycles = [entry.cycle for entry in sorted(life.entries.values(), key=lambda entry: entry.at)]
    assert cycles == sorted(cycles)
    assert all(key == (entry.cycle, entry.to) for key, entry in life.entries.items())
    assert life.cycle >= max(cycles, default=1)
