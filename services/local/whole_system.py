"""Everything on one machine, brought up as far in parallel as it goes: servers, tables, topics, playbook, services."""

import asyncio
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from services.commands.playbooks import activate_folder, check_whole
from services.local.steps import SystemStep
from services.local.system import LocalSystem
from shared.embedded import EmbeddedStack
from shared.embedded.steps import OnStep
from shared.migrations import migrate
from shared.playbook import PlaybookFolder
from shared.provisioning import apply_topics, read_topics


class WholeSystem:
    """Kafka, Postgres and the four services in `folder`; all of it ends with this process."""

    def __init__(self, folder: Path, playbook: Path, settings: Mapping[str, str], on_step: OnStep) -> None:
        check_whole(PlaybookFolder.read(playbook))
        self._folder = folder
        self._playbook = playbook
        self._settings = settings
        self._on_step = on_step
        self._stack = EmbeddedStack(folder, on_step)
        self._services: LocalSystem | None = None

    @property
    def kafka(self) -> str:
        return self._stack.bootstrap_servers

    @property
    def dsn(self) -> str:
        return self._stack.dsn

    def url(self, service: str) -> str:
        """The service's own HTTP address. Raises LookupError before `start_services`."""
        if self._services is None:
            raise LookupError(f"{service} has not been started")
        return self._services.services[service].url

    def start_servers(self) -> None:
        """Kafka with its topics beside Postgres with its tables and the playbook. Raises EmbeddedStackError."""
        with ThreadPoolExecutor(2) as pool:
            for part in [pool.submit(self._start_kafka), pool.submit(self._start_postgres)]:
                part.result()

    def start_services(self) -> None:
        """The four services side by side. Raises EmbeddedStackError."""
        self._services = LocalSystem(
            self.kafka,
            self.dsn,
            self._folder / "services",
            playbook=self._playbook,
            settings=self._settings,
            on_step=self._on_step,
        )
        self._services.start()

    def stop(self) -> None:
        """Stop whatever runs, the services before the servers."""
        if self._services:
            self._services.stop()
        self._stack.stop()

    def _start_kafka(self) -> None:
        self._stack.kafka.start()
        created = apply_topics(self.kafka, "", read_topics())
        self._on_step(SystemStep.TOPICS_IN_PLACE.of(created=len(created)))

    def _start_postgres(self) -> None:
        self._stack.postgres.start()
        asyncio.run(migrate(self.dsn))
        version, _ = asyncio.run(activate_folder(self._playbook, self.dsn))
        self._on_step(SystemStep.TABLES_IN_PLACE.of(version=version))
