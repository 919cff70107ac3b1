"""The whole relay: lead, MQL, SQL, won, upsell, churn, with one breach, one reassignment and one recycling."""

from asyncio import to_thread
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from typer.testing import CliRunner

from services.cli import app
from services.kpi.report import report
from services.local.system import LocalSystem
from services.offline.shell import OfflineShell
from services.routing.records import Record
from shared.clock import set_clock
from shared.events import Event
from tests.servers import KafkaAddress, PostgresAddress
from tests.support.comparing import differences, replayed
from tests.support.live import Connected, Outcome, activity, outcome, publish, until_quiet
from tests.support.systems import live_system

pytestmark = [pytest.mark.servers, pytest.mark.timeout(300)]
PLAYBOOK = Path(__file__).parents[1] / "support" / "journey"
LEAD = "lead-42"
START = datetime(2026, 4, 6, 1, tzinfo=UTC)
"""Ten o'clock on a Monday in Tokyo."""
MINUTE, DAY = timedelta(minutes=1), timedelta(days=1)
MISSED, GIVEN_ON = 17 * MINUTE, 27 * MINUTE
Step = tuple[timedelta, str, dict[str, object]]
OWNER = "whoever has the lead"
NOTHING = "nothing but time"

JOURNEY: list[Step] = [
    (0 * MINUTE, "profile.updated", {"name": "山田 花子", "company": "アクメ", "employees": 300}),
    (0 * MINUTE, "web.visited", {"lead_source": "exhibition", "page": "pricing"}),
    (1 * MINUTE, "content.downloaded", {"asset_id": "wp-1"}),
    (2 * MINUTE, "content.downloaded", {"asset_id": "wp-2"}),
    # Nobody accepts: after 15 minutes the deadline is missed, ten minutes later somebody else has the lead.
    (MISSED, NOTHING, {}),
    (GIVEN_ON, NOTHING, {}),
    (30 * MINUTE, "call.connected", {"rep_id": OWNER, "memo": "来年度に検討"}),
    (40 * MINUTE, "lead.recycled", {"rep_id": OWNER, "reason": "not_now"}),
    (1 * DAY, "demo.requested", {"message": "デモを見たい"}),
    (1 * DAY + 5 * MINUTE, "call.connected", {"rep_id": OWNER, "memo": "予算がついた"}),
    (1 * DAY + 9 * MINUTE, "lead.sales_qualified", {"rep_id": OWNER, "problem": "在庫が合わない"}),
    (2 * DAY, "meeting.held", {"rep_id": OWNER}),
    (2 * DAY + MINUTE, "opportunity.opened", {"rep_id": OWNER, "opportunity_id": "o-1"}),
    (9 * DAY, "opportunity.won", {"rep_id": OWNER, "opportunity_id": "o-1"}),
    (9 * DAY + MINUTE, "contract.started", {"contract_id": "c-1"}),
    (10 * DAY, "customer.onboarded", {"rep_id": OWNER}),
    (60 * DAY, "upsell.proposed", {"rep_id": OWNER, "opportunity_id": "u-1"}),
    (70 * DAY, "upsell.won", {"rep_id": OWNER, "opportunity_id": "u-1"}),
    (300 * DAY, "contract.cancelled", {"contract_id": "c-1", "reason": "他社へ"}),
]
RELAY = [
    ("assigned", "is", 1, "aoki"),
    ("reassigned", "is", 1, "baba"),
    ("assigned", "is", 2, "baba"),
    ("assigned", "fs", 2, "chiba"),
    ("assigned", "cs", 2, "endo"),
]
"""Who had the lead, in their order: (decision, team, cycle, owner)."""


