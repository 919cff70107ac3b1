"""Brings the whole system up on given servers: tables, topics, playbook, then the four services side by side."""

import asyncio
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from types import TracebackType
from typing import Self

from services.commands.playbooks import activate_folder
from services.local.service_process import ServiceProcess
from services.local.steps import SystemStep
from shared.embedded.steps import OnStep, quiet
from shared.migrations import migrate
from shared.provisioning import apply_topics, read_topics

SERVICES = ("scoring", "routing", "alerts", "kpi")


class LocalSystem:
    """The services as processes on a Kafka and a Postgres; what they print is in `folder`/<service>/server.log."""

    def __init__(
        self,
        kafka: str,
        dsn: str,
        folder: Path,
        *,
        playbook: Path,
        topic_prefix: str = "",
        settings: Mapping[str, str] | None = None,
        on_step: OnStep = quiet,
    ) -> None:
        self.kafka = kafka
        self.dsn = dsn
        self.topic_prefix = topic_prefix
        self._folder = folder
        self._playbook = playbook
        self._on_step = on_step
        self.settings = {
            "BATON_KAFKA": kafka,
            "BATON_POSTGRES": dsn,
            "BATON_TOPIC_PREFIX": topic_prefix,
            **(settings or {}),
        }
        self.services = {name: self.replica(name) for name in SERVICES}

    def replica(self, service: str, number: int = 1) -> ServiceProcess:
        """A process of the service, not started; number 2 and up join the first one's consumer group."""
        return ServiceProcess(service, self._folder, self.settings, self._on_step, replica=number)

    def prepare(self) -> None:
        """Tables, topics and playbook. Raises PlaybookError, KafkaException or a database error."""
        asyncio.run(self._prepare())

    async def _prepare(self) -> None:
        await migrate(self.dsn)
        created = await asyncio.to_thread(apply_topics, self.kafka, self.topic_prefix, read_topics())
        version, _ = await activate_folder(self._playbook, self.dsn)
        self._on_step(SystemStep.ALL_IN_PLACE.of(created=len(created), version=version))

    def start(self, names: Sequence[str] = SERVICES) -> None:
        """Start services side by side and wait until all are ready. Raises EmbeddedStackError."""
        self._on_step(SystemStep.STARTING.of(names=", ".join(names)))
        with ThreadPoolExecutor(len(names)) as pool:
            for started in [pool.submit(self.services[name].start) for name in names]:
                started.result()

    def stop(self) -> None:
        """Stop all services in good order."""
        with ThreadPoolExecutor(len(self.services)) as pool:
            for stopped in [pool.submit(service.stop) for service in self.services.values()]:
                stopped.result()

    def __enter__(self) -> Self:
        self.prepare()
        self.start()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self.stop()
