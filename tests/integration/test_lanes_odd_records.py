"""A lane and records that other clients wrote oddly: none of them stops its partition."""

import asyncio

import pytest
from confluent_kafka.admin import AdminClient, AlterConfigOpType, ConfigEntry, ConfigResource

from shared import lanes
from shared.clock import machine_now
from shared.topics import LEAD_ACTIVITY
from tests.integration.tiny import Tiny, activity, until
from tests.support.odd_records import RawName, send_odd


def now_ms() -> int:
    return int(machine_now().timestamp() * 1000)


@pytest.mark.row(30)
async def test_a_record_with_a_header_name_that_is_no_text_is_applied_and_so_are_its_neighbours(tiny: Tiny) -> None:
    odd = [(activity(f"e{n}"), [(RawName("x"), b"v")] if n == 1 else [], now_ms()) for n in range(3)]
    await send_odd(tiny.settings.kafka, tiny.topic, *odd)
    await tiny.send(activity("after"))

    async with tiny.reading_lane():
        await until(lambda: tiny.has_applied("after"))

    assert await tiny.applied() == ["e0", "e1", "e2", "after"]
    assert await tiny.logs.holds_nothing((LEAD_ACTIVITY, 0), 1, 4) is False


async def test_a_record_that_no_reader_understands_goes_to_quarantine_with_its_odd_header(tiny: Tiny) -> None:
    await send_odd(tiny.settings.kafka, tiny.topic, (b"{", [(RawName("x"), b"v")], now_ms()))
    await tiny.send(activity("after"))

    async with tiny.reading_lane():
        await until(lambda: tiny.has_applied("after"))

    assert await tiny.quarantined() == [(0, "invalid", "open")]


async def test_a_record_appended_in_a_year_that_no_calendar_has_does_not_stop_its_partition(tiny: Tiny) -> None:
    await take_any_timestamp(tiny)
    await send_odd(tiny.settings.kafka, tiny.topic, (activity("far"), [], 2**60))
    await tiny.send(activity("after"))

    async with tiny.reading_lane():
        await until(lambda: tiny.has_applied("after"))

    assert await tiny.position() == 2


async def take_any_timestamp(tiny: Tiny) -> None:
    limit = ConfigEntry("message.timestamp.after.max.ms", str(2**63 - 1), incremental_operation=AlterConfigOpType.SET)
    resource = ConfigResource(ConfigResource.Type.TOPIC, tiny.topic, incremental_configs=[limit])
    admin = AdminClient({"bootstrap.servers": tiny.settings.kafka})
    for future in admin.incremental_alter_configs([resource]).values():
        await asyncio.to_thread(future.result)


async def test_a_lane_that_cannot_take_over_what_it_was_given_dies_and_says_so(
    tiny: Tiny, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(_: int) -> None:
        raise ZeroDivisionError

    monkeypatch.setattr(lanes, "appended_at", broken)
    await tiny.send(activity("e0"))

    async with tiny.reading_lane() as lane:
        await until(lambda: lane.runner.failed)

    assert await tiny.applied() == []
