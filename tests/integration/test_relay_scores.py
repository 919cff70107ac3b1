"""Scores that wait for a partition which takes nothing leave room for those of the other leads."""

from services.scoring import store
from services.scoring.state import LeadScore
from shared import db, migrations


async def test_scores_of_other_leads_are_found_past_those_that_are_held(database: str) -> None:
    await migrations.migrate(database)
    pool = await db.connect(database, "scoring")
    leads = [f"lead-{n}" for n in range(4)]
    async with pool.acquire() as connection:
        async with connection.transaction():
            await store.load(connection, leads)
            await store.save(connection, dict.fromkeys(leads, LeadScore(version=1)))
        found = await store.unpublished(connection, 2, leads[:2])
        everything = await store.unpublished(connection, 9, [])
    await db.close(pool)

    assert sorted(found) == leads[2:]
    assert sorted(everything) == leads
