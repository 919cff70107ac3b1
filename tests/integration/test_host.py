"""A whole process: it waits for what will come, refuses to start without what will not, and dies as one."""

import asyncio
import json
import socket
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import replace
from urllib.parse import urlsplit

import pytest
from confluent_kafka.admin import AdminClient
from pydantic import SecretStr

from shared import kafka as kafka_module
from shared.host import NotReadyError, run_until
from shared.kafka import KafkaLogs, describe_topics
from shared.provisioning import TopicsError, apply_topics, check_topics, read_topics
from shared.records import partition_of
from shared.service import Running
from shared.settings import Settings
from shared.topics import CAMPAIGN, LEAD_ACTIVITY
from tests.integration.tiny import Tiny, activity, tiny_service, until
from tests.servers import KafkaAddress


@pytest.fixture
async def whole(kafka: KafkaAddress, database: str, topic_prefix: str) -> AsyncIterator[Tiny]:
    """A tiny service with every topic that a process wants to see."""
    async with tiny_service(kafka.bootstrap_servers, database, topic_prefix, partitions=12, stop_seconds=5.0) as tiny:
        await asyncio.to_thread(apply_topics, kafka.bootstrap_servers, topic_prefix, read_topics())
        yield tiny


async def apply_one(tiny: Tiny, event_id: str) -> None:
    await tiny.send(activity(event_id), partition=partition_of(b"lead-1", 12))
    await until(lambda: tiny.has_applied(event_id))


