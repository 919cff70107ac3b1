"""What the command line says when a server, a setting or a file is not as it should be: one sentence, exit 2."""

import json
import signal
import subprocess
import sys
from pathlib import Path

import asyncpg
import pytest
from rich.table import Table
from typer.testing import CliRunner

from services.cli import app
from services.commands.failures import in_words
from services.commands.output import print_listed, print_table
from services.commands.publishing import doubted
from shared.event_files import EventLine, read_lines

ROOT = Path(__file__).parents[3]
EVENTS = ROOT / "docs" / "examples" / "events.jsonl"
PLAYBOOK = ROOT / "deploy" / "playbook"
NOBODY = "postgresql://baton:hidden@127.0.0.1:1/baton"
EXPECTED_ADDRESS = "an address such as postgresql://baton:secret@127.0.0.1:5432/baton is expected"
ONE_EVENT = (
    b'{"specversion":"1.0","id":"a","source":"s","type":"web.visited","subject":"l1","time":"2026-04-01T00:00:00Z"}\n'
)
NEED_POSTGRES = [
    ("migrate",),
    ("playbook", "activate", str(PLAYBOOK)),
    ("lead", "lead-1"),
    ("export",),
    ("quarantine", "list"),
    ("quarantine", "show", "scoring/1"),
    ("quarantine", "retry", "scoring/1"),
    ("quarantine", "retry", "scoring/1", "--with", str(EVENTS)),
]


@pytest.fixture
def run(monkeypatch):
    def run(*words, **settings):
        for name, value in settings.items():
            monkeypatch.setenv(f"BATON_{name.upper()}", value)
        result = CliRunner().invoke(app, list(words))
        assert not result.exception or isinstance(result.exception, SystemExit)
        return result.exit_code, result.stderr

    return run


@pytest.mark.parametrize("words", NEED_POSTGRES, ids=" ".join)
def test_where_postgres_does_not_answer_the_setting_is_named(run, words):
    status, told = run(*words, postgres=NOBODY)
    assert status == 2
    assert told == (
        "Postgres does not answer (ConnectionRefusedError): set BATON_POSTGRES to its address, such as "
        "postgresql://baton:secret@127.0.0.1:5432/baton\n"
    )


@pytest.mark.parametrize("dsn", ["hidden", "postgresql://baton:hidden@127.0.0.1:x/baton", "mysql://hidden/x"])
@pytest.mark.parametrize("words", NEED_POSTGRES, ids=" ".join)
def test_an_address_that_is_none_is_told_without_its_password(run, words, dsn):
    assert run(*words, postgres=dsn) == (2, f"BATON_POSTGRES: {EXPECTED_ADDRESS}\n")


def test_a_setting_of_the_wrong_type_is_told_with_its_value_and_what_was_expected(run):
    status, told = run("lead", "x", lanes="abc", breaker_after="1.5")
    assert status == 2
    assert told.splitlines() == [
        "BATON_LANES=abc: a whole number is expected",
        "BATON_BREAKER_AFTER=1.5: a whole number is expected",
    ]


@pytest.mark.parametrize("words", [("topics", "check"), ("topics", "apply"), ("topics", "accept", "x")], ids=" ".join)
def test_where_kafka_does_not_answer_the_setting_is_named(run, words):
    status, told = run(*words, kafka="127.0.0.1:1")
    assert status == 2
    assert told.startswith("Kafka at 127.0.0.1:1 does not answer (")
    assert told.endswith("): set BATON_KAFKA to its address, such as 127.0.0.1:9092\n")


@pytest.mark.parametrize("servers", ["", "host:x", "a:9092,b:90922"])
def test_an_address_of_kafka_that_is_none_is_told_with_what_was_expected(run, servers):
    told = f"BATON_KAFKA={servers}: host:port is expected, several separated by commas, such as 127.0.0.1:9092\n"
    assert run("publish", str(EVENTS), kafka=servers) == (2, told)


