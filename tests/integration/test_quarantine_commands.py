"""`baton quarantine` and `baton import` against real Postgres and Kafka."""

import json
from asyncio import to_thread
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from services.cli import app
from shared import db, quarantine
from shared.migrations import migrate
from shared.quarantine import Refused
from shared.records import Record
from shared.topics import LEAD_ACTIVITY
from tests.integration.handled import values_of
from tests.servers import KafkaAddress

NOON = datetime(2026, 4, 1, 12, tzinfo=UTC)
EVENT = {
    "specversion": "1.0",
    "id": "e1",
    "source": "urn:ma",
    "type": "call.connected",
    "subject": "lead-1",
    "time": "2026-04-01T12:00:00Z",
    "data": {},
}

Run = Callable[..., Result]


def refused(offset: int, reason: str, value: bytes = b'{"id": "e1"') -> Refused:
    record = Record(LEAD_ACTIVITY, 0, offset, b"lead-1", value, [("ce_x", b"\xff")], NOON)
    return Refused(record, reason, "time: a time with its zone is expected", NOON if reason == "future" else None)


@pytest.fixture
async def run(database: str, monkeypatch: pytest.MonkeyPatch) -> Run:
    """The command line on a database whose scoring holds three records, and whose alerts holds one of them too."""
    await migrate(database)
    for service, rows in {
        "scoring": [refused(1, "invalid"), refused(2, "future"), refused(3, "handler", json.dumps(EVENT).encode())],
        "alerts": [refused(3, "handler", json.dumps(EVENT).encode())],
    }.items():
        pool = await db.connect(database, service, most=1)
        async with pool.acquire() as connection:
            await quarantine.add(connection, rows)
        await db.close(pool)
    monkeypatch.setenv("BATON_POSTGRES", database)
    return lambda *words: CliRunner().invoke(app, ["quarantine", *words])


def listed(run: Run, *options: str) -> dict[str, str]:
    return {row["id"]: row["status"] for row in json.loads(run("list", "--json", *options).stdout)}


def test_what_waits_in_all_services_is_listed(run: Run) -> None:
    statuses = {"scoring/1": "open", "scoring/2": "future", "scoring/3": "open", "alerts/1": "open"}
    assert listed(run) == statuses
    assert listed(run, "--service", "alerts") == {"alerts/1": "open"}
    assert listed(run, "--status", "future") == {"scoring/2": "future"}
    table = run("list")
    assert table.exit_code == 0
    assert "scoring/1" in table.stdout


def test_one_record_is_shown_with_its_bytes_and_what_can_be_done(run: Run) -> None:
    result = run("show", "scoring/1")
    assert result.exit_code == 0
    assert '{"id": "e1"' in result.stdout
    assert "header  ce_x: b'\\xff'" in result.stdout
    assert "baton quarantine retry scoring/1 --with FILE" in result.stderr
    assert json.loads(run("show", "scoring/1", "--json").stdout)["headers"] == {"ce_x": "base64:/w=="}


def test_a_record_that_is_not_there_is_wrong_use(run: Run) -> None:
    result = run("show", "kpi/9")
    assert result.exit_code == 2
    assert "kpi/9 is not in quarantine" in result.stderr


def test_a_released_record_waits_for_the_service_that_refused_it(run: Run) -> None:
    assert run("retry", "scoring/3", "scoring/2").exit_code == 0
    statuses = {"scoring/1": "open", "scoring/2": "retry", "scoring/3": "retry", "alerts/1": "open"}
    assert listed(run) == statuses


def test_what_cannot_be_released_is_told_and_the_rest_is_released(run: Run) -> None:
    run("retry", "scoring/3")
    again = run("retry", "scoring/3", "scoring/1", "kpi/9")
    assert again.exit_code == 1
    assert "1 released" in again.stderr
    assert "scoring/3 is released already" in again.stderr
    assert "kpi/9 is not in quarantine" in again.stderr


def test_all_of_a_service_are_released_at_once(run: Run) -> None:
    assert json.loads(run("retry", "--all", "--service", "scoring", "--json").stdout)["released"] == [
        "scoring/1",
        "scoring/2",
        "scoring/3",
    ]
    assert listed(run)["alerts/1"] == "open"


@pytest.mark.parametrize(
    "words",
    [["retry"], ["retry", "scoring/1", "--all"], ["retry", "scoring/1", "scoring/2", "--with", "x"], ["retry", "x"]],
)
def test_wrong_use_of_retry_changes_nothing(run: Run, words: list[str]) -> None:
    assert run(*words).exit_code == 2
    assert "retry" not in listed(run).values()


@pytest.fixture
def mended(run: Run, broker: str, tmp_path: Path) -> Callable[[str], Result]:
    def retry(event_id: str) -> Result:
        file = tmp_path / "mended.json"
        file.write_text(json.dumps(EVENT | {"id": event_id}))
        return run("retry", "scoring/3", "--with", str(file), "--json")

    return retry


async def test_a_mended_event_is_published_and_the_record_is_done_wherever_it_was_refused(
    mended: Callable[[str], Result], run: Run, broker: str, kafka: KafkaAddress
) -> None:
    result = await to_thread(mended, "e1-mended")
    assert json.loads(result.stdout) == {"published": "e1-mended", "done": ["scoring/3", "alerts/1"]}
    assert await values_of(kafka, broker) == [EVENT | {"id": "e1-mended", "causationid": "e1"}]
    assert await to_thread(listed, run, "--status", "done") == {"scoring/3": "done", "alerts/1": "done"}


async def test_the_old_id_is_refused_where_others_took_the_old_form(
    mended: Callable[[str], Result], broker: str, kafka: KafkaAddress
) -> None:
    result = await to_thread(mended, "e1")
    assert result.exit_code == 2
    assert "Give it a new id" in result.stderr
    assert await values_of(kafka, broker) == []


async def test_an_export_is_imported_into_kafka(broker: str, kafka: KafkaAddress, tmp_path: Path) -> None:
    (tmp_path / "leads.csv").write_text("id,day\n" + "".join(f"{n},2026-04-01\n" for n in range(50)) + "x,soon\n")
    (tmp_path / "mapping.yaml").write_text(
        "timezone: UTC\nfiles: [{path: leads.csv, events: "
        '[{type: demo.requested, subject: "{id}", id: "d-{id}", time: {column: day}}]}]'
    )
    result = await to_thread(CliRunner().invoke, app, ["import", str(tmp_path / "mapping.yaml")])
    assert result.exit_code == 1
    assert "51 rows read, 50 events made, 1 row refused (time 1)" in result.stderr
    assert sorted(str(event["id"]) for event in await values_of(kafka, broker)) == sorted(f"d-{n}" for n in range(50))


def test_a_database_that_does_not_answer_is_told_with_what_to_set(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("BATON_POSTGRES", "postgresql://baton@127.0.0.1:1/baton")
    result = CliRunner().invoke(app, ["quarantine", "list"])
    assert result.exit_code == 2
    assert "set BATON_POSTGRES to its address" in result.stderr


async def test_a_database_without_tables_is_told_to_be_migrated(database: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("BATON_POSTGRES", database)
    result = await to_thread(CliRunner().invoke, app, ["quarantine", "list"])
    assert result.exit_code == 2
    assert "run `baton migrate` first" in result.stderr
