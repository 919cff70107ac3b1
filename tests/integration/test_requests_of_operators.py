"""`playbook activate --rescore` and `playbook move-clocks`: one request a lead in Kafka, and what it brings about."""

import json
from asyncio import to_thread
from collections.abc import Awaitable, Callable, Sequence
from datetime import timedelta
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from services.cli import app
from services.commands.playbooks import activate_folder
from shared import db, migrations
from shared.clock import set_clock
from shared.events import Event
from tests.integration.handled import MORNING, PLAYBOOK, event, happen, values_of
from tests.servers import KafkaAddress

Run = Callable[..., Awaitable[Result]]
LEADS = ("lead-1", "lead-2", "lead-3")


@pytest.fixture
async def run(database: str, monkeypatch: pytest.MonkeyPatch, broker: str) -> Run:
    """Three leads have read something, too little; one more has asked for a demo and is with Inside Sales."""
    assert broker
    await migrations.migrate(database)
    await activate_folder(PLAYBOOK, database)
    pool = await db.connect(database, "baton", most=1)
    async with pool.acquire() as connection:
        await set_clock(connection, MORNING, 1e-9)
    await db.close(pool)
    known = {"title_level": "director", "employees": 2000}
    told = [event(n, "profile.updated", MORNING, subject=lead, **known) for n, lead in enumerate(LEADS)]
    await happen(database, [*told, event(9, "demo.requested", MORNING, subject="lead-9")])
    monkeypatch.setenv("BATON_POSTGRES", database)

    async def command(*words: str) -> Result:
        return await to_thread(CliRunner().invoke, app, words)

    return command


@pytest.fixture
def easier(tmp_path: Path) -> Path:
    """The playbook with a threshold that three of the leads reach, and with twice the time to accept."""
    folder = tmp_path / "easier"
    folder.mkdir()
    for file in PLAYBOOK.glob("*.yaml"):
        text = file.read_text().replace("threshold: 60", "threshold: 30").split("\nexamples:")[0]
        (folder / file.name).write_text(text.replace("within: 15m", "within: 30m") + "\n")
    return folder


async def requests(kafka: KafkaAddress, topic: str) -> Sequence[Event]:
    return [Event.model_validate(value) for value in await values_of(kafka, topic)]


async def test_leads_are_judged_anew_on_request_and_asking_again_changes_nothing(
    run: Run, easier: Path, kafka: KafkaAddress, broker: str, database: str
) -> None:
    others = [
        event(10, "profile.updated", MORNING, subject="lead-7", title_level="staff"),
        event(11, "profile.updated", MORNING, subject="lead-8", title_level="director", employees=2000),
        event(12, "lead.sales_qualified", MORNING, subject="lead-8", rep_id="rep-01"),
    ]
    await happen(database, others)
    result = await run("playbook", "activate", str(easier), "--rescore", "--per-second", "1000")
    assert (result.exit_code, "6 leads were asked for" in result.stderr) == (0, True), result.output
    asked = await requests(kafka, broker)
    assert sorted((one.subject, one.type) for one in asked) == [
        (lead, "rescore.requested") for lead in (*LEADS, "lead-7", "lead-8", "lead-9")
    ]

    told = await happen(database, asked, easier)
    assert sorted(one.subject for one in told if one.type == "lead.qualified") == list(LEADS)
    assert sorted(one.subject for one in told if one.type == "lead.assigned") == list(LEADS)
    why = await run("why", "lead-1")
    assert why.exit_code == 0, why.output
    (playbook,) = {one.data.value("playbook") for one in asked}
    assert f"by rescore.requested {playbook}: an operator had every lead judged by the rules" in why.stdout

    again = await run("playbook", "activate", str(easier), "--rescore", "--per-second", "1000")
    assert "was active already" in again.stderr
    assert sorted(map(str, await requests(kafka, broker))) == sorted(map(str, [*asked, *asked]))
    assert [one.type for one in await happen(database, asked, easier) if one.type == "lead.qualified"] == []


async def test_a_dry_run_counts_the_leads_and_changes_nothing(
    run: Run, easier: Path, kafka: KafkaAddress, broker: str
) -> None:
    result = await run("playbook", "activate", str(easier), "--rescore", "--dry-run")
    would = "4 leads would be asked for, and 3 of them would qualify; nothing was changed"
    assert (result.exit_code, would in result.stderr) == (0, True), result.output
    assert await requests(kafka, broker) == []
    assert "is active" in (await run("playbook", "activate", str(easier))).stderr


async def test_a_dry_run_of_the_active_playbook_does_not_say_that_it_is_not_active(run: Run) -> None:
    result = await run("playbook", "activate", str(PLAYBOOK), "--rescore", "--dry-run")
    assert "not activated" not in result.stderr
    assert "4 leads would be asked for, and 0 of them would qualify; nothing was changed" in result.stderr


async def test_leads_are_asked_for_in_pages_each_once(run: Run, kafka: KafkaAddress, broker: str) -> None:
    result = await run("playbook", "activate", str(PLAYBOOK), "--rescore", "--per-second", "3")
    assert "4 leads were asked for" in result.stderr, result.output
    assert sorted(one.subject for one in await requests(kafka, broker)) == [*LEADS, "lead-9"]


async def test_clocks_move_on_request_and_only_those_of_other_rules_are_asked_for(
    run: Run, easier: Path, kafka: KafkaAddress, broker: str, database: str
) -> None:
    none = await run("playbook", "move-clocks", "--dry-run")
    assert "0 leads would be asked for" in none.stderr, none.output
    assert (await run("playbook", "activate", str(easier))).exit_code == 0
    counted = await run("playbook", "move-clocks", "--dry-run")
    assert "1 lead would be asked for" in counted.stderr, counted.output
    assert await requests(kafka, broker) == []

    assert "1 lead was asked for" in (await run("playbook", "move-clocks")).stderr
    (asked,) = await requests(kafka, broker)
    assert (asked.subject, asked.type) == ("lead-9", "clocks.move_requested")
    moved = [one for one in await happen(database, [asked], easier) if one.type == "clock.moved"]
    assert {one.data.value("clock"): one.data.value("due_at") - one.data.value("was_due_at") for one in moved} == {
        "accept_hand_raise": timedelta(minutes=15),
        "first_touch_hand_raise": timedelta(0),
    }
    assert "0 leads would" in (await run("playbook", "move-clocks", "--dry-run")).stderr


async def test_clocks_that_were_stopped_too_late_have_nothing_left_to_move(
    run: Run, easier: Path, database: str
) -> None:
    assert (await run("playbook", "activate", str(easier))).exit_code == 0
    owner = json.loads((await run("why", "lead-9", "--json")).stdout)["owner"]["owner"]
    late = event(20, "call.connected", MORNING + timedelta(minutes=20), subject="lead-9", rep_id=owner)
    await happen(database, [late], easier)
    clocks = json.loads((await run("why", "lead-9", "--json")).stdout)["owner"]["clocks"]
    assert "closed late" in {clock["status"] for clock in clocks}
    assert "0 leads would be asked for" in (await run("playbook", "move-clocks", "--dry-run")).stderr
