"""The inbox's days on a real Postgres: made ahead, dropped when old, and never in the way of what is known."""

import asyncio
from datetime import UTC, datetime, timedelta

import pytest

from shared import inbox
from shared.clock import set_clock
from shared.events import decode
from shared.inbox import Received
from shared.inbox_days import DAYS_AROUND, InboxDays
from tests.integration.tiny import Tiny, activity, record

TODAY = datetime(2026, 5, 11, 9, tzinfo=UTC)


async def is_today(tiny: Tiny, today: datetime) -> None:
    async with tiny.pool.acquire() as connection:
        await set_clock(connection, today, 1)


async def days(tiny: Tiny) -> list[str]:
    rows = await tiny.pool.fetch(
        "SELECT inhrelid::regclass::text AS name FROM pg_inherits WHERE inhparent = 'inbox'::regclass ORDER BY 1"
    )
    return [row["name"] for row in rows if row["name"] != "inbox_default"]


async def admitted(tiny: Tiny, event_id: str, time: datetime) -> str:
    body = activity(event_id, at=time)
    item = Received(decode(body), record(1, body))
    async with tiny.pool.acquire() as connection:
        admission = await inbox.admit(connection, [item])
    return "fresh" if admission.fresh else "duplicate"


async def test_the_days_around_today_have_tables_of_their_own(tiny: Tiny) -> None:
    await is_today(tiny, TODAY)
    turns = InboxDays(tiny.pool, keep_days=90)
    await turns.turn()
    await turns.turn()
    around = [TODAY.date() + timedelta(days=n) for n in range(-DAYS_AROUND, DAYS_AROUND + 1)]
    assert await days(tiny) == [f"inbox_{day:%Y%m%d}" for day in around]
    assert await admitted(tiny, "e1", TODAY) == "fresh"
    assert await tiny.pool.fetchval("SELECT id FROM inbox_20260511") == "e1"


@pytest.mark.row(26)
async def test_a_day_is_dropped_when_it_is_old_and_not_before(tiny: Tiny) -> None:
    turns = InboxDays(tiny.pool, keep_days=30)
    await is_today(tiny, TODAY)
    await turns.turn()
    assert await admitted(tiny, "of-today", TODAY) == "fresh"
    assert await admitted(tiny, "of-last-year", TODAY - timedelta(days=365)) == "fresh"

    await is_today(tiny, TODAY + timedelta(days=30))
    await turns.turn()
    assert await admitted(tiny, "of-today", TODAY) == "duplicate"
    assert "inbox_20260504" not in await days(tiny)

    await is_today(tiny, TODAY + timedelta(days=31))
    await turns.turn()
    assert "inbox_20260511" not in await days(tiny)
    assert await admitted(tiny, "of-today", TODAY) == "fresh"
    assert await admitted(tiny, "of-last-year", TODAY - timedelta(days=365)) == "duplicate"


async def test_events_that_came_before_their_days_table_stay_known(tiny: Tiny) -> None:
    await is_today(tiny, TODAY)
    assert await admitted(tiny, "early", TODAY) == "fresh"
    await InboxDays(tiny.pool, keep_days=90).turn()
    assert "inbox_20260511" not in await days(tiny)
    assert "inbox_20260512" in await days(tiny)
    assert await admitted(tiny, "early", TODAY) == "duplicate"


async def test_two_replicas_make_the_same_days_once(tiny: Tiny) -> None:
    await is_today(tiny, TODAY)
    await asyncio.gather(*(InboxDays(tiny.pool, keep_days=90).turn() for _ in range(3)))
    assert len(await days(tiny)) == 2 * DAYS_AROUND + 1