def test_an_option_of_the_address_that_postgres_does_not_know_is_named(run):
    status, told = run("migrate", postgres=f"{NOBODY}?sslmode=bad")
    assert status == 2
    assert told.startswith("BATON_POSTGRES is not understood (`sslmode` parameter must be one of: disable, ")


def baton(*words, **settings):
    """The command as its users start it."""
    command = [sys.executable, "-m", "services.cli", *words]
    return subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE, env=settings or None)


def test_what_libraries_say_of_kafka_is_not_repeated():
    process = baton("publish", str(EVENTS), BATON_KAFKA="127.0.0.1:1", PYTHONPATH=str(ROOT))
    _, told = process.communicate()
    assert process.returncode == 2
    assert told.decode().startswith("Kafka at 127.0.0.1:1 did not take the events (")
    assert told.count(b"\n") == 1


def test_a_reader_that_leaves_ends_the_command_as_it_ends_any_other(tmp_path):
    (tmp_path / "events.jsonl").write_bytes(b"".join(ONE_EVENT.replace(b"l1", b"l%d" % n) for n in range(2000)))
    process = baton("score", "--playbook", str(PLAYBOOK), "--events", str(tmp_path / "events.jsonl"))
    process.stdout.readline()
    process.stdout.close()
    with process.stderr as stream:
        told = stream.read()
    assert (process.wait(), told) == (-signal.SIGPIPE, b"")


@pytest.fixture
def replay(run, tmp_path):
    (tmp_path / "events.jsonl").write_bytes(ONE_EVENT)
    words = ("replay", "--playbook", str(PLAYBOOK), "--events", str(tmp_path / "events.jsonl"))
    return lambda out: run(*words, "--out", str(out))


def test_results_are_not_written_where_a_file_stands(replay, tmp_path):
    out = tmp_path / "events.jsonl"
    assert replay(out) == (2, f"--out: the folder {out} cannot be made: File exists\n")


def test_a_place_that_cannot_be_written_is_told(replay, tmp_path):
    (tmp_path / "out" / "qualified.jsonl").mkdir(parents=True)
    status, told = replay(tmp_path / "out")
    assert (status, told) == (2, f"{tmp_path}/out/qualified.jsonl cannot be used: Is a directory\n")


def test_one_event_of_one_lead_is_told_in_the_singular_and_without_an_empty_line(replay, tmp_path):
    assert replay(tmp_path / "o") == (0, f"1 event of 1 lead replayed into {tmp_path / 'o'}\n")


def test_of_a_file_that_holds_no_events_the_first_twenty_lines_are_told_and_how_many_more(run, tmp_path):
    (tmp_path / "ls").write_bytes(b"\x7fELF\n" * 494)
    status, told = run("publish", str(tmp_path / "ls"))
    assert status == 1
    assert told.splitlines()[19].startswith(f"{tmp_path}/ls:20: ")
    assert told.splitlines()[20:] == [
        "… and 474 lines more; --json lists them all",
        "0 events sent, 494 lines refused",
    ]


@pytest.fixture
def score(tmp_path):
    (tmp_path / "events.jsonl").write_bytes(ONE_EVENT)

    def score(*words, events=str(tmp_path / "events.jsonl"), playbook=str(PLAYBOOK)):
        words = ["score", "--playbook", playbook, "--events", events, *words]
        return CliRunner().invoke(app, words, input=ONE_EVENT)

    return score


def test_the_score_of_a_lead_that_the_file_does_not_hold_is_no_answer(score, tmp_path):
    result = score("--lead", "nope")
    assert (result.exit_code, result.stdout) == (1, "")
    assert result.stderr == f"{tmp_path}/events.jsonl holds no activity of a lead nope\n"


def test_events_to_score_may_come_from_standard_input(score):
    result = score(events="-")
    assert result.exit_code == 0
    assert '"lead_id": "l1"' in result.stdout


