"""What the line to Postgres may do: be cut at COMMIT, fall silent, be slow. Each record is applied once."""

from collections.abc import AsyncIterator
from dataclasses import dataclass

import pytest

from shared import db
from shared.service import Batch
from shared.transaction import Transaction
from tests.fault.sometimes import sometimes
from tests.integration.line import Cut, Line, line_to
from tests.integration.tiny import Tiny, activity, numbered, tiny_service, until
from tests.servers import KafkaAddress


@dataclass
class Lined:
    """A tiny service whose pool goes through the line, and the same one looked at past it."""

    through: Tiny
    straight: Tiny
    line: Line


@pytest.fixture
async def lined(kafka: KafkaAddress, database: str, topic_prefix: str) -> AsyncIterator[Lined]:
    async with (
        tiny_service(kafka.bootstrap_servers, database, topic_prefix) as straight,
        line_to(database) as (line, dsn),
    ):
        pool = await db.connect(dsn, straight.service.name)
        yield Lined(Tiny(straight.settings, pool, straight.logs), straight, line)
        line.close()
        pool.terminate()


@pytest.mark.row(18)
@pytest.mark.parametrize("cut", ["before", "after"])
async def test_a_line_cut_at_commit_before_or_after_it_was_done_applies_each_record_once(
    lined: Lined, cut: Cut
) -> None:
    lined.line.cut = cut

    await lined.through.runner().take(numbered(0, 1, 2))

    assert lined.line.cuts == 1
    sometimes(f"the line to Postgres cut {cut} COMMIT", lined.line.cuts)
    assert await lined.straight.applied() == ["e0-0", "e0-1", "e0-2"]
    assert await lined.straight.position() == 3
    assert await lined.straight.quarantined() == []


@pytest.mark.long
@pytest.mark.row(19)
async def test_on_a_silent_line_a_batch_gives_up_and_the_server_lets_go_of_its_locks(lined: Lined) -> None:
    lined.straight.settings.batch_timeout_seconds = 2
    fallen = []

    async def falls_silent(_: Batch, transaction: Transaction[str]) -> None:
        if not fallen:
            await transaction.connection.execute("SET LOCAL idle_in_transaction_session_timeout = '3s'")
            fallen.append(lined.line.fall_silent())

    lined.through.before = falls_silent

    await lined.through.runner().take(numbered(0, 1))

    assert fallen[0] >= 1
    sometimes("a silent line to Postgres in the middle of a batch")
    assert await lined.straight.applied() == ["e0-0", "e0-1"]
    assert lined.through.counted("baton_retries_total", reason="ConnectionDoesNotExistError") == 1


@pytest.mark.long
@pytest.mark.row(47)
async def test_on_a_slow_line_work_goes_on_and_nobody_is_expelled(lined: Lined) -> None:
    lined.line.seconds_a_piece = 0.1
    await lined.straight.send(*(activity(f"e{n}") for n in range(200)))

    async with lined.through.reading_lane() as lane:
        await until(lambda: lined.straight.has_applied("e199"))
        assert lane.coordinated

    sometimes("200 ms for each call to Postgres")
    assert await lined.straight.applied() == [f"e{n}" for n in range(200)]
    assert lined.through.counted("baton_retries_total", reason="TimeoutError") == 0
