"""What the probe answers of a process whose relay is dead or whose Kafka is silent, told on the process's own clock."""

import asyncio
import json
from collections.abc import AsyncIterator, Mapping
from typing import cast

import pytest
from starlette.applications import Starlette

from shared import health as health_module
from shared.db import Pool
from shared.health import Health, gauges, health_routes
from shared.lanes import Lane
from shared.metrics import Metrics
from shared.outbox import OutboxSource
from shared.positions import Place
from shared.relay import Relay
from shared.service import Running
from shared.settings import Settings
from shared.topics import LEAD_ACTIVITY
from tests.integration.tiny import SCHEMA, Tiny, activity, tiny_service, until
from tests.servers import KafkaAddress

NOT_ASKED = cast("Pool", None)
LAG: Mapping[Place, int] = {(LEAD_ACTIVITY, 0): 5}
NO_LAG: Mapping[Place, int] = {}
LONG = 26.0
"""Seconds: more than the patience of the default settings, less than the thirty that are promised."""


class Later:
    """The clock of the probe, which runs ahead of the machine's."""

    def __init__(self) -> None:
        self.ahead = 0.0

    def __call__(self) -> float:
        return asyncio.get_running_loop().time() + self.ahead


@pytest.fixture
async def tiny(kafka: KafkaAddress, database: str, topic_prefix: str) -> AsyncIterator[Tiny]:
    async with tiny_service(kafka.bootstrap_servers, database, topic_prefix) as tiny:
        yield tiny


@pytest.fixture
def later(monkeypatch: pytest.MonkeyPatch) -> Later:
    later = Later()
    monkeypatch.setattr(health_module, "monotonic_seconds", later)
    return later


@pytest.fixture
def relay() -> Relay:
    """One that is not run: what it says of itself is set by hand."""
    return Relay(SCHEMA, Settings(), NOT_ASKED, [OutboxSource()], Metrics(SCHEMA))


def health_of(relay: Relay) -> Health[str]:
    """Of a process whose servers have just answered."""
    health = Health[str]([], NOT_ASKED, Settings(), relay)
    health.note_lag({})
    return health


def goes_on(health: Health[str], later: Later, seconds: float, lag: Mapping[Place, int] = NO_LAG) -> None:
    """Time passes, in which Kafka and Postgres answer each second."""
    for _ in range(int(seconds)):
        later.ahead += 1.0
        health.note_lag(lag)


async def livez(health: Health[str]) -> tuple[int, str | None]:
    """(status, problem) as a probe sees them."""
    sent = []

    async def receive() -> dict[str, object]:
        return {"type": "http.request"}

    async def send(message: dict[str, object]) -> None:
        sent.append(message)

    scope = {"type": "http", "method": "GET", "path": "/livez", "query_string": b"", "headers": []}
    await Starlette(routes=health_routes(health, Metrics(SCHEMA)))(scope, receive, send)
    start, body = sent
    return start["status"], json.loads(body["body"])["problem"]


async def test_a_relay_that_does_not_come_round_is_told_within_thirty_seconds(relay: Relay, later: Later) -> None:
    health = health_of(relay)
    assert await livez(health) == (200, None)

    goes_on(health, later, LONG)

    assert await livez(health) == (503, "the relay has not come round for 25 s")


async def test_a_relay_that_comes_round_is_alive_though_it_has_nothing_to_do(relay: Relay, later: Later) -> None:
    health = health_of(relay)
    goes_on(health, later, LONG)
    relay.alive_at += LONG

    assert await livez(health) == (200, None)


async def test_sends_without_any_answer_are_told_while_kafka_answers_others(relay: Relay, later: Later) -> None:
    health = health_of(relay)
    relay.unanswered_since = relay.alive_at
    goes_on(health, later, LONG)
    relay.alive_at += LONG

    assert await livez(health) == (503, "nothing published for 25 s while events wait and Kafka answers others")


async def test_a_kafka_that_answers_nobody_is_no_reason_to_replace_a_relay(relay: Relay, later: Later) -> None:
    health = health_of(relay)
    relay.unanswered_since = relay.alive_at
    later.ahead = LONG
    health.note_silence()
    relay.alive_at += LONG
    assert await livez(health) == (200, None)

    health.note_lag({})
    assert await livez(health) == (200, None)

    goes_on(health, later, LONG)
    relay.alive_at += LONG
    assert (await livez(health))[0] == 503


