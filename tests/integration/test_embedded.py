"""The servers that Baton brings along: started, awaited, stopped, and put right after every kind of accident."""

import base64
import json
import os
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import asyncpg
import pytest
from confluent_kafka import Consumer, Producer, TopicPartition
from confluent_kafka.admin import AdminClient, NewTopic

from shared.embedded import EmbeddedStack, EmbeddedStackError, KafkaServer, PostgresServer
from shared.embedded.kafka import random_cluster_id
from shared.embedded.processes import Process, remember
from shared.embedded.steps import ServerStep, Step
from tests.servers import available

pytestmark = pytest.mark.servers

TOPIC = "lead.activity.v1"
LONG_FOLDER = "a folder, 日本語 " + "x" * 90
START_AND_WAIT = """
import sys
from pathlib import Path
from shared.embedded import EmbeddedStack
with EmbeddedStack(Path(sys.argv[1])):
    print("up", flush=True)
    sys.stdin.read()
"""


@pytest.fixture(scope="module")
def stack(tmp_path_factory: pytest.TempPathFactory) -> Iterator[EmbeddedStack]:
    with available(), EmbeddedStack(tmp_path_factory.mktemp("stack") / LONG_FOLDER) as stack:
        create_topic(stack.bootstrap_servers, TOPIC)
        yield stack


@pytest.fixture(scope="module")
def postgres_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The data folder of a Postgres that was stopped in good order."""
    folder = tmp_path_factory.mktemp("stopped") / "postgres"
    with available(), PostgresServer(folder):
        return folder


def create_topic(bootstrap_servers: str, name: str) -> None:
    admin = AdminClient({"bootstrap.servers": bootstrap_servers})
    for future in admin.create_topics([NewTopic(name, 1, 1)]).values():
        future.result(10)


def write(bootstrap_servers: str, value: str) -> None:
    producer = Producer({"bootstrap.servers": bootstrap_servers, "acks": "all"})
    producer.produce(TOPIC, value)
    assert producer.flush(30) == 0


def read_all(bootstrap_servers: str) -> list[str]:
    consumer = Consumer({"bootstrap.servers": bootstrap_servers, "group.id": "reader", "enable.partition.eof": False})
    place = TopicPartition(TOPIC, 0, 0)
    try:
        _, end = consumer.get_watermark_offsets(place, timeout=30)
        consumer.assign([place])
        records = consumer.consume(end, timeout=30)
        return [(record.value() or b"").decode() for record in records]
    finally:
        consumer.close()


async def run(dsn: str, *statements: str) -> list[object]:
    connection = await asyncpg.connect(dsn)
    try:
        return [await connection.fetchval(statement) for statement in statements]
    finally:
        await connection.close()


async def test_a_record_and_a_row_are_kept_in_a_folder_with_a_long_and_foreign_name(stack: EmbeddedStack) -> None:
    write(stack.bootstrap_servers, "first")
    assert "first" in read_all(stack.bootstrap_servers)
    assert await run(stack.dsn, "SHOW fsync", "SHOW max_connections", "SELECT '御社'") == ["on", "200", "御社"]


async def test_both_servers_listen_on_this_machine_only_and_postgres_asks_for_the_password(
    stack: EmbeddedStack,
) -> None:
    assert stack.bootstrap_servers.startswith("127.0.0.1:")
    assert await run(stack.dsn, "SHOW listen_addresses") == ["127.0.0.1"]
    with pytest.raises(asyncpg.InvalidPasswordError):
        await asyncpg.connect(host="127.0.0.1", port=stack.postgres.port, user="baton", password="guess")


def test_a_topic_that_nobody_created_does_not_come_into_being(stack: EmbeddedStack) -> None:
    admin = AdminClient({"bootstrap.servers": stack.bootstrap_servers})
    admin.list_topics("lead.misspelt.v1", timeout=10)
    assert "lead.misspelt.v1" not in admin.list_topics(timeout=10).topics


def test_a_second_run_on_the_same_folder_is_refused_and_the_first_goes_on(stack: EmbeddedStack) -> None:
    second = EmbeddedStack(stack.kafka.folder.parent)
    with pytest.raises(EmbeddedStackError, match=rf"in use by another run \(process {os.getpid()}\)"):
        second.start()
    assert stack.kafka.is_running
    assert stack.postgres.is_running


def test_records_outlive_a_broker_that_is_killed_and_started_again_on_the_same_port(stack: EmbeddedStack) -> None:
    address = stack.bootstrap_servers
    write(address, "before the crash")
    stack.kafka.kill()
    assert not stack.kafka.is_running
    stack.kafka.start()
    assert stack.bootstrap_servers == address
    assert "before the crash" in read_all(address)


async def test_committed_rows_outlive_a_postgres_that_is_stopped_at_once(stack: EmbeddedStack) -> None:
    dsn = stack.dsn
    await run(dsn, "CREATE TABLE handoff AS SELECT 7 AS lead")
    stack.postgres.kill()
    with pytest.raises(OSError, match=str(stack.postgres.port)):
        await asyncpg.connect(dsn)
    stack.postgres.start()
    assert stack.dsn == dsn
    assert await run(dsn, "SELECT lead FROM handoff") == [7]


async def test_a_later_start_finds_the_data_even_when_its_ports_are_taken(fresh_stack: EmbeddedStack) -> None:
    create_topic(fresh_stack.bootstrap_servers, TOPIC)
    write(fresh_stack.bootstrap_servers, "kept")
    await run(fresh_stack.dsn, "CREATE TABLE handoff AS SELECT 7 AS lead")
    taken = [fresh_stack.kafka.port, fresh_stack.postgres.port]
    fresh_stack.stop()
    steps: list[Step] = []
    with (
        socket.create_server(("127.0.0.1", taken[0])),
        socket.create_server(("127.0.0.1", taken[1])),
        EmbeddedStack(fresh_stack.kafka.folder.parent, steps.append) as later,
    ):
        assert {later.kafka.port, later.postgres.port}.isdisjoint(taken)
        assert read_all(later.bootstrap_servers) == ["kept"]
        assert await run(later.dsn, "SELECT lead FROM handoff") == [7]
    assert not [step for step in steps if "once" in str(step)]


@pytest.mark.skipif(sys.platform != "linux", reason="finds the guards through /proc")
@pytest.mark.parametrize("also_the_guards", [False, True])
def test_no_server_outlives_a_run_that_is_killed(also_the_guards: bool, stopped_stack: Path) -> None:
    run = subprocess.Popen(
        [sys.executable, "-c", START_AND_WAIT, str(stopped_stack)], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    )
    assert run.stdout
    assert run.stdin
    assert run.stdout.readline() == b"up\n"
    servers = [noted(stopped_stack / name / "server.pid.json") for name in ("kafka", "postgres")]
    guards = [Process.find(parent_of(server)) for server in servers] if also_the_guards else []
    for guard in guards:
        assert guard
        guard.send(signal.SIGKILL)
    run.kill()
    run.wait()
    run.stdin.close()
    run.stdout.close()
    assert all(server.ended_within(20) for server in servers)


@pytest.fixture(scope="module")
def stopped_stack(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The data folder of a stack that was stopped in good order."""
    folder = tmp_path_factory.mktemp("stopped") / "stack"
    with available(), EmbeddedStack(folder):
        return folder


