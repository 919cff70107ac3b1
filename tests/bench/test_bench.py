"""The bench itself, in small and without servers: what it is asked, what it loads, what it says."""

import json
import os
import subprocess
import sys
from collections import Counter
from datetime import UTC, datetime
from pathlib import Path

import pytest

from services.commands.playbooks import check_whole
from shared.events import decode
from shared.playbook import PlaybookFolder
from shared.settings import REPOSITORY
from tests.bench import processes, replay, tables
from tests.bench.__main__ import BENCHES, QUICK
from tests.bench.asked import parse
from tests.bench.figures import Row, Run, of_rates, percentile, turned
from tests.bench.firing import time_to_cool
from tests.bench.latency import HAND_RAISES_A_SECOND, schedule
from tests.bench.loads import Load, Spread, encoded, journeys
from tests.bench.offices import open_office
from tests.bench.peers.job import POINTS, Job
from tests.bench.services import all_told, relevant
from tests.bench.targets import TARGETS, Target
from tests.support.live import READS

NOON = datetime(2026, 4, 1, 12, tzinfo=UTC)


def test_without_arguments_everything_is_measured_at_a_million_events_in_three_rounds() -> None:
    asked = parse(BENCHES, QUICK, [])
    assert (set(asked.only), asked.events, asked.leads, asked.rounds) == (set(BENCHES), 1_000_000, 100_000, 3)


def test_a_quick_run_measures_less_unless_more_is_asked_for() -> None:
    asked = parse(BENCHES, QUICK, ["--quick", "--rounds", "2", "--only", "replay"])
    assert (asked.only, asked.quick, asked.rounds) == (("replay",), True, 2)
    assert asked.events < 100_000


