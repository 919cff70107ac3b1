"""Whether a process should be replaced: its consumers' part in the group, and what a silent Kafka may not hide."""

import asyncio

import pytest
from faststream.kafka import KafkaBroker

from shared.db import Pool
from shared.health import Health, StuckError, watchdog
from shared.lanes import Lane
from shared.positions import Place
from shared.reading import Reading
from shared.service import Batch
from shared.topics import LEAD_ACTIVITY
from shared.transaction import Transaction
from tests.integration.tiny import PATIENCE_SECONDS, Tiny, activity, until

LAG = {(LEAD_ACTIVITY, 0): 5}


class Flapping(Reading):
    """Tells the lag once, and is silent ever after."""

    asked = 0

    async def lag(self, pool: Pool) -> dict[Place, int]:
        self.asked += 1
        if self.asked > 1:
            raise ConnectionRefusedError
        return LAG


@pytest.mark.row(16)
async def test_a_consumer_that_no_longer_takes_part_in_its_group_is_found(tiny: Tiny) -> None:
    async with tiny.reading_lane() as lane:
        health = Health([lane], tiny.pool, tiny.settings)
        await until(lambda: bool(lane.places))
        assert health.stuck is None

        lane.consumer._coordinator._coordination_task.cancel()
        await until(lane.consumer._coordinator._coordination_task.done)

        assert health.stuck == "a consumer takes no part in its group any more"
        with pytest.raises(StuckError, match="takes no part"):
            await watchdog(health, tiny.reading, tiny.pool, asyncio.Event())
        lane.runner.stopping.set()
        assert health.stuck is None


async def test_a_lane_that_is_not_yet_started_is_not_taken_for_dead(tiny: Tiny) -> None:
    broker = KafkaBroker(tiny.settings.kafka, logger=None)
    lane = Lane(broker, tiny.service, tiny.settings, tiny.runner(), tiny.metrics)

    assert lane.consumer is None
    assert Health([lane], tiny.pool, tiny.settings).stuck is None


async def test_a_kafka_that_flaps_does_not_hide_that_nothing_is_handled(tiny: Tiny) -> None:
    tiny.settings.stuck_seconds = 2.0
    held = asyncio.Event()

    async def hold(_: Batch, __: Transaction[str]) -> None:
        await held.wait()

    tiny.before = hold
    async with tiny.reading_lane() as lane:
        await until(lambda: bool(lane.places))
        await tiny.send(activity("e0"))
        health = Health([lane], tiny.pool, tiny.settings)
        with pytest.raises(StuckError, match="while records wait"):
            async with asyncio.timeout(PATIENCE_SECONDS):
                await watchdog(health, Flapping(tiny.logs, []), tiny.pool, asyncio.Event())
        held.set()


async def test_a_lane_that_tries_again_is_not_stuck_while_kafka_is_silent(tiny: Tiny) -> None:
    tiny.settings.stuck_seconds = 60.0
    async with tiny.reading_lane() as lane:
        health = Health([lane], tiny.pool, tiny.settings)
        await until(lambda: bool(lane.places))
        health.note_lag(LAG)
        health._lagging_since[lane] -= 120
        health._answering_since = 0.0
        lane.runner.alive_at -= 120
        assert health.stuck == "no record handled for 60 s while records wait"

        lane.runner.alive_at += 119

        assert health.stuck is None
