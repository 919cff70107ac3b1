"""A real funnel: Olist's leads and deals, imported by a mapping and counted."""

import json
from collections import Counter
from pathlib import Path

import pytest
from typer.testing import CliRunner

from services.cli import app

HERE = Path(__file__).parent
DATA = HERE.parents[1].parent / "shared" / "data" / "olist"

pytestmark = pytest.mark.skipif(not DATA.is_dir(), reason=f"Olist's data set is not in {DATA}")

BY_SOURCE = {
    "organic search": (2296, 271),
    "paid search": (1586, 195),
    "social": (1350, 75),
    "unknown": (1159, 193),
    "direct traffic": (499, 56),
    "email": (493, 15),
    "referral": (284, 24),
    "other": (150, 4),
    "display": (118, 6),
    "other publicities": (65, 3),
}
"""Leads and won deals by where they came from, counted apart from Baton."""


@pytest.fixture(scope="module")
def imported(tmp_path_factory):
    out = tmp_path_factory.mktemp("olist") / "events.jsonl"
    result = CliRunner().invoke(
        app, ["import", str(HERE / "mapping.yaml"), "--data", str(DATA), "--out", str(out), "--json"]
    )
    return result, [json.loads(line) for line in out.read_text().splitlines()]


def of_type(events, name):
    return [event for event in events if event["type"] == name]


def test_every_row_of_the_export_becomes_an_event(imported):
    result, events = imported
    assert result.exit_code == 0
    report = json.loads(result.stdout)
    assert (report["rows"], report["events"], report["refused_rows"]) == (8842, 8842, 0)
    assert Counter(event["type"] for event in events) == {"demo.requested": 8000, "opportunity.won": 842}


def test_leads_are_counted_by_source_and_no_source_is_unknown(imported):
    _, events = imported
    source = {event["subject"]: event["data"]["lead_source"] for event in of_type(events, "demo.requested")}
    leads = Counter(source.values())
    won = Counter(source[event["subject"]] for event in of_type(events, "opportunity.won"))
    assert {name: (leads[name], won[name]) for name in leads} == BY_SOURCE


def test_a_date_alone_is_midnight_in_brazil(imported):
    _, events = imported
    first = of_type(events, "demo.requested")[0]
    assert (first["id"], first["time"]) == ("contact-dac32acd4db4c29c230538b72f8dd87d", "2018-02-01T02:00:00Z")


def test_on_the_day_when_clocks_skip_midnight_contacts_begin_at_the_change(imported):
    _, events = imported
    times = {event["time"] for event in of_type(events, "demo.requested")}
    assert "2017-10-15T03:00:00Z" in times
    assert "2017-10-14T03:00:00Z" in times


def test_the_playbook_for_olist_is_without_mistakes():
    assert CliRunner().invoke(app, ["check", str(HERE / "playbook")]).exit_code == 0
