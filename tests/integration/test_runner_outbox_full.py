"""A service that cannot publish stops reading before its outbox has grown without bound."""

import asyncio

import pytest

from shared.topics import LEAD_ACTIVITY
from tests.integration.tiny import Tiny, numbered, until


@pytest.mark.row(9)
async def test_nothing_is_read_while_the_outbox_is_full_and_all_of_it_afterwards(tiny: Tiny) -> None:
    tiny.settings.outbox_full = 2
    insert = "INSERT INTO outbox (topic, key, value) VALUES ($1, 'lead-1', '')"
    await tiny.pool.executemany(insert, [(LEAD_ACTIVITY,)] * 3)
    reading = asyncio.create_task(tiny.runner().take(numbered(0, 1)))
    await until(lambda: tiny.counted("baton_retries_total", reason="OutboxFullError") >= 1)
    assert await tiny.applied() == []

    await tiny.pool.execute("DELETE FROM outbox WHERE seq = 3")
    await reading

    assert await tiny.applied() == ["e0-0", "e0-1"]
    assert await tiny.quarantined() == []


async def test_a_few_events_that_have_waited_for_long_do_not_count_as_a_full_outbox(tiny: Tiny) -> None:
    tiny.settings.outbox_full = 2
    insert = "INSERT INTO outbox (topic, key, value) VALUES ($1, 'lead-1', '')"
    await tiny.pool.executemany(insert, [(LEAD_ACTIVITY,)] * 9)
    await tiny.pool.execute("DELETE FROM outbox WHERE seq BETWEEN 2 AND 8")

    await tiny.runner().take(numbered(0))

    assert await tiny.applied() == ["e0-0"]
    assert tiny.counted("baton_retries_total", reason="OutboxFullError") == 0
