"""What the kpi service reads of a playbook: all of it optional."""

from datetime import datetime, timedelta
from pathlib import Path

import pytest

from services.kpi.playbook import KpiPlaybook, load
from shared.durations import WorkDuration
from shared.playbook import PlaybookError, PlaybookFolder
from shared.worktime import ALWAYS_OPEN

CALENDARS = """\
calendars:
  tokyo: {timezone: Asia/Tokyo, hours: {mon-fri: ["09:00-18:00"]}}
"""
TWO = CALENDARS + '  osaka: {timezone: Asia/Tokyo, hours: {mon-fri: ["10:00-19:00"]}}\n'


def of(**texts):
    return load(PlaybookFolder.of({f"{name}.yaml": text for name, text in texts.items()}))


def test_without_files_days_are_utc_and_every_hour_is_working_time():
    playbook = of()
    assert (playbook.zone.key, playbook.calendar, playbook.relay_has_is) == ("UTC", ALWAYS_OPEN, True)
    assert playbook == KpiPlaybook()


def test_days_are_those_of_the_companys_zone():
    assert of(company="name: Minato\ntimezone: Asia/Tokyo\nlocale: ja\n").zone.key == "Asia/Tokyo"


def test_the_only_calendar_is_taken_without_being_named():
    assert of(calendars=CALENDARS).calendar is not ALWAYS_OPEN


def test_calendar_that_does_not_exist_is_refused_where_it_is_written():
    with pytest.raises(PlaybookError) as refused:
        of(kpi="response_within: 4h\ncalendar: nagoya\n", calendars=TWO)
    assert (
        str(refused.value) == 'kpi.yaml:2:11: unknown calendar "nagoya"; expected one of calendars.yaml: tokyo, osaka'
    )


def test_response_time_may_be_working_time_or_business_days():
    assert of(kpi="response_within: 2h").response_within == WorkDuration(working_time=timedelta(hours=2))
    assert of(kpi="response_within: 0bd").response_within == WorkDuration(business_days=0)


def test_target_beyond_a_hundred_percent_is_refused():
    with pytest.raises(PlaybookError, match=r"kpi\.yaml:1:16: .*at most 1"):
        of(kpi="targets: {win: 1.5}")


def test_rep_works_by_his_own_calendar_else_by_his_teams():
    routing = (
        "teams: [{id: is, calendar: tokyo}]\nreps: [{id: rep-1, team: is, calendar: osaka}, {id: rep-2, team: is}]"
    )
    playbook = of(calendars=TWO, routing=routing)
    monday_nine = datetime.fromisoformat("2026-04-06T09:30:00+09:00")
    assert not playbook.calendar_of("is", "rep-1").is_open(monday_nine)
    assert playbook.calendar_of("is", "rep-2").is_open(monday_nine)
    assert playbook.calendar_of("fs", "rep-9") is ALWAYS_OPEN


def test_relay_without_inside_sales_is_known_from_the_teams():
    assert not of(routing="teams: [fs, cs]").relay_has_is


def test_example_playbook_loads():
    folder = PlaybookFolder.read(Path(__file__).parents[3] / "deploy" / "playbook")
    assert load(folder).targets.sla == 0.9


def test_rep_with_two_teams_counts_for_the_first_one_named():
    playbook = of(routing="reps: [{id: rep-1, team: [fs, is]}, {id: rep-2, team: is}]")
    assert playbook.rep_teams == {"rep-1": "fs", "rep-2": "is"}