def test_places_in_a_playbook_are_told_with_their_folder(score, tmp_path):
    (tmp_path / "scoring.yaml").write_text("mql: {treshold: 60}")
    result = score(playbook=str(tmp_path))
    assert result.exit_code == 2
    assert result.stderr.startswith(f"{tmp_path}/scoring.yaml:1:7: unknown key 'treshold'")


def test_a_playbook_that_is_not_activated_is_told_of_with_its_folder(run, tmp_path):
    (tmp_path / "scoring.yaml").write_text("mql: {treshold: 60}")
    status, told = run("playbook", "activate", str(tmp_path), postgres=NOBODY)
    assert status == 2
    assert told.splitlines()[1].startswith(f"{tmp_path}/scoring.yaml:1:7: unknown key 'treshold'")


@pytest.mark.parametrize(
    ("error", "told"),
    [
        (asyncpg.InvalidPasswordError("no"), "Postgres answers, and refuses the user or the password (no): "),
        (asyncpg.InvalidCatalogNameError("no x"), "Postgres answers, and has no such database (no x): "),
        (asyncpg.InsufficientPrivilegeError("no"), "Postgres answers, and does not allow it (no): "),
    ],
)
def test_a_postgres_that_refuses_is_not_told_to_be_silent(error, told):
    assert (in_words(error) or "").startswith(f"{told}set BATON_POSTGRES")


def test_a_table_in_a_pipe_is_not_cut(capsys):
    table = Table("a", "b")
    table.add_row("content.downloaded" * 20, "x" * 200)
    print_table(table)
    printed = capsys.readouterr().out
    assert "content.downloaded" * 20 in printed
    assert "x" * 200 in printed


def test_on_a_terminal_ids_stay_whole_and_only_long_cells_are_broken(monkeypatch, capsys):
    monkeypatch.setenv("COLUMNS", "100")
    monkeypatch.setenv("FORCE_COLOR", "1")
    table = Table("rule", "in the playbook", "why")
    table.add_row("decision_maker", "scoring.yaml:40", "because " * 40)
    print_table(table)
    printed = capsys.readouterr().out
    assert "decision_maker" in printed
    assert "scoring.yaml:40" in printed


def test_what_is_said_of_a_row_stands_below_it_on_lines_of_its_own(monkeypatch, capsys):
    monkeypatch.setenv("COLUMNS", "60")
    monkeypatch.setenv("FORCE_COLOR", "1")
    print_listed(
        ("rule", "points"), [(("決裁者", "20"), "holds for the profile, [as] it stands since the third of April")]
    )
    assert [line.rstrip() for line in capsys.readouterr().out.splitlines()] == [
        "rule    points",
        "決裁者  20",
        "    holds for the profile, [as] it stands since the third of",
        "    April",
    ]


EVENT = {"specversion": "1.0", "source": "urn:x", "subject": "lead-1", "time": "2026-04-01T09:00:00+09:00", "data": {}}


def test_an_activity_that_is_nearly_one_of_batons_is_told_once_and_sent(capsys):
    types = ("demo.requsted", "demo.requsted", "our.webinar", "demo.requested")
    lines = [json.dumps(EVENT | {"id": str(n), "type": name}).encode() for n, name in enumerate(types)]
    events = [line for line in read_lines(lines, "e.jsonl") if isinstance(line, EventLine)]
    assert list(doubted(events)) == events
    told = "'demo.requsted' is none of Baton's activities; did you mean 'demo.requested'? It is sent as one of your own"
    assert capsys.readouterr().err == f"warning: e.jsonl:1: {told}\n"


@pytest.mark.parametrize("words", [("playbook", "activate"), ("manual", "--playbook")])
def test_a_folder_that_is_no_playbook_is_answered_with_what_would_be_in_one(words, tmp_path):
    (tmp_path / "scoring.md").write_text("x")
    result = CliRunner().invoke(app, [*words, str(tmp_path)])
    told = str(result.exception or "") + result.output
    assert f"{tmp_path}: no file of a playbook is here; expected some of company.yaml, scoring.yaml" in told
    assert "rename" not in told
