"""`baton why`, `why-not` and `route` on what the services' own handlers wrote to a real Postgres."""

import json
from asyncio import to_thread
from collections.abc import Awaitable, Callable
from datetime import timedelta

import pytest
from typer.testing import CliRunner, Result

from services.cli import app
from services.commands.playbooks import activate_folder
from shared import db, migrations
from shared.clock import set_clock
from tests.integration.handled import MORNING, PLAYBOOK, event, happen

HOUR = timedelta(hours=1)
DIRECTOR = {"title_level": "director", "employees": 2000, "name": "Sato"}

Run = Callable[..., Awaitable[Result]]


@pytest.fixture
async def run(database: str, monkeypatch: pytest.MonkeyPatch) -> Run:
    """The command line on a database in which a director asked for a demo at ten on a Monday."""
    await migrations.migrate(database)
    await activate_folder(PLAYBOOK, database)
    pool = await db.connect(database, "baton", most=1)
    async with pool.acquire() as connection:
        await set_clock(connection, MORNING, 1e-9)
    await db.close(pool)
    activities = [
        event(1, "profile.updated", MORNING - HOUR, **DIRECTOR),
        event(2, "content.downloaded", MORNING - HOUR, kind="case_study", asset_id="a-1"),
        event(3, "content.downloaded", MORNING - HOUR / 2, kind="case_study", asset_id="a-1"),
        event(4, "demo.requested", MORNING),
    ]
    await happen(database, activities)
    monkeypatch.setenv("BATON_POSTGRES", database)

    async def command(*words: str) -> Result:
        return await to_thread(CliRunner().invoke, app, words)

    return command


async def spoil(dsn: str, statement: str) -> None:
    pool = await db.connect(dsn, "scoring", most=1)
    await pool.execute(statement)
    await db.close(pool)


async def test_the_parts_of_a_score_sum_to_it_and_the_log_agrees_to_the_last_digit(run: Run) -> None:
    result = await run("why", "lead-1", "--json")
    assert result.exit_code == 0, result.output
    told = json.loads(result.stdout)["score"]
    assert round(sum(part["value"] for part in told["contributions"]), 6) == told["score"]
    assert {check["what"]: check["agrees"] for check in told["checks"]} == {
        "checkpoint": True,
        "lead.scored": None,
        "lead.qualified": True,
    }
    repeated = [part for part in told["contributions"] if part["event_id"] == "e3"]
    assert [part["why"] for part in repeated] == ["gives nothing: once per asset_id, and this one was counted before"]
    assert all(part["place"].startswith("scoring.yaml:") for part in told["contributions"])


async def test_the_owner_is_explained_by_rule_pool_and_balances_and_decided_anew(run: Run) -> None:
    told = json.loads((await run("why", "lead-1", "--json")).stdout)["owner"]
    (decision,) = told["decisions"]
    assert decision["agrees"]
    assert decision["record"]["rules_tried"][-1] == "is-large"
    assert sum(one["balance_after"] for one in decision["candidates"]) == pytest.approx(0)
    assert {clock["id"] for clock in told["clocks"]} == {"accept_hand_raise", "first_touch_hand_raise"}
    assert told["clocks"][0]["due_at"] == "2026-04-06T01:15:00Z"


async def test_people_read_it_in_the_companys_zone(run: Run) -> None:
    told = (await run("why", "lead-1")).stdout
    assert "as of 2026-04-06 10:00 JST" in told
    assert "checkpoint agrees: 4 activities of the log, counted anew, give the same score to the last digit" in told
    assert "was picked from the pool is-enterprise" in told
    assert "Sato" not in told


