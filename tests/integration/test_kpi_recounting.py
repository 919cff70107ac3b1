"""After a change of the playbook the numbers become those of the new rules, whatever happens meanwhile."""

import asyncio
import math
from collections import Counter
from collections.abc import AsyncIterator, Mapping
from datetime import UTC, datetime, timedelta

import pytest

from services.kpi import metrics, recounting, store
from services.kpi.app import create
from services.kpi.counting import Cell, Cost, counts
from services.kpi.facts import DOCUMENT
from services.kpi.handlers import on_events
from services.kpi.metrics import Gauges
from services.kpi.playbook import KpiPlaybook, load
from services.kpi.recounting import Recounting
from shared import db, migrations
from shared.active_playbook import ActivePlaybook, activate
from shared.consumer import begin
from shared.db import Connection, Pool
from shared.events import Event
from shared.inbox import Received
from shared.metrics import Metrics
from shared.playbook import PlaybookFolder
from shared.records import Record
from shared.service import Batch, Running
from shared.settings import Settings
from shared.transaction import Transaction
from tests.integration.tiny import until
from tests.unit.kpi.kpi_events import assigned, entered, event, qualified

MONDAY = datetime(2026, 4, 6, 18, 20, tzinfo=UTC)
FILES = {
    "company.yaml": "timezone: UTC\n",
    "kpi.yaml": "response_within: 2h\n",
    "calendars.yaml": 'calendars: {tokyo: {timezone: Asia/Tokyo, hours: {mon-fri: ["09:00-18:00"]}}}\n',
    "routing.yaml": "reps: [{id: rep-1, team: is}, {id: rep-9, team: fs}]\n",
}
CHANGES = {
    "response time": {"kpi.yaml": "response_within: 6h\n"},
    "team of a rep": {"routing.yaml": "reps: [{id: rep-1, team: is}, {id: rep-9, team: cs}]\n"},
    "zone": {"company.yaml": "timezone: Asia/Kathmandu\n"},
    "hours": {"calendars.yaml": FILES["calendars.yaml"].replace("09:00-18:00", "04:00-20:00")},
}
NEW = CHANGES["zone"] | CHANGES["response time"]
LEADS = [f"lead-{n:02d}" for n in range(11)]
COST = event("campaign.cost", MONDAY, lead="campaign-1", amount={"amount": 12.5, "currency": "JPY"}, lead_source="ads")


def story(lead: str, hours: int) -> list[Event]:
    """An MQL of rep-1, called by rep-9 so many hours after it was handed over."""
    answered_at = MONDAY + timedelta(hours=hours)
    return [
        event("web.visited", MONDAY, lead=lead, lead_source="ads"),
        entered("mql", MONDAY).model_copy(update={"subject": lead}),
        qualified(MONDAY).model_copy(update={"subject": lead}),
        assigned(MONDAY).model_copy(update={"subject": lead}),
        event("call.connected", answered_at, lead=lead, rep_id="rep-9"),
    ]


@pytest.fixture
async def pool(database: str, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Pool]:
    """A kpi database in which eleven leads and a campaign are counted, recounted three at a time."""
    monkeypatch.setattr(recounting, "AT_ONCE", 3)
    await migrations.migrate(database)
    pool = await db.connect(database, "kpi")
    await change(pool, {})
    await read(pool, COST, *(told for n, lead in enumerate(LEADS) for told in story(lead, n)))
    yield pool
    await db.close(pool)


def folder(changed: Mapping[str, str]) -> PlaybookFolder:
    return PlaybookFolder.of(FILES | changed)


async def change(pool: Pool, changed: Mapping[str, str]) -> None:
    """Activate the playbook with these files instead of its own."""
    async with pool.acquire() as connection:
        assert await activate(connection, folder(changed), "test", MONDAY)


async def started(connection: Connection) -> Transaction[KpiPlaybook]:
    return await begin(connection, create(), ActivePlaybook(load))


