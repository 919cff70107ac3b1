"""A real sales funnel (Olist: 8,000 first contacts, 842 deals), offline and live: the same, and the right, numbers."""

import asyncio
import json
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import pytest
from typer.testing import CliRunner

from services.cli import app
from services.local.system import LocalSystem
from tests.servers import KafkaAddress, PostgresAddress
from tests.support.comparing import differences, replayed
from tests.support.live import outcome, publish, until_quiet
from tests.support.systems import live_system

HERE = Path(__file__).parents[1] / "olist"
DATA = Path(__file__).parents[2].parent / "shared" / "data" / "olist"
PLAYBOOK = HERE / "playbook"

pytestmark = [
    pytest.mark.skipif(not DATA.is_dir(), reason="the Olist data is not beside the project: it may not be shipped"),
    pytest.mark.timeout(400),
]
LEADS_AND_WINS = {
    "organic search": (2296, 271),
    "paid search": (1586, 195),
    "social": (1350, 75),
    "unknown": (1159, 193),
    "direct traffic": (499, 56),
    "email": (493, 15),
    "referral": (284, 24),
    "display": (118, 6),
}


@pytest.fixture(scope="module")
def events_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The activities that the shipped mapping makes of the two files."""
    out = tmp_path_factory.mktemp("olist") / "events.jsonl"
    made = CliRunner().invoke(app, ["import", str(HERE / "mapping.yaml"), "--data", str(DATA), "--out", str(out)])
    assert made.exit_code == 0, made.output
    return out


@pytest.fixture(scope="module")
def events(events_file: Path) -> list[dict[str, object]]:
    return [json.loads(line) for line in events_file.read_bytes().splitlines()]


@pytest.fixture(scope="module")
def olist(
    kafka: KafkaAddress, postgres: PostgresAddress, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[LocalSystem]:
    folder = tmp_path_factory.mktemp("system")
    with live_system(kafka.bootstrap_servers, postgres.dsn, folder, PLAYBOOK) as running:
        yield running


def assert_the_known_numbers(kpi: dict[str, dict[str, dict[str, int]]]) -> None:
    totals = kpi["totals"]
    assert (totals["leads"], totals["mqls"], totals["mqls_implied"], totals["won"]) == (8000, 7999, 1, 842)
    assert totals["expansions"] == 1
    by_source = {name: (part["totals"]["leads"], part["totals"]["won"]) for name, part in kpi["by_source"].items()}
    assert {name: by_source[name] for name in LEADS_AND_WINS} == LEADS_AND_WINS


def test_olist_replayed_offline_gives_the_known_numbers(events_file: Path, tmp_path: Path) -> None:
    done = CliRunner().invoke(
        app, ["replay", "--playbook", str(PLAYBOOK), "--events", str(events_file), "--out", str(tmp_path)]
    )

    assert done.exit_code == 0, done.output
    assert_the_known_numbers(json.loads((tmp_path / "kpi.json").read_text()))


@pytest.mark.servers
async def test_olist_live_gives_the_known_numbers_and_differs_in_nothing_from_offline(
    events: list[dict[str, object]], olist: LocalSystem
) -> None:
    await publish(olist, events)
    await until_quiet(olist)

    live = await outcome(olist)
    shell, _ = replayed(live.activities, PLAYBOOK)

    assert len(live.activities) == 8842
    assert differences(live, shell) == []
    assert_the_known_numbers(await asyncio.to_thread(_get_kpi, olist.services["kpi"].url))


def _get_kpi(url: str) -> dict[str, dict[str, dict[str, int]]]:
    with urllib.request.urlopen(f"{url}/kpi") as answer:
        kpi: dict[str, dict[str, dict[str, int]]] = json.load(answer)
    return kpi
