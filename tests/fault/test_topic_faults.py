"""A topic that changes under a process at work: made anew, or given more partitions. Told, and nothing dropped."""

import asyncio
from collections.abc import AsyncIterator

import pytest
from confluent_kafka.admin import AdminClient, NewPartitions

from shared.host import run_until
from shared.kafka import describe_topics
from shared.provisioning import TopicsError, accept, apply_topics, read_topics
from shared.records import partition_of
from tests.fault.sometimes import sometimes
from tests.integration.tiny import Tiny, activity, tiny_service, until
from tests.servers import KafkaAddress

pytestmark = [pytest.mark.servers, pytest.mark.long]
PARTITIONS = 12
HOME = partition_of(b"lead-1", PARTITIONS)


@pytest.fixture
async def whole(kafka: KafkaAddress, database: str, topic_prefix: str) -> AsyncIterator[Tiny]:
    async with tiny_service(
        kafka.bootstrap_servers, database, topic_prefix, partitions=PARTITIONS, stop_seconds=5.0
    ) as tiny:
        await asyncio.to_thread(apply_topics, kafka.bootstrap_servers, topic_prefix, read_topics())
        yield tiny


def begin(tiny: Tiny) -> tuple[asyncio.Task[None], asyncio.Event]:
    """(the process at work, what stops it)."""
    stopping = asyncio.Event()
    return asyncio.create_task(run_until(stopping, tiny.service, tiny.settings)), stopping


async def refusal(running: asyncio.Task[None]) -> str:
    """What the process dies of."""
    with pytest.raises(ExceptionGroup) as died:
        await running
    found = died.value.subgroup(TopicsError)
    assert found is not None
    return str(found.exceptions[0])


@pytest.mark.row(52)
async def test_a_topic_made_anew_under_a_process_at_work_is_told_and_its_records_are_not_taken_for_old_ones(
    whole: Tiny,
) -> None:
    running, _ = begin(whole)
    await whole.send(*(activity(f"old-{n}") for n in range(5)), partition=HOME)
    await until(lambda: whole.has_applied("old-4"))
    await make_anew(whole)
    sometimes("a topic made anew while it was read")
    await whole.send(activity("new-0"), activity("new-1"), partition=HOME)

    told = await refusal(running)

    assert f"topic {whole.topic} was deleted and created again" in told
    assert f"baton topics accept {whole.topic}" in told
    with pytest.raises(TopicsError, match="was deleted and created again"):
        await run_until(asyncio.Event(), whole.service, whole.settings)
    await take_for_the_old_one(whole)
    running, stopping = begin(whole)
    await until(lambda: whole.has_applied("new-0", "new-1"))
    stopping.set()
    await running
    assert sorted(await whole.applied()) == ["new-0", "new-1", *(f"old-{n}" for n in range(5))]


async def make_anew(tiny: Tiny) -> None:
    admin = AdminClient({"bootstrap.servers": tiny.settings.kafka})
    for future in admin.delete_topics([tiny.topic]).values():
        await asyncio.to_thread(future.result)

    async def made() -> bool:
        return bool(
            await asyncio.to_thread(apply_topics, tiny.settings.kafka, tiny.settings.topic_prefix, read_topics())
        )

    async def known() -> bool:
        return bool(await asyncio.to_thread(describe_topics, tiny.settings.kafka, [tiny.topic]))

    await until(made)
    await until(known)


async def take_for_the_old_one(tiny: Tiny) -> None:
    """What `baton topics accept` does."""
    states = await asyncio.to_thread(describe_topics, tiny.settings.kafka, [tiny.topic])
    async with tiny.pool.acquire() as connection, connection.transaction():
        await accept(connection, tiny.settings.topic_prefix, states[tiny.topic])


@pytest.mark.row(51)
async def test_more_partitions_under_a_process_at_work_are_told_before_leads_lose_their_order_for_long(
    whole: Tiny,
) -> None:
    running, _ = begin(whole)
    await whole.send(activity("before"), partition=HOME)
    await until(lambda: whole.has_applied("before"))
    admin = AdminClient({"bootstrap.servers": whole.settings.kafka})
    for future in admin.create_partitions([NewPartitions(whole.topic, PARTITIONS + 1)]).values():
        await asyncio.to_thread(future.result)
    sometimes("partitions added while they were read")

    told = await refusal(running)

    assert f"topic {whole.topic} has 13 partitions" in told
    assert "12 are expected" in told
    with pytest.raises(TopicsError, match="has 13 partitions, 12 are expected"):
        await run_until(asyncio.Event(), whole.service, whole.settings)
