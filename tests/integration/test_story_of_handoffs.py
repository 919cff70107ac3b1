"""What `baton lead` and `baton why` tell of refusals, other people's decisions and clocks, as it was at the time."""

import json
from asyncio import to_thread
from collections.abc import Sequence
from datetime import timedelta
from pathlib import Path
from shutil import copytree

import pytest
from typer.testing import CliRunner, Result

from services.cli import app
from services.commands.playbooks import activate_folder
from shared import migrations
from shared.events import Event
from tests.integration.handled import MORNING, PLAYBOOK, event, happen

MINUTE = timedelta(minutes=1)


@pytest.fixture
async def office(database: str, monkeypatch: pytest.MonkeyPatch) -> str:
    """A database in which a demo was asked for at ten on a Monday; somebody of Inside Sales has the lead."""
    await migrations.migrate(database)
    await activate_folder(PLAYBOOK, database)
    asked = event(1, "demo.requested", MORNING)
    await happen(database, [event(0, "profile.updated", MORNING - MINUTE, employees=2000), asked])
    monkeypatch.setenv("BATON_POSTGRES", database)
    return database


async def baton(*words: str) -> Result:
    return await to_thread(CliRunner().invoke, app, words)


async def story() -> list[tuple[str, str, str]]:
    """(what, who, detail) of each line that routing wrote, in order."""
    told = json.loads((await baton("lead", "lead-1", "--json")).stdout)
    return [(one["what"], one["who"], one["detail"]) for one in told if one["service"] == "routing"]


async def owner() -> str:
    return str(json.loads((await baton("why", "lead-1", "--json")).stdout)["owner"]["owner"])


def about(lines: Sequence[tuple[str, str, str]], what: str) -> list[tuple[str, str]]:
    return [(who, detail) for name, who, detail in lines if name == what]


async def test_a_move_that_the_stage_table_does_not_allow_is_seen_by_people(office: str) -> None:
    await happen(office, [event(2, "lead.returned", MORNING + MINUTE, rep_id="rep-03", reason="timing")])
    assert about(await story(), "refused lead.returned") == [("", "not allowed from mql")]
    assert (
        "2026-04-06 10:01 JST, refused lead.returned: not allowed from mql\n" in (await baton("why", "lead-1")).stdout
    )


async def test_a_decision_by_another_than_the_owner_stands_in_the_story_and_in_why(office: str) -> None:
    holder = await owner()
    other = next(rep for rep in ("rep-01", "rep-02") if rep != holder)
    await happen(office, [event(2, "lead.accepted", MORNING + MINUTE, rep_id=other)])
    assert about(await story(), "not followed lead.accepted") == [(other, f"not by the owner, {holder}")]
    assert (
        f"not followed lead.accepted by {other}: not by the owner, {holder}\n" in (await baton("why", "lead-1")).stdout
    )


async def test_an_owner_whom_the_playbook_does_not_know_stands_in_the_story_and_in_why(office: str) -> None:
    holder = await owner()
    changes = [
        event(2, "owner.changed", MORNING + MINUTE, owner_id="rep-99", rep_id="rep-03"),
        event(3, "owner.changed", MORNING + 2 * MINUTE, rep_id="rep-03"),
    ]
    await happen(office, changes)
    assert about(await story(), "refused owner.changed") == [
        ("rep-03", f"rep-99 is no rep of the playbook; the lead stays with {holder}"),
        ("rep-03", f"it names nobody as owner_id; the lead stays with {holder}"),
    ]
    assert await owner() == holder
    assert "rep-99 is no rep of the playbook" in (await baton("why", "lead-1")).stdout


async def test_at_the_same_time_the_cause_stands_above_what_followed(office: str) -> None:
    told = [what for what, _, _ in await story()]
    assert told[:2] == ["stage mql", "assigned (is)"]
    running = {"clock accept_hand_raise running", "clock first_touch_hand_raise running"}
    assert set(told[2:]) == {"handover to is incomplete", *running}


async def test_a_moved_deadline_is_told_beside_the_old_one_which_stays_what_it_was(office: str, tmp_path: Path) -> None:
    moved = Path(copytree(PLAYBOOK, tmp_path / "longer"))
    written = (moved / "sla.yaml").read_text()
    assert "within: 15m" in written
    (moved / "sla.yaml").write_text(written.replace("within: 15m", "within: 55m"))
    await activate_folder(moved, office)
    await happen(office, [event(2, "clocks.move_requested", MORNING + MINUTE)], moved)
    lines = await story()
    ((_, running),) = about(lines, "clock accept_hand_raise running")
    assert running == "due 2026-04-06 10:15:00+09:00"
    ((_, told),) = about(lines, "clock accept_hand_raise moved")
    assert told.startswith("due 2026-04-06 10:55:00+09:00, playbook ")
    assert "; before: 2026-04-06 10:15:00+09:00, playbook " in told
    assert "clock accept_hand_raise moved by" in (await baton("why", "lead-1")).stdout


async def test_a_clock_that_ended_stands_at_its_start_and_at_its_end(office: str) -> None:
    holder = await owner()
    ended: list[Event] = [event(2, "lead.disqualified", MORNING + MINUTE, rep_id=holder, reason="competitor")]
    await happen(office, ended)
    lines = await story()
    assert about(lines, "clock accept_hand_raise running") == [(holder, "due 2026-04-06 10:15:00+09:00")]
    assert about(lines, "clock accept_hand_raise cancelled") == [(holder, "the stage has left the team")]
