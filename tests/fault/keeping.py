"""A restart policy in small, as `restart: unless-stopped` in docker-compose.yml: what ends is started again."""

import threading
from types import TracebackType
from typing import Self

from services.local.service_process import ServiceProcess

LOOK_SECONDS = 0.05


class Kept:
    """A process that is brought back whenever it ends; `ends` has the exit statuses."""

    def __init__(self, process: ServiceProcess) -> None:
        self.process = process
        self.ends: list[int | None] = []
        self._done = threading.Event()
        self._keeping = threading.Thread(target=self._keep)

    def __enter__(self) -> Self:
        self._keeping.start()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self._done.set()
        self._keeping.join()

    def _keep(self) -> None:
        while not self._done.wait(LOOK_SECONDS):
            if not self.process.is_running:
                self.ends.append(self.process.exit_status)
                self.process.start()
