"""The lease of the relay: held by one, waited for without writing, certain or not ours."""

from collections.abc import AsyncIterator

import asyncpg
import pytest

from shared.db import Connection
from shared.lease import Lease, LostLeaseError
from tests.integration.tiny import Tiny, until

RUN_OUT = "UPDATE relay_lease SET expires_at = clock_timestamp() - interval '1 second'"


@pytest.fixture
async def connection(tiny: Tiny) -> AsyncIterator[Connection]:
    async with tiny.pool.acquire() as connection:
        yield connection


async def test_one_holds_it_and_the_other_takes_it_as_soon_as_it_is_given_up(
    tiny: Tiny, connection: Connection
) -> None:
    first, second = Lease(600), Lease(600)
    assert await first.hold(connection)
    assert not await Lease(600).hold(connection)

    await first.give_up(tiny.pool)

    assert await second.hold(connection)


async def test_those_who_wait_for_it_look_and_write_nothing(tiny: Tiny, connection: Connection) -> None:
    assert await Lease(600).hold(connection)
    async with connection.transaction():
        await connection.execute("SELECT FROM relay_lease FOR UPDATE")
        async with tiny.pool.acquire() as another, another.transaction():
            await another.execute("SET LOCAL lock_timeout = '1s'")
            assert not await Lease(600).hold(another)


async def test_it_is_certain_only_while_it_lasts_by_the_holders_own_clock(connection: Connection) -> None:
    lease = Lease(1)
    assert lease.seconds_left <= 0
    assert await lease.hold(connection)

    await until(lambda: lease.seconds_left <= 0)

    assert await lease.hold(connection)
    assert lease.seconds_left > 0


async def test_what_was_sent_is_not_deleted_under_a_lease_that_another_has_taken(connection: Connection) -> None:
    first, second = Lease(600), Lease(600)
    assert await first.hold(connection)
    await connection.execute(RUN_OUT)
    assert await second.hold(connection)

    with pytest.raises(LostLeaseError):
        await first.check(connection)
    await second.check(connection)


async def test_a_delete_that_is_under_way_keeps_the_lease_from_others(tiny: Tiny, connection: Connection) -> None:
    first = Lease(600)
    assert await first.hold(connection)
    await connection.execute(RUN_OUT)
    async with connection.transaction(), tiny.pool.acquire() as another:
        await first.check(connection)
        await another.execute("SET lock_timeout = '50ms'")
        with pytest.raises(asyncpg.LockNotAvailableError):
            await Lease(600).hold(another)