async def take_in(transaction: Transaction[KpiPlaybook], *events: Event) -> None:
    received = [
        Received(told, Record(told.data.topic, 0, offset, b"", b"", (), MONDAY)) for offset, told in enumerate(events)
    ]
    await on_events.handle(Batch(received), transaction)


async def read(pool: Pool, *events: Event) -> None:
    """One batch, committed."""
    async with pool.acquire() as connection, connection.transaction():
        await take_in(await started(connection), *events)


async def recount_all(pool: Pool) -> int:
    """Turn until nothing is left, as a process does that starts now; how many leads and costs were recounted."""
    process, total = Recounting(pool), 0
    while found := await process.turn():
        total += found
    return total


async def numbers(pool: Pool) -> dict[Cell, int]:
    async with pool.acquire() as connection:
        return dict(await store.read_counts(connection))


async def anew(pool: Pool, changed: Mapping[str, str]) -> dict[Cell, int]:
    """The numbers counted from nothing: by the documents of all leads, and by the costs."""
    playbook = load(folder(changed))
    found: Counter[Cell] = Counter()
    for row in await pool.fetch("SELECT state FROM lead"):
        found.update(counts(DOCUMENT.validate_json(row["state"]), playbook))
    for row in await pool.fetch("SELECT at, source, currency, hundredths FROM undated_cost"):
        found.update(Cost(None, *row.values()).counts(playbook.zone))
    return dict(found)


async def someone_waits(pool: Pool) -> bool:
    waits = (
        "SELECT EXISTS (SELECT FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND datname = current_database())"
    )
    return bool(await pool.fetchval(waits))


@pytest.mark.parametrize("changed", CHANGES.values(), ids=CHANGES)
async def test_leads_that_nothing_happens_to_are_counted_by_the_new_rules(pool: Pool, changed: dict[str, str]) -> None:
    assert await numbers(pool) == await anew(pool, {})
    await change(pool, changed)
    assert await numbers(pool) != await anew(pool, changed)
    await recount_all(pool)
    assert await numbers(pool) == await anew(pool, changed)


async def test_every_lead_and_cost_is_recounted_once_and_then_no_more(pool: Pool) -> None:
    await change(pool, NEW)
    assert await recount_all(pool) == len(LEADS) + 1
    assert await recount_all(pool) == 0


async def test_names_and_targets_recount_nothing(pool: Pool) -> None:
    await change(pool, {"company.yaml": "name: Minato\ntimezone: UTC\nlocale: ja\n"})
    assert await recount_all(pool) == 0


async def test_rules_that_come_back_give_the_numbers_that_were(pool: Pool) -> None:
    before = await numbers(pool)
    await change(pool, NEW)
    await Recounting(pool).turn()
    await change(pool, {})
    assert await recount_all(pool) == 4
    assert await numbers(pool) == before


async def test_lead_that_something_happens_to_is_counted_by_the_new_rules_at_once(pool: Pool) -> None:
    await change(pool, NEW)
    await read(pool, event("call.attempted", MONDAY, lead=LEADS[5], rep_id="rep-9"))
    assert await recount_all(pool) == len(LEADS)
    assert await numbers(pool) == await anew(pool, NEW)


async def test_events_read_before_while_and_after_the_leads_are_recounted_are_counted_once(pool: Pool) -> None:
    process = Recounting(pool)
    await change(pool, NEW)
    for lead in (LEADS[0], LEADS[0], LEADS[-1], "lead-99"):
        await read(pool, event("call.attempted", MONDAY, lead=lead, rep_id="rep-9"))
        await process.turn()
    await recount_all(pool)
    await read(pool, *(event("email.sent", MONDAY, lead=lead, rep_id="rep-1") for lead in LEADS[3:6]))
    assert await numbers(pool) == await anew(pool, NEW)


