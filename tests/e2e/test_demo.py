"""`baton demo` as a user runs it: a Slack card comes, nothing is lost, and nothing is left running."""

import json
import os
import re
import signal
import subprocess
import sys
from pathlib import Path
from urllib.request import urlopen

import pytest

from tests.servers import available

pytestmark = [pytest.mark.servers, pytest.mark.timeout(150)]
SHORT = ("--leads", "100", "--no-browser", "--lang", "en", "--port", "0")


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """The demo's data folder. It names the demo's processes: each has it on its command line."""
    return tmp_path / "demo"


@pytest.fixture(autouse=True)
def _servers_can_be_had() -> None:
    from shared.embedded.jars import kafka_jars

    with available():
        kafka_jars(print)


def started(folder: Path, *options: str) -> "subprocess.Popen[str]":
    command = [sys.executable, "-m", "services.cli", "demo", "--data", str(folder), *SHORT, *options]
    return subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, env=dict(os.environ, COLUMNS="200")
    )


def asked(url: str) -> object:
    """The JSON behind an address."""
    with urlopen(url, timeout=10) as answer:
        found: object = json.loads(answer.read())
    return found


def left_running(folder: Path) -> list[str]:
    found = []
    for path in Path("/proc").glob("[0-9]*/cmdline"):
        try:
            command = path.read_bytes().replace(b"\0", b" ").decode(errors="replace")
        except OSError:
            continue
        if str(folder) in command:
            found.append(command)
    return found


def test_a_demo_that_ends_by_itself_shows_a_card_loses_nothing_and_leaves_nothing(folder: Path) -> None:
    with started(folder, "--for", "6") as demo:
        told, _ = demo.communicate()

    assert demo.returncode == 0, told
    assert re.search(r"first Slack card after \d+\.\d s", told), told
    assert "New handoff: 株式会社青和精機 山口 恵子" in told
    assert re.search(r"^  lost 0$", told, re.MULTILINE), told
    assert re.search(r"published [1-9]\d* = recorded [1-9]\d*", told), told
    assert left_running(folder) == []


def test_ctrl_c_ends_in_good_order_with_the_summary(folder: Path) -> None:
    with started(folder) as demo:
        assert demo.stdout
        before = []
        for line in demo.stdout:
            before.append(line)
            if "first Slack card" in line:
                demo.send_signal(signal.SIGINT)
                break
        after = demo.stdout.read()

    assert demo.returncode == 0, "".join(before) + after
    assert re.search(r"^  lost 0$", after, re.MULTILINE), after
    assert left_running(folder) == []


def test_while_it_runs_another_terminal_can_ask_for_a_lead_and_for_the_numbers(folder: Path) -> None:
    with started(folder) as demo:
        assert demo.stdout
        told: list[str] = []
        for line in demo.stdout:
            told.append(line)
            if "Slack → " in line:
                break
        typed = next(line.partition(": ")[2] for line in told if line.startswith("in another terminal: "))
        page = next(line.split()[0] for line in told if line.startswith("http://"))
        shown = subprocess.run(["bash", "-ec", typed], capture_output=True, text=True, check=False)
        numbers, stuck = asked(f"{page}kpi"), asked(f"{page}stuck")
        demo.send_signal(signal.SIGINT)
        rest = demo.stdout.read()

    assert demo.returncode == 0, rest
    assert shown.returncode == 0, shown.stderr
    assert "lead-guided" in shown.stdout
    assert isinstance(numbers, dict)
    assert numbers["totals"]["leads"] >= 1
    assert stuck
