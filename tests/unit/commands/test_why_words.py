"""How `baton why` reads, and what `baton route` says without a database."""

import json
from datetime import UTC, datetime
from pathlib import Path
from shutil import copytree
from typing import get_args

import pytest
from typer.testing import CliRunner

from services.alerts.kinds import Kind
from services.cli import app
from services.commands.why_owner import WHY_TOLD
from services.commands.why_text import Teller, points
from services.commands.why_told import (
    BlockerTold,
    ChangeTold,
    Check,
    ContributionTold,
    MissingTold,
    QualifiedTold,
    ScoreTold,
    SuggestionTold,
)

PLAYBOOK = Path(__file__).parents[3] / "deploy" / "playbook"
AT = datetime(2026, 4, 6, 1, tzinfo=UTC)


def test_every_kind_of_message_has_its_reason():
    assert WHY_TOLD.keys() == set(get_args(Kind))


def part(rule, value, why, *, event_id=None):
    time = AT if event_id else None
    return ContributionTold(rule, "scoring.yaml:3", "", None, event_id, time, value, 1.0, value, why)


def told(contributions=(), checks=(), missing=None, qualified_by=None):
    return ScoreTold(
        lead_id="lead-1",
        as_of=AT,
        zone="Asia/Tokyo",
        playbook="v1",
        active_playbook="v2",
        score=12.345678,
        fit=10.0,
        engagement=2.345678,
        stage="lead",
        cycle=1,
        qualified=False,
        threshold=60.0,
        threshold_place="scoring.yaml:20",
        min_fit=None,
        contributions=tuple(contributions),
        checks=tuple(checks),
        missing=missing,
        qualified_by=qualified_by,
    )


def route(*words):
    return CliRunner().invoke(app, ["route", "--playbook", str(PLAYBOOK), "--at", "2026-04-06T10:00:00+09:00", *words])


@pytest.mark.parametrize(
    ("number", "read"), [(0.1, "0.1"), (100.0, "100"), (139.600303, "139.600303"), (-8.0, "-8"), (0.0, "0")]
)
def test_points_are_shown_to_the_last_digit_and_without_empty_zeros(number, read):
    assert points(number) == read


def test_a_score_is_told_in_the_companys_zone_with_the_playbook_that_it_was_counted_by(capsys):
    Teller("Asia/Tokyo").head(told())
    shown = capsys.readouterr().out
    assert "lead-1: score 12.345678 = fit 10 + engagement 2.345678" in shown
    assert "as of 2026-04-06 10:00 JST, by playbook v1 (active now: v2)" in shown


@pytest.mark.parametrize(
    ("by", "read"),
    [
        (
            QualifiedTold(AT, "demo.requested", "e1", "", backfill=False),
            "qualified on 2026-04-06 10:00 JST by demo.requested\n",
        ),
        (
            QualifiedTold(AT, "rescore.requested", "e1", "an operator asked", backfill=True),
            "by rescore.requested: an operator asked; as backfill, so it was given to nobody\n",
        ),
    ],
)
def test_a_lead_that_has_qualified_is_told_what_it_qualified_with(by, read, capsys):
    Teller("Asia/Tokyo").head(told(qualified_by=by))
    assert read in capsys.readouterr().out


def test_what_gave_nothing_for_the_same_reason_is_told_once(capsys):
    why = "gives nothing: only the first one counts"
    Teller("UTC").score(told([part("visit", 0.0, why, event_id=f"e{n}") for n in range(3)]))
    assert f"visit (scoring.yaml:3), 3 activities: {why}" in capsys.readouterr().out


def test_what_does_not_agree_stands_out(capsys):
    disagreeing = told(checks=[Check("checkpoint", agrees=False, detail="score: 1 and 2")])
    Teller("UTC").score(disagreeing)
    assert "checkpoint DOES NOT AGREE: score: 1 and 2" in capsys.readouterr().out
    assert not disagreeing.agrees


def test_what_is_not_there_yet_does_not_disagree():
    assert told(checks=[Check("lead.scored", agrees=None, detail="not published yet")]).agrees