@pytest.fixture(scope="module")
def system(
    kafka: KafkaAddress, postgres: PostgresAddress, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[LocalSystem]:
    folder = tmp_path_factory.mktemp("journey")
    with live_system(kafka.bootstrap_servers, postgres.dsn, folder, PLAYBOOK) as running:
        yield running


async def live_through(system: LocalSystem) -> None:
    """Let each step happen at its time, and all that follows from it before the next one."""
    for number, (after, kind, data) in enumerate(JOURNEY):
        await come_to(system, START + after)
        if kind == NOTHING:
            continue
        known = {name: await owner(system) if value == OWNER else value for name, value in data.items()}
        await publish(system, [activity(number, kind, LEAD, (START + after).isoformat(), **known)])
        await until_quiet(system)


async def come_to(system: LocalSystem, at: datetime) -> None:
    async with Connected(system, "routing") as connection:
        await set_clock(connection, at, 1e-6)
    await until_quiet(system)


async def owner(system: LocalSystem) -> str:
    async with Connected(system, "routing") as connection:
        return str(await connection.fetchval("SELECT owner_id FROM lead WHERE lead_id = $1", LEAD))


def relay(decisions: list[Record]) -> list[tuple[str, str, int, str | None]]:
    return [(one.kind, one.team, one.cycle, one.chosen) for one in decisions]


def stages(shell: OfflineShell) -> list[tuple[int, str]]:
    told = (told.entry for told in shell.routing.leads[LEAD].stages.values() if not told.retracted)
    return [(entry.cycle, entry.to) for entry in sorted(told, key=lambda entry: entry.at)]


@pytest.fixture(scope="module")
async def journey(system: LocalSystem) -> tuple[Outcome, OfflineShell, list[Event]]:
    """What the live system came to, and the same activities played offline."""
    await live_through(system)
    live = await outcome(system)
    return live, *replayed(live.activities, PLAYBOOK)


async def test_live_and_offline_come_to_the_same_stages_numbers_and_owners(
    journey: tuple[Outcome, OfflineShell, list[Event]],
) -> None:
    live, shell, _ = journey
    assert differences(live, shell) == []
    assert relay(list(live.decisions)) == relay(shell.routing.records) == RELAY
    ways = [(1, "mql"), (2, "lead"), (2, "mql"), (2, "sql"), (2, "opportunity"), (2, "customer"), (2, "churned")]
    assert stages(shell) == ways


async def test_the_breach_is_stamped_with_the_deadline_and_the_next_owner_had_not_had_the_lead(
    journey: tuple[Outcome, OfflineShell, list[Event]],
) -> None:
    _, _, derived = journey
    breach, *steps = [event for event in derived if event.type == "clock.breached"]
    assert breach.time == breach.data.value("due_at") == START + MISSED
    assert [step.data.value("action") for step in steps] == ["reassign"]
    (reassigned,) = [event for event in derived if event.type == "lead.reassigned"]
    assert reassigned.time == START + GIVEN_ON
    assert (reassigned.data.value("previous_owner_id"), reassigned.data.value("owner_id")) == ("aoki", "baba")


async def test_each_department_counts_what_it_did(journey: tuple[Outcome, OfflineShell, list[Event]]) -> None:
    live, _, _ = journey
    totals = report(live.counts, relay_has_is=True)["totals"]
    counted = {"leads": 1, "mqls": 2, "sqls": 1, "opportunities": 1, "won": 1, "recycled": 1, "churned": 1, "lost": 0}
    assert {name: totals[name] for name in counted} == counted
    assert [totals[name] for name in ("mqls_implied", "sqls_implied", "opportunities_implied")] == [0, 0, 0]


TOLD = """\
10:00 profile.updated
10:00 web.visited
10:01 content.downloaded
10:02 content.downloaded
10:02 lead.qualified
10:02 stage mql
10:02 assigned (is) 青木 美咲 (aoki)
10:02 clock accept running 青木 美咲 (aoki)
10:17 clock accept breached 青木 美咲 (aoki)
10:27 reassigned (is) 馬場 健 (baba)
10:27 clock accept step 1 青木 美咲 (aoki)
10:27 clock accept running 馬場 健 (baba)
10:30 call.connected 馬場 健 (baba)
10:30 clock accept met 馬場 健 (baba)
10:40 lead.recycled 馬場 健 (baba)
10:40 stage lead 馬場 健 (baba)
10:00 demo.requested
10:00 lead.qualified
10:00 stage mql
10:00 assigned (is) 馬場 健 (baba)
10:00 clock accept running 馬場 健 (baba)
10:05 call.connected 馬場 健 (baba)
10:05 clock accept met 馬場 健 (baba)
10:09 lead.sales_qualified 馬場 健 (baba)
10:09 stage sql 馬場 健 (baba)
10:09 assigned (fs) 千葉 翔太 (chiba)
10:09 clock opportunity running 千葉 翔太 (chiba)
10:00 meeting.held 千葉 翔太 (chiba)
10:01 opportunity.opened 千葉 翔太 (chiba)
10:01 stage opportunity 千葉 翔太 (chiba)
10:01 clock opportunity met 千葉 翔太 (chiba)
10:00 opportunity.won 千葉 翔太 (chiba)
10:00 stage customer 千葉 翔太 (chiba)
10:00 assigned (cs) 遠藤 彩 (endo)
10:00 clock onboarding running 遠藤 彩 (endo)
10:01 contract.started
10:00 customer.onboarded 遠藤 彩 (endo)
10:00 clock onboarding met 遠藤 彩 (endo)
10:00 upsell.proposed 遠藤 彩 (endo)
10:00 upsell.won 遠藤 彩 (endo)
10:00 contract.cancelled
10:00 stage churned
"""


@pytest.mark.usefixtures("journey")
async def test_baton_lead_tells_the_journey(system: LocalSystem, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("BATON_POSTGRES", system.dsn)
    result = await to_thread(CliRunner().invoke, app, ["lead", LEAD])
    assert result.exit_code == 0, result.output
    rows = [[cell.strip() for cell in line.split("│")[1:-1]] for line in result.stdout.splitlines() if "│" in line]
    of_clocks_and_people = [row for row in rows if row[1] != "alerts" and not row[2].startswith("message")]
    told = [
        " ".join(part for part in (when[11:16], what, who) if part) for when, _, what, who, _ in of_clocks_and_people
    ]
    assert told == TOLD.splitlines()