async def test_as_of_an_earlier_time_only_what_had_happened_counts(run: Run) -> None:
    before = (MORNING - HOUR / 4).isoformat()
    told = json.loads((await run("why", "lead-1", "--as-of", before, "--why-not", "--json")).stdout)["score"]
    assert (told["qualified"], told["stage"]) == (False, "lead")
    assert told["missing"]["points"] == pytest.approx(60 - told["score"])
    suggested = told["missing"]["suggestions"]
    rules = [[change["rule"] for change in one["changes"]] for one in suggested]
    assert rules[:2] == [["pricing_page"], ["case_study"]]
    assert all(one["score"] >= 60 and one["changes"][0]["place"].startswith("scoring.yaml:") for one in suggested)


async def test_a_qualified_lead_is_told_that_it_has_qualified_in_this_cycle(run: Run) -> None:
    told = (await run("why", "lead-1", "--why-not")).stdout
    assert "it has qualified in this cycle (1) already, on 2026-04-06 10:00 JST" in told


async def test_a_checkpoint_that_the_log_does_not_give_is_an_alarm(run: Run, database: str) -> None:
    await spoil(database, "DELETE FROM activity WHERE id = 'e2'")
    result = await run("why", "lead-1")
    assert result.exit_code == 1
    assert "checkpoint DOES NOT AGREE" in result.stdout


async def test_a_lead_that_nobody_knows_is_a_no(run: Run) -> None:
    result = await run("why", "lead-9")
    assert (result.exit_code, result.stderr) == (1, "nobody knows a lead lead-9\n")


@pytest.mark.parametrize("more", [(), ("--why-not",)])
async def test_before_its_first_activity_nobody_knew_the_lead(run: Run, more: tuple[str, ...]) -> None:
    asked = ("why", "lead-1", "--as-of", "2026-01-01T00:00:00Z", *more)
    assert json.loads((await run(*asked, "--json")).stdout) == {"score": None, "owner": None}
    result = await run(*asked)
    told = "nobody knew a lead lead-1 by 2026-01-01 00:00:00+00:00\n"
    assert (result.exit_code, result.stdout, result.stderr) == (1, "", told)


async def test_a_rep_who_was_not_chosen_is_told_why(run: Run) -> None:
    chosen = json.loads((await run("why", "lead-1", "--json")).stdout)["owner"]["owner"]
    other = next(rep for rep in ("rep-01", "rep-02", "rep-04") if rep != chosen)
    assert json.loads((await run("why-not", "lead-1", other, "--json")).stdout)["verdict"] == "not_their_turn"
    assert json.loads((await run("why-not", "lead-1", "rep-07", "--json")).stdout)["verdict"] == "not_in_pool"
    assert (await run("why-not", "lead-1", chosen)).exit_code == 1


async def test_a_rep_whom_nobody_knows_is_refused_with_the_nearest_name(run: Run) -> None:
    result = await run("why-not", "lead-1", "reb-02")
    assert result.exit_code == 2
    assert "did you mean rep-02?" in result.stderr


async def test_the_next_such_lead_goes_to_the_next_in_turn_and_nothing_is_given(run: Run) -> None:
    chosen = json.loads((await run("why", "lead-1", "--json")).stdout)["owner"]["owner"]
    first, second = [json.loads((await run("route", "--profile", '{"employees": 1200}', "--json")).stdout)] * 2
    assert first["owner"] not in (None, chosen)
    assert first == second
    assert first["at"].startswith("2026-04-06T01:00")


async def test_a_lead_of_a_company_that_has_an_owner_would_go_to_them(run: Run, database: str) -> None:
    chosen = json.loads((await run("why", "lead-1", "--json")).stdout)["owner"]["owner"]
    await happen(database, [event(5, "profile.updated", MORNING + HOUR, account_id="acme")])
    told = json.loads((await run("route", "--profile", '{"account_id": "acme"}', "--json")).stdout)
    assert (told["owner"], told["decision"]["record"]["rule"]) == (chosen, "is-account")


async def test_a_mistake_in_a_profile_is_refused_with_its_position(run: Run) -> None:
    result = await run("route", "--profile", '{"employees": 1200,}')
    assert result.exit_code == 2
    assert result.stderr.startswith("--profile:1:")
