"""`baton calendar`: working time on the command line."""

import json

import pytest
from typer.testing import CliRunner

from services.cli import app

CALENDARS = """
calendars:
  tokyo: {timezone: Asia/Tokyo, hours: {mon-fri: ["09:00-12:00", "13:00-18:00"]}, holidays: {country: JP}}
  never: {timezone: UTC, hours: {}}
"""


@pytest.fixture
def run(tmp_path):
    (tmp_path / "calendars.yaml").write_text(CALENDARS)

    def run(command, *options, calendar="tokyo"):
        return CliRunner().invoke(
            app, ["calendar", command, "--playbook", str(tmp_path), "--calendar", calendar, *options]
        )

    return run


@pytest.mark.parametrize(
    ("start", "work", "due"),
    [
        ("2026-05-01T17:30:00+09:00", "30m", "2026-05-01T18:00:00+09:00"),
        ("2026-05-01T17:30:00+09:00", "31m", "2026-05-07T09:01:00+09:00"),
        ("2026-05-01T08:30:00Z", "1bd", "2026-05-07T18:00:00+09:00"),
        ("2026-05-01T17:30:00+09:00", "0bd", "2026-05-01T18:00:00+09:00"),
    ],
)
def test_a_deadline_is_told_in_the_zone_of_the_calendar(run, start, work, due):
    result = run("due", "--start", start, "--work", work)
    assert result.exit_code == 0
    assert json.loads(result.stdout) == {"due": due}


def test_working_time_between_two_times_is_told_in_seconds(run):
    result = run("elapsed", "--start", "2026-05-01T17:30:00+09:00", "--end", "2026-05-07T09:10:00+09:00")
    assert json.loads(result.stdout) == {"seconds": 2400}


def test_an_end_before_the_start_is_no_working_time(run):
    result = run("elapsed", "--start", "2026-05-07T09:10:00+09:00", "--end", "2026-05-01T17:30:00+09:00")
    assert json.loads(result.stdout) == {"seconds": 0}


def test_a_calendar_that_never_opens_answers_no(run):
    result = run("due", "--start", "2026-05-01T17:30:00+09:00", "--work", "4h", calendar="never")
    assert (result.exit_code, result.stdout) == (1, "")
    assert "no opening within ten years" in result.stderr


@pytest.mark.parametrize(
    ("options", "problem"),
    [
        (("--start", "2026-05-01T17:30:00", "--work", "4h"), "has no zone"),
        (("--start", "soon", "--work", "4h"), "is no time"),
        (("--start", "2026-05-01T17:30:00+09:00", "--work", "4d"), "for business days"),
        (("--start", "2026-05-01T17:30:00+09:00", "--work", "fast"), "expected working time"),
        (("--start", "0001-01-01T00:00:00Z", "--work", "4h"), "out of range"),
    ],
)
def test_wrong_use_is_explained(run, options, problem):
    result = run("due", *options)
    assert result.exit_code == 2
    assert problem in " ".join(result.stderr.replace("│", "").split())


def test_a_time_before_all_calendars_is_explained(run):
    result = run("elapsed", "--start", "0002-01-01T00:00:00+09:00", "--end", "2026-05-07T10:00:00+09:00")
    assert (result.exit_code, result.stdout) == (2, "")
    assert "is out of range: expected a year from 2 to 9980" in result.stderr


def test_an_unknown_calendar_is_told_with_the_nearest_name(run):
    result = run("due", "--start", "2026-05-01T17:30:00+09:00", "--work", "4h", calendar="tokio")
    assert result.exit_code == 2
    assert "did you mean 'tokyo'?" in result.stderr
