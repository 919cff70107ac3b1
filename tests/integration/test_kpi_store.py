"""Kpi's rows on a real Postgres: every number opens just the leads that it counts."""

import asyncio
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta

import pytest
from starlette.requests import Request

from services.kpi import store
from services.kpi.facts import NOTHING
from services.kpi.standing import Standing
from services.kpi.views import LeadFilter
from services.kpi.web import Pages
from shared import db, migrations
from shared.active_playbook import activate
from shared.db import Pool
from shared.metrics import Metrics
from shared.playbook import PlaybookFolder
from shared.service import Running
from shared.settings import Settings

NINE = datetime(2026, 5, 11, tzinfo=UTC)
LEADS = [
    Standing("a", "mql", 2, "is", "rep-1", "assigned", "webinar", NINE, NINE + timedelta(hours=1), NINE, breached=True),
    Standing(
        "b", "mql", 1, "is", "rep-2", "accepted", idle_since=NINE - timedelta(hours=5), stale=True, company="青和精機"
    ),
    Standing("c", "mql", 1, "is", "", "waiting", idle_since=NINE - timedelta(hours=2), person="山口 誠"),
    Standing("d", "sql", 1, "fs", "rep-2", "assigned", idle_since=NINE),
    Standing("e", "lead", source="webinar", entered_at=NINE, idle_since=NINE),
    Standing("f", "customer", 1, "cs", "rep-3", "done", idle_since=NINE - timedelta(days=9)),
]


@pytest.fixture
async def pool(database: str, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Pool]:
    """A kpi database in which the six leads stand."""
    await migrations.migrate(database)
    pool = await db.connect(database, "kpi")
    known = {lead.lead_id: lead for lead in LEADS}
    monkeypatch.setattr(store, "standing", lambda lead_id, _: known[lead_id])
    async with pool.acquire() as connection:
        await store.load(connection, sorted(known), "any")
        await store.save(connection, dict.fromkeys(known, NOTHING), "any")
    yield pool
    await db.close(pool)


@pytest.mark.parametrize(
    ("wanted", "found"),
    [
        (LeadFilter(), "acbdfe"),
        (LeadFilter(stage="mql"), "abc"),
        (LeadFilter(team="fs"), "d"),
        (LeadFilter(owner="rep-2"), "bd"),
        (LeadFilter(stage="mql", owner="rep-2"), "b"),
        (LeadFilter(unowned=True), "ce"),
        (LeadFilter(breached=True), "a"),
        (LeadFilter(waiting=True), "c"),
        (LeadFilter(stage="nosuch"), ""),
    ],
)
async def test_a_number_opens_just_its_leads(pool: Pool, wanted: LeadFilter, found: str) -> None:
    async with pool.acquire() as connection:
        leads, total = await store.chosen(connection, wanted, 10)
    assert sorted(lead.lead_id for lead in leads) == sorted(found)
    assert total == len(found)


async def test_the_worst_come_first_and_all_are_counted(pool: Pool) -> None:
    async with pool.acquire() as connection:
        leads, total = await store.chosen(connection, LeadFilter(stage="mql"), 2)
    assert [lead.lead_id for lead in leads] == ["a", "b"]
    assert total == 3


async def test_a_standing_is_read_as_it_was_written(pool: Pool) -> None:
    async with pool.acquire() as connection:
        leads, _ = await store.chosen(connection, LeadFilter(), 10)
        in_hand = await store.in_hand(connection)
        waiting = await store.unassigned_by_team(connection)
    assert {lead.lead_id: lead for lead in leads} == {lead.lead_id: lead for lead in LEADS}
    assert {lead.lead_id for lead in in_hand} == {"a", "b", "c", "d"}
    assert waiting == {"is": 1}


@pytest.fixture
async def pages(pool: Pool) -> Pages:
    """The pages of a company whose leads have a page each in the CRM."""
    texts = {"alerts.yaml": "lead_link: https://crm.example.com/{lead_id}\nlocale: ja\n"}
    async with pool.acquire() as connection:
        await activate(connection, PlaybookFolder.of(texts), "crm", NINE)
    return Pages(Running(pool, Settings(label="simulated"), Metrics("kpi"), asyncio.Event(), lambda: None))


def asked(path: str, query: str, accept: str = "text/html") -> Request:
    headers = [(b"accept", accept.encode()), (b"host", b"kpi")]
    return Request({"type": "http", "method": "GET", "path": path, "query_string": query.encode(), "headers": headers})


async def test_list_names_companies_and_people_and_leads_to_the_crm(pages: Pages) -> None:
    listed = bytes((await pages.leads(asked("/leads", "breached=0"))).body).decode()
    assert "青和精機" in listed
    assert "山口 誠" in listed
    assert 'href="https://crm.example.com/f"' in listed


async def test_address_that_means_nothing_is_told_to_people_on_a_page(pages: Pages) -> None:
    answer = await pages.overview(asked("/", "days=abc&lang=ja"))
    page = bytes(answer.body).decode()
    assert answer.status_code == 400
    assert '<html lang="ja">' in page
    assert "アドレスの「days」が「abc」になっています。" in page
    assert "simulated" in page


async def test_address_that_means_nothing_is_told_to_programs_in_json(pages: Pages) -> None:
    answer = await pages.leads(asked("/leads", "stage=mqls", "application/json"))
    assert answer.status_code == 400
    assert b"expected: one of lead, nurturing, mql" in bytes(answer.body)