async def test_a_process_that_was_frozen_is_not_judged_by_what_it_did_not_do(relay: Relay, later: Later) -> None:
    health = health_of(relay)
    later.ahead = LONG
    health.note_sleep()

    assert await livez(health) == (200, None)


@pytest.mark.servers
async def test_a_reader_that_waits_for_its_group_has_until_a_dead_members_session_ends(
    tiny: Tiny, later: Later, monkeypatch: pytest.MonkeyPatch
) -> None:
    tiny.settings.session_timeout_seconds = 10.0
    async with tiny.reading_lane() as lane:
        await until(lambda: bool(lane.places))
        health = Health[str]([lane], tiny.pool, tiny.settings)
        health.note_lag(LAG)
        monkeypatch.setattr(Lane, "joining", True)
        goes_on(health, later, LONG, LAG)
        assert await livez(health) == (200, None)

        goes_on(health, later, 10, LAG)

        assert await livez(health) == (503, "no record handled for 25 s while records wait")


@pytest.mark.row(9)
@pytest.mark.servers
async def test_a_reader_whose_kafka_is_away_is_not_replaced_and_has_its_time_again_afterwards(
    tiny: Tiny, later: Later
) -> None:
    async with tiny.reading_lane() as lane:
        await until(lambda: bool(lane.places))
        health = Health[str]([lane], tiny.pool, tiny.settings)
        health.note_lag(LAG)
        later.ahead = LONG
        health.note_silence()
        assert await livez(health) == (200, None)

        health.note_lag(LAG)
        assert await livez(health) == (200, None)

        goes_on(health, later, LONG, LAG)
        assert await livez(health) == (503, "no record handled for 25 s while records wait")


@pytest.mark.servers
async def test_a_lag_that_was_made_up_for_is_told_as_none(tiny: Tiny) -> None:
    def told() -> float:
        return tiny.counted("baton_lag_records", topic=LEAD_ACTIVITY)

    stopping = asyncio.Event()
    running = Running(tiny.pool, tiny.settings, tiny.metrics, stopping, lambda: None)
    telling = asyncio.create_task(gauges(tiny.service, running, tiny.reading, [], stopping))
    await tiny.send(activity("e0"), activity("e1"))
    await until(lambda: told() == 2)

    async with tiny.reading_lane():
        await until(lambda: told() == 0)

    stopping.set()
    await telling


@pytest.mark.servers
async def test_a_group_that_deals_out_anew_is_seen_from_within(tiny: Tiny) -> None:
    async with tiny.reading_lane() as one:
        await until(lambda: bool(one.places))
        assert not one.joining
        seen = asyncio.Event()
        forgetting = one.runner.give_up

        def giving_up() -> None:
            if one.joining:
                seen.set()
            forgetting()

        one.runner.give_up = giving_up  # type: ignore[method-assign]
        async with tiny.reading_lane() as other:
            await until(lambda: bool(other.places))
            await seen.wait()
            await until(lambda: not one.joining)
            await tiny.send(activity("e0"))
            await until(lambda: tiny.has_applied("e0"))


@pytest.mark.servers
async def test_a_relay_remembers_since_when_nothing_was_answered_and_forgets_at_the_first_answer(tiny: Tiny) -> None:
    tiny.settings.lease_seconds = 1.5
    one = Relay(SCHEMA, tiny.settings, tiny.pool, [OutboxSource()], tiny.metrics)
    stopping = asyncio.Event()
    answers = one._publisher.deliver
    asked = asyncio.Event()

    async def silence(*_: object) -> object:
        asked.set()
        raise TimeoutError

    one._publisher.deliver = silence  # type: ignore[method-assign, assignment]
    await tiny.pool.execute("INSERT INTO outbox (topic, key, value) VALUES ($1, 'lead-1', '1')", LEAD_ACTIVITY)
    running = asyncio.create_task(one.run(stopping))
    await asked.wait()
    assert one.unanswered_since is not None

    one._publisher.deliver = answers  # type: ignore[method-assign]
    await until(lambda: one.unanswered_since is None)
    stopping.set()
    await running
    assert await tiny.pool.fetchval("SELECT count(*) FROM outbox") == 0
