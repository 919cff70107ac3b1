"""Logs, traces and metrics that nobody takes: the work goes on, and the processes end when they are told to."""

import asyncio
import os
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from services.local.system import SERVICES, LocalSystem
from tests.fault.sometimes import sometimes
from tests.fault.wounded import QUICK
from tests.servers import KafkaAddress
from tests.support.comparing import differences, replayed
from tests.support.live import activity, outcome, publish, until_quiet

pytestmark = [pytest.mark.servers, pytest.mark.timeout(400)]
STOP_SECONDS = 60.0


@contextmanager
def black_hole() -> Iterator[str]:
    """The URL of a collector that takes connections and never answers."""
    with socket.create_server(("127.0.0.1", 0), backlog=100) as listening:
        yield f"http://127.0.0.1:{listening.getsockname()[1]}"


@contextmanager
def nowhere() -> Iterator[str]:
    """The URL of a collector that is not there."""
    with socket.socket() as reserved:
        reserved.bind(("127.0.0.1", 0))
        yield f"http://127.0.0.1:{reserved.getsockname()[1]}"


@contextmanager
def blocked_pipe() -> Iterator[int]:
    """A pipe that is full and that nobody reads: the next byte written waits for ever."""
    reader, writer = os.pipe()
    os.set_blocking(writer, False)
    with suppress(BlockingIOError):
        while True:
            os.write(writer, b"\n" * 4096)
    os.set_blocking(writer, True)
    try:
        yield writer
    finally:
        os.close(writer)
        os.close(reader)


@contextmanager
def closed_pipe() -> Iterator[int]:
    """A pipe whose reader has gone."""
    reader, writer = os.pipe()
    os.close(reader)
    try:
        yield writer
    finally:
        os.close(writer)


def started(system: LocalSystem, service: str, collector: str, log: int) -> subprocess.Popen[bytes]:
    variables = {
        **os.environ,
        **system.settings,
        "BATON_HTTP_PORT": "0",
        "BATON_LOG_LEVEL": "DEBUG",
        "OTEL_EXPORTER_OTLP_ENDPOINT": collector,
        "OTEL_BSP_SCHEDULE_DELAY": "200",
    }
    command = [sys.executable, "-m", "services.cli", "run", service]
    return subprocess.Popen(command, env=variables, stdout=log, stderr=log)


@contextmanager
def unheard(system: LocalSystem) -> Iterator[list[subprocess.Popen[bytes]]]:
    """The services, two with a log that is never read, two with one whose reader has gone, none with a collector."""
    with ExitStack() as faults:
        collectors = [faults.enter_context(black_hole()), faults.enter_context(nowhere())]
        pipes = [faults.enter_context(blocked_pipe()), faults.enter_context(closed_pipe())]
        running = [started(system, service, collectors[n % 2], pipes[n // 2]) for n, service in enumerate(SERVICES)]
        try:
            yield running
        finally:
            for process in running:
                process.kill()
                process.wait()


@pytest.mark.long
@pytest.mark.row(54)
async def test_services_whose_logs_and_traces_nobody_takes_lose_nothing_and_stop_when_told(
    kafka: KafkaAddress, database: str, topic_prefix: str, tmp_path: Path
) -> None:
    system = LocalSystem(kafka.bootstrap_servers, database, tmp_path, playbook=QUICK, topic_prefix=topic_prefix)
    await asyncio.to_thread(system.prepare)
    now = datetime.now(UTC) - timedelta(hours=1)
    events = [
        activity(n, "demo.requested", f"lead-{n % 20}", (now + timedelta(seconds=n)).isoformat()) for n in range(200)
    ]
    with unheard(system) as running:
        await publish(system, events)
        await until_quiet(system)
        assert [process.poll() for process in running] == [None] * len(SERVICES)
        for process in running:
            process.send_signal(signal.SIGTERM)
        ends = [await asyncio.to_thread(process.wait, STOP_SECONDS) for process in running]

    live = await outcome(system)
    sometimes("a service whose log and traces nobody took", len(running))
    assert len(live.activities) == len(events)
    assert differences(live, replayed(live.activities, QUICK)[0]) == []
    assert ends == [0] * len(SERVICES)