@asynccontextmanager
async def forwarded(target: str) -> AsyncIterator[tuple[str, Callable[[], Awaitable[asyncio.Server]]]]:
    """(an address where nothing listens yet, a function that lets it lead to the target)."""
    host, _, port = target.rpartition(":")
    servers: list[asyncio.Server] = []
    with socket.socket() as reserved:
        reserved.bind(("127.0.0.1", 0))
        address = reserved.getsockname()

    async def pump(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while data := await reader.read(65536):
            writer.write(data)
        writer.close()

    async def connect(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        far_reader, far_writer = await asyncio.open_connection(host, int(port))
        await asyncio.gather(pump(reader, far_writer), pump(far_reader, writer), return_exceptions=True)

    async def open_up() -> asyncio.Server:
        servers.append(await asyncio.start_server(connect, *address))
        return servers[-1]

    yield f"{address[0]}:{address[1]}", open_up
    for server in servers:
        server.close()


async def test_a_service_reads_and_applies_and_stops_when_told(whole: Tiny) -> None:
    for event_id in ("first", "second"):
        stopping = asyncio.Event()
        running = asyncio.create_task(run_until(stopping, whole.service, whole.settings))
        await apply_one(whole, event_id)
        stopping.set()
        await running

    assert await whole.applied() == ["first", "second"]


async def test_a_service_started_before_kafka_and_postgres_waits_for_them(whole: Tiny) -> None:
    dsn = urlsplit(whole.settings.postgres.get_secret_value())
    async with (
        forwarded(whole.settings.kafka) as (kafka, open_kafka),
        forwarded(f"{dsn.hostname}:{dsn.port}") as (postgres, open_postgres),
    ):
        later = dsn._replace(netloc=f"{dsn.username}:{dsn.password}@{postgres}").geturl()
        settings = whole.settings.model_copy(update={"kafka": kafka, "postgres": SecretStr(later)})
        stopping = asyncio.Event()
        running = asyncio.create_task(run_until(stopping, whole.service, settings))
        await open_postgres()
        await until(lambda: _is_connected(whole))
        assert not running.done()
        await open_kafka()
        await apply_one(whole, "at last")
        stopping.set()
        await running


async def test_a_kafka_that_does_not_answer_the_hanging_up_does_not_turn_a_stop_into_an_error(
    tiny: Tiny, monkeypatch: pytest.MonkeyPatch
) -> None:
    logs = KafkaLogs(tiny.settings.kafka, tiny.settings.topic_prefix, {LEAD_ACTIVITY: 2})
    await logs.start()
    with monkeypatch.context() as patched:
        patched.setattr(kafka_module, "ANSWER_SECONDS", 0.01)
        patched.setattr(logs._consumer, "stop", asyncio.Event().wait)
        await logs.stop()

    await logs.stop()


async def _is_connected(tiny: Tiny) -> bool:
    query = "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()"
    return await tiny.pool.fetchval(query) > 0


@pytest.mark.row(52)
async def test_a_topic_that_was_deleted_and_made_again_is_refused(whole: Tiny) -> None:
    stopping = asyncio.Event()
    running = asyncio.create_task(run_until(stopping, whole.service, whole.settings))
    await apply_one(whole, "before")
    stopping.set()
    await running
    await recreate(whole)

    with pytest.raises(TopicsError, match="was deleted and created again") as refusal:
        await run_until(asyncio.Event(), whole.service, whole.settings)

    assert "baton topics accept" in str(refusal.value)


async def recreate(tiny: Tiny) -> None:
    admin = AdminClient({"bootstrap.servers": tiny.settings.kafka})
    for future in admin.delete_topics([tiny.topic]).values():
        await asyncio.to_thread(future.result)
    wanted = read_topics()

    async def made_again() -> bool:
        return bool(await asyncio.to_thread(apply_topics, tiny.settings.kafka, tiny.settings.topic_prefix, wanted))

    async def is_known() -> bool:
        return bool(await asyncio.to_thread(describe_topics, tiny.settings.kafka, [tiny.topic]))

    await until(made_again)
    await until(is_known)


async def test_a_topic_with_other_settings_than_written_down_is_told_setting_by_setting(whole: Tiny) -> None:
    findings = await asyncio.to_thread(check_topics, whole.settings.kafka, whole.settings.topic_prefix, read_topics())

    (found,) = [finding for finding in findings if finding.problem]
    assert found.name == LEAD_ACTIVITY
    assert found.problem is not None
    assert "message.timestamp.type is CreateTime, LogAppendTime is expected" in found.problem
    assert "retention.ms is 604800000, 2592000000 is expected" in found.problem
    assert "partitions" not in found.problem


@pytest.mark.row(51)
async def test_a_topic_with_other_partitions_than_its_keys_were_hashed_for_is_refused(tiny: Tiny) -> None:
    with pytest.raises(TopicsError, match=r"lead\.activity\.v1 has 2 partitions, 12 are expected") as refusal:
        await run_until(asyncio.Event(), tiny.service, tiny.settings)

    assert f"{CAMPAIGN} missing: create it with `baton topics apply`" in str(refusal.value)


async def test_a_database_without_its_migrations_is_refused(kafka: KafkaAddress, tiny: Tiny) -> None:
    await tiny.pool.execute("DELETE FROM baton.migration WHERE name LIKE 'kpi/%'")

    with pytest.raises(NotReadyError, match="run `baton migrate`"):
        await run_until(asyncio.Event(), tiny.service, tiny.settings)


async def test_without_a_playbook_nothing_starts(whole: Tiny) -> None:
    await whole.pool.execute("DELETE FROM baton.playbook")

    with pytest.raises(NotReadyError, match="baton playbook activate"):
        await run_until(asyncio.Event(), whole.service, whole.settings)


@pytest.mark.row(16)
async def test_a_part_that_dies_takes_the_process_with_it_and_the_group_goes_on_at_once(whole: Tiny) -> None:
    fatal = asyncio.Event()

    async def dies(_: Running) -> None:
        await fatal.wait()
        raise ZeroDivisionError

    running = asyncio.create_task(run_until(asyncio.Event(), replace(whole.service, loops=(dies,)), whole.settings))
    await apply_one(whole, "before")
    fatal.set()
    with pytest.raises(ExceptionGroup) as died:
        await running

    assert died.value.subgroup(ZeroDivisionError)
    whole.settings.session_timeout_seconds = 300
    stopping = asyncio.Event()
    running = asyncio.create_task(run_until(stopping, whole.service, whole.settings))
    await apply_one(whole, "after")
    stopping.set()
    await running


async def test_the_probes_tell_whether_it_is_ready_and_alive(whole: Tiny) -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    settings: Settings = whole.settings.model_copy(update={"http_port": port})
    stopping = asyncio.Event()
    running = asyncio.create_task(run_until(stopping, whole.service, settings))
    await apply_one(whole, "read")

    await until(lambda: _answers(port, "/readyz", {"ready": True, "problem": None}))
    await until(lambda: _answers(port, "/livez", {"alive": True, "problem": None}))
    stopping.set()
    await running


async def _answers(port: int, path: str, wanted: object) -> bool:
    try:
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
    except ConnectionRefusedError:
        return False
    writer.write(f"GET {path} HTTP/1.0\r\n\r\n".encode())
    _, _, body = (await reader.read()).partition(b"\r\n\r\n")
    writer.close()
    return json.loads(body) == wanted