@pytest.mark.parametrize("wrong", [["--events", "0"], ["--rounds", "many"], ["--only", "flying"]])
def test_what_cannot_be_measured_is_refused(wrong: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        parse(BENCHES, QUICK, wrong)
    assert wrong[0] in capsys.readouterr().err


@pytest.mark.parametrize("load", [Load(500, 40, NOON), Spread(500, 40, NOON)])
def test_a_load_is_the_same_each_time_valid_and_ordered(load: Load | Spread) -> None:
    lines = [encoded(event)[1] for event in load]
    events = [decode(line) for line in lines]
    assert lines == [encoded(event)[1] for event in load]
    assert len({event.id for event in events}) == 500
    assert events == sorted(events, key=lambda event: event.time)
    assert events[-1].time == NOON


def test_every_activity_of_the_load_is_worth_points_to_the_peers_too() -> None:
    assert {str(event["type"]) for event in Load(8_000, 40, NOON)} == set(POINTS)


def test_a_spread_load_gives_every_lead_as_many_activities() -> None:
    assert set(Counter(event["subject"] for event in Spread(500, 50, NOON)).values()) == {10}


def test_each_lead_of_a_journey_goes_its_way_in_order_and_to_its_end() -> None:
    events = list(journeys(20, NOON))
    assert [event["time"] for event in events] == sorted(str(event["time"]) for event in events)
    last = {event["subject"]: event["type"] for event in events}
    assert len(last) == 20
    assert set(last.values()) <= {"lead.recycled", "lead.disqualified", "opportunity.lost", "customer.contacted"}


def test_the_open_office_is_a_playbook_without_mistakes_with_more_reps(tmp_path: Path) -> None:
    folder = PlaybookFolder.read(open_office(tmp_path, 3))
    check_whole(folder)
    assert folder.files["routing.yaml"].count("slack:") == 36


def test_a_service_alone_finds_only_what_it_reads(tmp_path: Path) -> None:
    folder = PlaybookFolder.read(open_office(tmp_path, 2))
    told = all_told(folder, 10)
    loads = {name: {topic: list(events) for topic, events in relevant(name, folder, told)} for name in READS}
    assert {topic for topic, events in loads["alerts"].items() if events} == set(READS["alerts"])
    assert sum(map(len, loads["routing"].values())) < sum(map(len, loads["kpi"].values()))


def test_hand_raises_come_evenly_at_every_rate() -> None:
    for rate in (50, 500):
        made = [scheduled.make(0.0)["type"] for scheduled in schedule(rate, 2)]
        assert (len(made), made.count("demo.requested")) == (rate * 2, HAND_RAISES_A_SECOND * 2)


def test_a_director_who_asked_for_a_demo_cools_after_some_weeks() -> None:
    assert 7 < time_to_cool().days < 60


def test_a_job_reaches_the_peer_as_it_was_given(monkeypatch: pytest.MonkeyPatch) -> None:
    job = Job("127.0.0.1:1", "in", "out", "group", 5, "folder")
    monkeypatch.setattr(sys, "argv", ["peer", job.argument])
    assert Job.given() == job


def test_the_one_who_begins_is_another_in_each_round() -> None:
    names = ["a", "b", "c"]
    assert [turned(names, number)[0] for number in range(4)] == ["a", "b", "c", "a"]
    assert all(sorted(turned(names, number)) == names for number in range(4))


def test_percentiles_are_values_that_were_measured() -> None:
    ordered = [float(value) for value in range(1, 101)]
    assert [percentile(ordered, share) for share in (0.5, 0.99, 1.0)] == [50.0, 99.0, 100.0]
    assert percentile([7.0], 0.99) == 7.0


def test_a_row_shows_the_median_of_its_rounds_and_the_cost_of_an_event() -> None:
    row = Row("work", [Run(100, 1.0, 0.001), Run(100, 2.0, 0.002), Run(100, 4.0, 0.003)])
    assert row.cells()[1:6] == ("100", "25", "50", "100", "20.0")


def test_what_was_skipped_is_told_with_its_reason() -> None:
    section = of_rates("rates", [Row("Kafka Streams", skipped="mvn is not on this machine")])
    assert section.keyed == {}
    assert section.notes == ["Kafka Streams was skipped: mvn is not on this machine"]


def test_a_target_is_a_ratio_inside_one_run() -> None:
    target = Target("ours / theirs", "ours", 0.5, 1.0, by="theirs")
    assert [target.cells({"ours": ours, "theirs": 10.0})[-1] for ours in (4.0, 5.0, 10.0)] == [
        "missed",
        "reached",
        "aim",
    ]
    assert target.cells({"ours": 5.0})[-1] == "not measured"


def test_a_limit_is_kept_from_below() -> None:
    target = Target("latency", "p99", 100, 30, unit="ms", most=True)
    assert [target.verdict(found) for found in (101.0, 100.0, 30.0)] == ["missed", "reached", "aim"]


def test_the_report_is_a_table_and_a_document(tmp_path: Path) -> None:
    lines = [encoded(event)[1] for event in Load(200, 20, NOON)]
    section = of_rates("offline", replay.measure(replay.jobs(lines), 1, len(lines)))
    console = tables.console()
    with console.capture() as captured:
        tables.show(section, console)
        console.print(tables.table_of_targets(section.keyed))
    assert "all four services (offline)" in captured.get()
    assert all(target.what in captured.get() for target in TARGETS)

    asked = parse(BENCHES, QUICK, ["--quick", "--json", str(tmp_path / "found.json")])
    assert asked.json
    tables.write(asked.json, {"replay": section}, asked.document)
    found = json.loads(asked.json.read_text("utf-8"))
    assert found["sections"]["replay"]["decode (contract)"]["rounds"][0]["events"] == 200
    assert found["targets"]["offline replay, four services"] > 0


def test_the_cpu_time_of_a_process_counts_those_below_it() -> None:
    busy = "sum(range(3_000_000))"
    below = f"import subprocess, sys; subprocess.run([sys.executable, '-c', '{busy}']); print(flush=True); input()"
    with subprocess.Popen([sys.executable, "-c", below], stdin=subprocess.PIPE, stdout=subprocess.PIPE) as process:
        assert process.stdout
        process.stdout.readline()
        assert processes.cpu_seconds([process.pid]) > 0
        assert processes.peak_megabytes([process.pid]) > 1
        assert processes.cpu_seconds([os.getpid()]) >= processes.cpu_seconds([process.pid])
        process.communicate(b"\n")


def test_the_manual_tells_of_every_bench_and_every_target() -> None:
    manual = (REPOSITORY / "docs" / "benchmarks.md").read_text("utf-8")
    assert [name for name in BENCHES if f"`{name}`" not in manual] == []
    assert [target.what for target in TARGETS if target.what not in manual] == []
