"""`baton score`: a line of JSON for each lead."""

import json
from datetime import timedelta

import pytest
from typer.testing import CliRunner

from services.scoring.commands import app
from tests.unit.scoring.scoring_leads import NOON, activity

RULES = """
fit: {rules: [{id: leader, when: {field: title_level, op: eq, value: director}, points: 20}]}
engagement:
  half_life: 30d
  groups: [{id: content, cap: 25, rules: [{id: paper, on: content.downloaded, points: 15}]}]
mql: {threshold: 40}
"""
DAY = timedelta(days=1)


@pytest.fixture
def folder(tmp_path):
    (tmp_path / "playbook").mkdir()
    (tmp_path / "playbook" / "scoring.yaml").write_text(RULES)
    return tmp_path


@pytest.fixture
def run(folder):
    def run(lines, *options):
        texts = [line if isinstance(line, str) else line.encode().decode() for line in lines]
        (folder / "events.jsonl").write_text("\n".join(texts))
        wanted = ["--playbook", str(folder / "playbook"), "--events", str(folder / "events.jsonl"), *options]
        return CliRunner().invoke(app, wanted)

    return run


def of(lead, kind, at=NOON, **data):
    return activity(kind, at, **data).model_copy(update={"subject": lead})


def leads(result):
    return [json.loads(line) for line in result.stdout.splitlines()]


HISTORY = [
    of("lead-2", "content.downloaded", event_id="d1"),
    of("lead-1", "profile.updated", event_id="p1", title_level="director"),
    of("lead-1", "content.downloaded", NOON, event_id="d2"),
    of("lead-1", "content.downloaded", NOON + 30 * DAY, event_id="d3"),
]


def test_each_lead_is_one_line_sorted_by_id_with_every_contribution(run):
    result = run(HISTORY)
    assert result.exit_code == 0
    assert [lead["lead_id"] for lead in leads(result)] == ["lead-1", "lead-2"]
    assert leads(result)[0] == {
        "lead_id": "lead-1",
        "as_of": "2026-05-01T12:00:00Z",
        "score": 42.5,
        "fit": 20.0,
        "engagement": 22.5,
        "qualified": True,
        "contributions": [
            {
                "rule": "leader",
                "event_id": "p1",
                "time": "2026-04-01T12:00:00Z",
                "base": 20.0,
                "decay": 1.0,
                "value": 20.0,
            },
            {
                "rule": "paper",
                "event_id": "d2",
                "time": "2026-04-01T12:00:00Z",
                "base": 15.0,
                "decay": 0.5,
                "value": 7.5,
            },
            {
                "rule": "paper",
                "event_id": "d3",
                "time": "2026-05-01T12:00:00Z",
                "base": 15.0,
                "decay": 1.0,
                "value": 15.0,
            },
        ],
    }


def test_a_cap_is_a_contribution_without_event(run):
    downloads = [of("lead-1", "content.downloaded") for _ in range(2)]
    last = leads(run(downloads))[0]["contributions"][-1]
    assert last == {"rule": "cap:content", "event_id": None, "time": None, "base": -5.0, "decay": 1.0, "value": -5.0}


def test_as_of_an_earlier_time_later_activities_and_leads_are_left_out(run):
    result = run([*HISTORY, of("lead-3", "web.visited", NOON + DAY)], "--as-of", "2026-04-01T21:00:00+09:00")
    assert [(lead["lead_id"], lead["score"], lead["as_of"]) for lead in leads(result)] == [
        ("lead-1", 35.0, "2026-04-01T12:00:00Z"),
        ("lead-2", 15.0, "2026-04-01T12:00:00Z"),
    ]


def test_as_of_a_later_time_points_have_faded_and_the_lead_stays_qualified(run):
    lead = leads(run(HISTORY, "--as-of", "2026-06-30T12:00:00Z", "--lead", "lead-1"))[0]
    assert (lead["engagement"], lead["score"], lead["qualified"]) == (5.625, 25.625, True)


def test_a_lead_that_was_recycled_is_not_qualified_in_its_new_cycle(run):
    assert leads(run([*HISTORY, of("lead-1", "lead.recycled", NOON + 31 * DAY)]))[0]["qualified"] is False


def test_one_lead_can_be_asked_for(run):
    assert [lead["lead_id"] for lead in leads(run(HISTORY, "--lead", "lead-2"))] == ["lead-2"]


def test_the_order_of_the_lines_does_not_change_the_score(run):
    assert run(HISTORY[::-1]).stdout == run(HISTORY).stdout


def test_an_event_twice_in_the_file_counts_once(run):
    result = run([*HISTORY, HISTORY[0]])
    assert (result.exit_code, result.stdout) == (0, run(HISTORY).stdout)


def test_bad_lines_are_reported_by_line_and_the_good_ones_go_on(run, folder):
    other = of("lead-2", "content.downloaded", NOON + DAY, event_id="d1")
    result = run(["{", *HISTORY, "", '{"specversion": "1.0"}', other])
    assert result.exit_code == 1
    assert result.stdout == run(HISTORY).stdout
    told = [line.removeprefix(f"{folder}/events.jsonl:") for line in result.stderr.splitlines()]
    assert told[0].startswith("1: the record is not valid JSON")
    assert told[1].startswith("7: id is missing: ")
    assert told[2] == f"8: the event d1 stands at {folder}/events.jsonl:2 with another body; the first counts"


def test_events_about_reps_and_derived_events_are_no_leads(run):
    assert leads(run([of("rep-1", "rep.away"), of("camp-1", "campaign.cost")])) == []


@pytest.mark.parametrize("time", ["2026-04-01T12:00:00", "2026-04-01", "yesterday"])
def test_a_time_without_a_zone_is_wrong_use(run, time):
    result = run(HISTORY, "--as-of", time)
    assert result.exit_code == 2
    assert "2026-04-01T09:00:00+09:00" in result.stderr


def test_a_missing_file_is_wrong_use(run, folder):
    result = CliRunner().invoke(app, ["--playbook", str(folder / "playbook"), "--events", "none.jsonl"])
    assert result.exit_code == 2
    assert "none.jsonl" in result.stderr


def test_a_playbook_that_is_refused_is_wrong_use_and_says_where(run, folder):
    (folder / "playbook" / "scoring.yaml").write_text("mql: {threshold: high}")
    result = run(HISTORY)
    assert result.exit_code == 2
    assert "scoring.yaml:1:18: " in result.stderr


def test_a_folder_without_scoring_yaml_is_wrong_use(run, folder):
    (folder / "playbook" / "scoring.yaml").unlink()
    result = run(HISTORY)
    assert (result.exit_code, "scoring.yaml" in result.stderr) == (2, True)