def noted(pid_file: Path) -> Process:
    return Process(**json.loads(pid_file.read_text()))


def parent_of(process: Process) -> int:
    return int(Path(f"/proc/{process.pid}/stat").read_text().rpartition(")")[2].split()[1])


def test_a_server_left_behind_by_a_crashed_run_is_stopped_before_the_next_start(postgres_folder: Path) -> None:
    crashed = PostgresServer(postgres_folder)
    crashed.start()
    pid_file = postgres_folder / "server.pid.json"
    left_behind = noted(pid_file)
    crashed.stop()
    orphan = subprocess.Popen(crashed.account.running(crashed.command()), stderr=subprocess.DEVNULL)
    remember(pid_file, orphan.pid)
    steps: list[Step] = []
    with PostgresServer(postgres_folder, steps.append) as server:
        assert orphan.wait(10) is not None
        assert noted(pid_file) != left_behind
        assert server.is_running
    assert ServerStep.LEFT_BEHIND.of(name="Postgres", pid=orphan.pid) in steps


def test_another_program_that_got_the_pid_of_a_dead_server_is_left_alone(postgres_folder: Path) -> None:
    with subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE) as other:
        remember(postgres_folder / "server.pid.json", other.pid)
        (postgres_folder / "data" / "postmaster.pid").write_text(f"{other.pid}\n{postgres_folder / 'data'}\n")
        with PostgresServer(postgres_folder) as server:
            assert server.is_running
            assert other.poll() is None
        other.communicate(b"\n")


def test_a_postgres_that_someone_else_runs_on_the_folder_is_named_and_left_alone(postgres_folder: Path) -> None:
    with PostgresServer(postgres_folder) as server:
        command = server.account.running(server.command())
    with subprocess.Popen(command, stderr=subprocess.PIPE, text=True) as other:
        assert other.stderr
        assert any("ready to accept connections" in line for line in other.stderr)
        with pytest.raises(EmbeddedStackError, match=f"process {other.pid}"):
            PostgresServer(postgres_folder).start()
        assert other.poll() is None
        other.send_signal(signal.SIGINT)


def test_a_server_that_does_not_start_says_why_from_its_own_log(tmp_path: Path) -> None:
    (tmp_path / "kafka" / "data").mkdir(parents=True)
    with available(), pytest.raises(EmbeddedStackError, match=r"(?s)server\.log.*meta\.properties"):
        KafkaServer(tmp_path / "kafka").start()


def test_no_cluster_id_looks_like_an_option_to_kafkas_tool() -> None:
    ids = {random_cluster_id() for _ in range(2000)}
    assert len(ids) == 2000
    assert not any("-" in cluster_id for cluster_id in ids)
    assert {len(base64.urlsafe_b64decode(cluster_id + "==")) for cluster_id in ids} == {16}