def test_what_is_missing_is_told_with_the_blocker_and_what_would_do(capsys):
    blocker = BlockerTold("competitor is true", {"competitor": True}, "scoring.yaml:30")
    change = ChangeTold("case_study", "scoring.yaml:9", True, "content.downloaded", {"kind": "case_study"})
    would_do = SuggestionTold((change,), 15.0, 62.5)
    missing = MissingTold(47.5, 0.0, (blocker,), (), (would_do,))
    Teller("UTC").missing(missing, told())
    shown = capsys.readouterr().out
    assert "47.5 points are missing to the threshold" in shown
    assert "fit are missing" not in shown
    assert "blocked while competitor is true (scoring.yaml:30): competitor is true" in shown
    assert "case_study (scoring.yaml:9): content.downloaded with kind case_study: 15 points more, score 62.5" in shown


def test_two_changes_are_told_in_one_line_with_what_no_longer_holds(capsys):
    free = ChangeTold("mql.unless", "scoring.yaml:88", False, "profile.updated", {"competitor": False})
    visits = ChangeTold("seminar", "scoring.yaml:56", True, "seminar.attended", {}, 2)
    Teller("UTC").missing(MissingTold(0.0, 0.0, (), (), (SuggestionTold((free, visits), 50.0, 62.0),)), told())
    assert (
        "  mql.unless (scoring.yaml:88) no longer held: profile.updated with competitor false; "
        "and then seminar (scoring.yaml:56): seminar.attended, 2 times: 50 points more, score 62\n"
    ) in capsys.readouterr().out


def test_a_large_company_would_go_to_the_enterprise_pool():
    found = json.loads(route("--profile", '{"employees": 1200}', "--json").stdout)
    assert found["decision"]["record"]["pool"] == "is-enterprise"
    assert found["owner"] == found["decision"]["record"]["chosen"]


def test_whom_nobody_could_take_exits_with_a_no_and_tells_when_next():
    result = route("--profile", "{}", "--at", "2026-04-06T22:00:00+09:00")
    assert result.exit_code == 1
    assert "the pool may next give leads out: 2026-04-07 09:00 JST" in result.stdout


def test_a_lead_that_nobody_has_the_skill_for_is_told_what_is_lacking(tmp_path):
    folder = tmp_path / "playbook"
    copytree(PLAYBOOK, folder)
    routing = folder / "routing.yaml"
    rule = (
        "  - {id: is-en, team: is, when: {field: country, op: eq, value: US}, pool: is-enterprise, needs: [english]}\n"
    )
    routing.write_text(routing.read_text().replace("\nrules:\n", f"\nrules:\n{rule}", 1))
    result = route("--profile", '{"country": "US"}', "--playbook", str(folder))
    assert result.exit_code == 1
    told = "it would wait until the playbook changes: the rule needs english, which nobody of its pool has\n"
    assert result.stdout.endswith(told)


@pytest.mark.parametrize(
    ("profile", "told"),
    [
        ('{"employees": 1200', "--profile:1:19: "),
        ('{\n "employees" 1200}', "--profile:2:14: "),
        ("[1]", "--profile:1:1: a JSON object is expected"),
        ('{"employees": NaN}', "NaN is no number of JSON"),
        ("[" * 100_000, "--profile: "),
        ('{"employees": "1200"}', "--profile: employees: a whole number is expected\n"),
        ('{"competitor": "no"}', "--profile: competitor: true or false is expected\n"),
    ],
)
def test_a_mistake_in_a_profile_is_refused_with_its_place(profile, told):
    result = route("--profile", profile)
    assert result.exit_code == 2
    assert told in result.stderr


def test_a_field_of_a_profile_that_looks_like_a_slip_of_the_pen_is_told():
    told = "warning: --profile: 'employes' is no usual field; did you mean 'employees'?\n"
    assert route("--profile", '{"employes": 1200}').stderr == told
    assert route("--profile", '{"exchanged_by": "rep-01", "lead_source": "exhibition"}').stderr == ""


def test_a_team_that_is_not_in_the_relay_is_refused_with_those_that_are():
    result = route("--profile", "{}", "--team", "xs")
    assert (result.exit_code, result.stderr) == (2, "--team: the playbook has no team xs; known: is, fs, cs\n")
