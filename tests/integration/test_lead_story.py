"""`baton lead` and the refusals of Postgres, against a real one."""

import json
from asyncio import to_thread
from collections.abc import Callable
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from services.cli import app
from services.commands.playbooks import activate_folder
from services.scoring.folding import folded
from services.scoring.playbook import load
from services.scoring.store import save
from shared import db
from shared.events import decode
from shared.migrations import migrate
from shared.playbook import PlaybookFolder

DEPLOYED = Path(__file__).parents[2] / "deploy" / "playbook"
PERSON = {"title_level": "director", "company": "架空物産", "employees": 3000, "competitor": False}
DOWNLOAD = {"asset_id": "case-01", "kind": "case_study", "title": "導入事例: 製造業の営業部門で商談が二倍になるまで"}

Run = Callable[..., Result]


def activity(number: int, kind: str, /, **data: object) -> bytes:
    event = {"specversion": "1.0", "id": f"e{number}", "source": "urn:ma", "type": kind, "subject": "lead-1"}
    return json.dumps(event | {"time": f"2026-04-01T0{number}:00:00Z", "data": data}, ensure_ascii=False).encode()


BODIES = [
    activity(1, "profile.updated", **PERSON),
    activity(2, "content.downloaded", **DOWNLOAD),
    activity(3, "web.visited", page="pricing"),
    activity(4, "demo.requested"),
]


@pytest.fixture
async def run(database: str, monkeypatch: pytest.MonkeyPatch) -> Run:
    """The command line on a database whose scoring knows one lead, under the example company's playbook."""
    await migrate(database)
    await activate_folder(DEPLOYED, database)
    pool = await db.connect(database, "scoring", most=1)
    async with pool.acquire() as connection:
        for body in BODIES:
            event = decode(body)
            await connection.execute(
                "INSERT INTO activity (lead_id, source, id, body, body_hash) VALUES ($1, $2, $3, $4, '')",
                *(event.subject, event.source, event.id, body),
            )
        state = folded([decode(body) for body in BODIES], load(PlaybookFolder.read(DEPLOYED)))
        await connection.execute("INSERT INTO lead (lead_id) VALUES ('lead-1')")
        await save(connection, {"lead-1": state})
    await db.close(pool)
    monkeypatch.setenv("BATON_POSTGRES", database)
    return lambda *words: CliRunner().invoke(app, list(words))


async def test_a_lead_is_told_whole_in_the_zone_of_the_company_with_its_score(run: Run) -> None:
    result = await to_thread(run, "lead", "lead-1")
    assert result.exit_code == 0
    title, *lines = result.stdout.splitlines()
    assert title.strip() == "lead-1: score 110.9 (fit 35, engagement 75.9) as of the latest activity"
    told = [[cell.strip() for cell in line.split("│")[1:-1]] for line in lines if line.startswith("│")]
    assert told == [
        [
            "2026-04-01 10:00:00+09:00",
            "lead",
            "profile.updated",
            "",
            "title_level director, company 架空物産, employees 3000, competitor false",
        ],
        [
            "2026-04-01 11:00:00+09:00",
            "lead",
            "content.downloaded",
            "",
            f"asset_id case-01, kind case_study, title {DOWNLOAD['title']}",
        ],
        ["2026-04-01 12:00:00+09:00", "lead", "web.visited", "", "page pricing"],
        ["2026-04-01 12:00:00+09:00", "scoring", "lead.qualified", "", "cycle 1"],
        ["2026-04-01 13:00:00+09:00", "lead", "demo.requested", "", ""],
    ]


async def test_a_lead_that_nobody_knows_is_told_in_words(run: Run) -> None:
    result = await to_thread(run, "lead", "nope")
    assert (result.exit_code, result.stdout, result.stderr) == (1, "", "nobody knows a lead nope\n")


async def test_a_record_that_is_not_there_is_not_told_to_be_released(run: Run) -> None:
    result = await to_thread(run, "quarantine", "retry", "scoring/99999")
    assert result.exit_code == 2
    assert result.stderr == "scoring/99999 is not in quarantine: see `baton quarantine list`\n"


async def test_what_migrate_did_is_an_answer(run: Run) -> None:
    assert (await to_thread(run, "migrate")).stdout == "the database is up to date\n"


async def test_a_database_that_postgres_does_not_have_is_told_so(
    run: Run, database: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("BATON_POSTGRES", database.rpartition("/")[0] + "/nowhere")
    result = await to_thread(run, "lead", "lead-1")
    assert result.exit_code == 2
    assert result.stderr.startswith("Postgres answers, and has no such database (")
