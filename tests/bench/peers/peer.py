"""Runs a peer's program on a topic as a process of its own, and measures it from outside."""

import subprocess
import sys
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO

from tests.bench.draining import Measuring
from tests.bench.figures import Run
from tests.bench.peers.environments import ROOT, java_of_kstreams, python_of_quix
from tests.bench.peers.job import Job
from tests.bench.stage import Stage
from tests.bench.targets import KAFKA_STREAMS, QUIX

PATIENCE_SECONDS = 900
LAST_LINES = 12


class PeerError(RuntimeError):
    """A peer's program ended before its job was done; the text holds the end of what it wrote."""


@dataclass(frozen=True, slots=True)
class Peer:
    """`command` makes the program's command line, without the job; it raises UnavailableError where it cannot.

    `copies`: what it says that it has emitted must stand in its topic.
    """

    name: str
    command: Callable[[], list[str]]
    copies: bool = False


def _ours(module: str) -> Callable[[], list[str]]:
    return lambda: [sys.executable, "-m", f"tests.bench.peers.{module}"]


PEERS = (
    Peer("confluent-kafka pass-through", _ours("through_confluent"), copies=True),
    Peer("aiokafka pass-through", _ours("through_aiokafka"), copies=True),
    Peer("FastStream batch pass-through", _ours("through_faststream"), copies=True),
    Peer(QUIX, lambda: [*python_of_quix(), "-m", "tests.bench.peers.sum_quix"]),
    Peer(KAFKA_STREAMS, lambda: [*java_of_kstreams(), "RollingSum"]),
)


def run(peer: Peer, stage: Stage, topic: str, events: int) -> Run:
    """Let the peer do its job on the topic's records. Raises PeerError or UnavailableError."""
    command, group = peer.command(), f"bench-{stage.number()}-"
    stage.make_topic(f"{group}out")
    job = Job(stage.kafka, topic, f"{group}out", group, events, str(stage.folder / group))
    try:
        with _started([*command, job.argument], stage.folder / f"{group}peer.log") as (process, log):
            measuring = Measuring(stage, lambda: [process.pid])
            _await(process, log, "began")
            first = measuring.mark(0)
            emitted = int(_await(process, log, "ended").split()[1])
            found = measuring.between(first, measuring.mark(events), emitted)
        if peer.copies and (written := stage.records_in(job.out)) != events:
            raise PeerError(f"wrote {written:,} of {events:,} records")
        return found
    finally:
        stage.drop_topics(group)


@contextmanager
def _started(command: Sequence[str], log: Path) -> Iterator[tuple["subprocess.Popen[str]", Path]]:
    with log.open("w") as errors:
        process = subprocess.Popen(
            command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=errors, text=True, cwd=ROOT
        )
    watch = threading.Timer(PATIENCE_SECONDS, process.kill)
    watch.start()
    try:
        yield process, log
    finally:
        watch.cancel()
        _let_end(process)


def _await(process: "subprocess.Popen[str]", log: Path, word: str) -> str:
    """The line that begins with the word. Raises PeerError where the process ends without it."""
    for line in _lines(process.stdout):
        if line.startswith(word):
            return line
    said = "\n".join(log.read_text().splitlines()[-LAST_LINES:])
    raise PeerError(f"ended with {process.wait()} before it said {word!r}:\n{said}")


def _lines(output: IO[str] | None) -> Iterator[str]:
    while output and (line := output.readline()):
        yield line


def _let_end(process: "subprocess.Popen[str]") -> None:
    for pipe in (process.stdin, process.stdout):
        if pipe:
            pipe.close()
    try:
        process.wait(60)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()
