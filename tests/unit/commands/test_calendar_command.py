"""`baton calendar`: working time on the command line."""

import json

import pytest
from rich.cells import cell_len
from typer.testing import CliRunner

from services.cli import app

CALENDARS = """
calendars:
  tokyo:
    timezone: Asia/Tokyo
    hours: {mon-fri: ["09:00-12:00", "13:00-18:00"]}
    holidays: {country: JP, closed: [{from: 2026-08-12, to: 2026-08-14, name: 夏季休業}]}
  night: {timezone: Asia/Tokyo, hours: {fri: ["22:00-02:00"]}}
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
    assert "did you mean 'tokyo'? known there: " in result.stderr


def test_a_calendar_like_no_other_is_told_with_those_that_there_are(run):
    result = run("due", "--start", "2026-05-01T17:30:00+09:00", "--work", "4h", calendar="kyiv")
    assert "calendars.yaml has no calendar 'kyiv'; known there: tokyo, " in result.stderr


def test_working_time_between_two_times_is_told_in_hours(run):
    result = run("elapsed", "--start", "2026-05-01T10:00:00+09:00", "--end", "2026-05-01T11:30:00+09:00", "--explain")
    told = "1h 30m (5,400 seconds) of working time until 2026-05-01 11:30:00+09:00, on 1 working day\n"
    assert result.stdout.endswith(told)


def test_an_end_before_the_start_is_told_and_no_empty_table_is_shown(run):
    result = run("elapsed", "--start", "2026-05-01T11:00:00+09:00", "--end", "2026-05-01T10:00:00+09:00", "--explain")
    assert (result.exit_code, result.stdout) == (0, "0h of working time: the end lies before the start\n")


def cells(table):
    return [[cell.strip() for cell in line.split("│")[1:-1]] for line in table.splitlines() if line.startswith("│")]


def test_a_deadline_is_explained_day_by_day_with_the_names_of_the_holidays(run):
    result = run("due", "--start", "2026-05-01T17:30:00+09:00", "--work", "4h", "--explain")
    assert cells(result.stdout) == [
        ["2026-05-01", "Fri", "17:30–18:00", "30m", "30m"],
        ["2026-05-02", "Sat", "no hours", "", ""],
        ["2026-05-03", "Sun", "憲法記念日", "", ""],
        ["2026-05-04", "Mon", "みどりの日", "", ""],
        ["2026-05-05", "Tue", "こどもの日", "", ""],
        ["2026-05-06", "Wed", "振替休日", "", ""],
        ["2026-05-07", "Thu", "09:00–12:00, 13:00–13:30", "3h 30m", "4h"],
    ]
    assert result.stdout.endswith("4h is used up at 2026-05-07 13:30:00+09:00, on 2 working days\n")


def test_the_days_of_an_explanation_add_up_to_the_working_time(run):
    options = ("--start", "2026-05-01T17:30:00+09:00", "--end", "2026-05-08T10:00:00+09:00", "--explain", "--json")
    told = json.loads(run("elapsed", *options).stdout)
    assert sum(day["seconds"] for day in told["days"]) == told["seconds"] == 1800 + 8 * 3600 + 3600
    assert [day["holiday"] for day in told["days"]][2] == "憲法記念日"


def test_hours_over_midnight_are_told_with_the_day_on_which_they_began(run):
    options = ("--start", "2026-05-02T01:00:00+09:00", "--end", "2026-05-02T09:00:00+09:00", "--explain")
    result = run("elapsed", *options, calendar="night")
    assert cells(result.stdout) == [
        ["2026-05-01", "Fri", "01:00–02:00", "1h", "1h"],
        ["2026-05-02", "Sat", "no hours", "", ""],
    ]


def test_a_day_whose_hours_are_over_is_not_told_as_one_without_hours(run):
    options = ("--start", "2026-05-08T19:00:00+09:00", "--end", "2026-05-08T20:00:00+09:00", "--explain")
    assert cells(run("elapsed", *options).stdout) == [["2026-05-08", "Fri", "its hours lie before or after", "", ""]]


@pytest.fixture
def show(run, tmp_path):
    return lambda *words: CliRunner().invoke(app, ["calendar", "show", *words, "--playbook", str(tmp_path)])


def test_a_month_is_shown_in_weeks_with_hours_holidays_company_days_and_totals(show):
    result = show("tokyo", "--month", "2026-08")
    rows = cells(result.stdout)
    assert rows[4] == ["10", "11", "12", "13", "14", "15", "16", "8h"]
    assert rows[5] == ["8h", "山の日", "夏季休業", "夏季休業", "夏季休業", "–", "–", ""]
    assert result.stdout.splitlines()[-6:] == [
        "Mon Tue Wed Thu Fri  09:00–12:00, 13:00–18:00",
        "2026-08-11 Tue  山の日",
        "2026-08-12 Wed  夏季休業 (company day)",
        "2026-08-13 Thu  夏季休業 (company day)",
        "2026-08-14 Fri  夏季休業 (company day)",
        "17 working days with 136h, 1 holiday, 3 company days",
    ]


def test_rows_with_full_width_names_are_as_wide_as_the_others(show):
    lines = show("tokyo", "--month", "2026-08").stdout.splitlines()
    assert len({cell_len(line) for line in lines if line[:1] in "┏┡│├└"}) == 1


def test_a_month_is_given_as_values_for_programs(show):
    told = json.loads(show("tokyo", "--month", "2026-08", "--json").stdout)
    assert (told["working_days"], told["seconds"], len(told["days"])) == (17, 136 * 3600, 31)
    assert told["days"][11] == {
        "day": "2026-08-12",
        "weekday": "Wed",
        "windows": [],
        "seconds": 0,
        "holiday": "夏季休業",
        "company_day": True,
    }


def test_a_month_that_is_none_is_wrong_use(show):
    result = show("tokyo", "--month", "2026-13")
    assert result.exit_code == 2
    assert "is no month; one such as 2026-05" in " ".join(result.stderr.replace("│", "").split())