async def test_lead_whose_events_are_being_read_is_waited_for(pool: Pool) -> None:
    await change(pool, NEW)
    async with pool.acquire() as connection, connection.transaction():
        await take_in(await started(connection), event("call.attempted", MONDAY, lead=LEADS[1], rep_id="rep-9"))
        turn = asyncio.create_task(Recounting(pool).turn())
        await until(lambda: someone_waits(pool))
    await turn
    await recount_all(pool)
    assert await numbers(pool) == await anew(pool, NEW)


async def test_batch_begun_under_the_old_rules_and_ended_after_all_was_recounted_is_recounted_too(pool: Pool) -> None:
    process = Recounting(pool)
    async with pool.acquire() as connection, connection.transaction():
        late = await started(connection)
        await change(pool, NEW)
        while await process.turn():
            pass
        await take_in(late, *story(LEADS[2], 30), *story("lead-50", 30), COST)
    assert await numbers(pool) != await anew(pool, NEW)
    assert await process.turn() == 3
    assert await numbers(pool) == await anew(pool, NEW)


async def test_two_processes_recount_every_lead_once(pool: Pool) -> None:
    await change(pool, NEW)
    shares = await asyncio.gather(recount_all(pool), recount_all(pool), recount_all(pool))
    await recount_all(pool)
    assert await numbers(pool) == await anew(pool, NEW)
    assert sum(shares) == len(LEADS) + 1


async def test_events_are_read_and_leads_recounted_at_the_same_time(pool: Pool) -> None:
    await change(pool, NEW)
    calls = [[event("call.attempted", MONDAY, lead=lead, rep_id="rep-9") for lead in LEADS] for _ in range(8)]
    await asyncio.gather(recount_all(pool), recount_all(pool), *(read(pool, *batch) for batch in calls))
    await recount_all(pool)
    assert await numbers(pool) == await anew(pool, NEW)


async def test_process_that_dies_between_two_transactions_or_in_one_loses_and_doubles_nothing(
    pool: Pool, monkeypatch: pytest.MonkeyPatch
) -> None:
    await change(pool, NEW)
    await Recounting(pool).turn()

    async def dies(*_: object) -> None:
        raise ConnectionResetError

    with monkeypatch.context() as broken:
        broken.setattr(store, "add", dies)
        with pytest.raises(ConnectionResetError):
            await Recounting(pool).turn()
    assert await recount_all(pool) == len(LEADS) - 3
    assert await numbers(pool) == await anew(pool, NEW)


async def test_service_recounts_by_itself_until_it_stops(pool: Pool) -> None:
    await change(pool, NEW)
    running = Running(pool, Settings(), Metrics("kpi"), asyncio.Event(), lambda: None)
    loops = asyncio.gather(*(loop(running) for loop in create().loops))
    wanted = await anew(pool, NEW)

    async def done() -> bool:
        return await numbers(pool) == wanted

    await until(done)
    running.stopping.set()
    await loops


async def waiting_rows(pool: Pool, gauges: Gauges) -> float | None:
    """What the gauge says, measured anew."""
    running = Running(pool, Settings(), Metrics("kpi"), asyncio.Event(), lambda: None)
    async with pool.acquire() as connection:
        await gauges.measure(running, connection)
    return running.metrics.registry.get_sample_value("baton_kpi_recount_rows", {"service": "kpi"})


async def test_gauge_tells_how_many_leads_are_still_to_be_recounted(pool: Pool) -> None:
    assert await waiting_rows(pool, Gauges()) == 0
    await change(pool, NEW)
    assert await waiting_rows(pool, Gauges()) == len(LEADS)
    await Recounting(pool).turn()
    assert await waiting_rows(pool, Gauges()) == len(LEADS) - 3


async def test_leads_are_not_counted_for_the_gauges_each_second(pool: Pool, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(metrics, "FRESH_SECONDS", math.inf)
    gauges = Gauges()
    assert await waiting_rows(pool, gauges) == 0
    assert await waiting_rows(pool, gauges) is None
