"""One of Baton's services as a process of its own, which ends when this one ends."""

import signal
import sys
import urllib.error
import urllib.request
from collections.abc import Mapping
from pathlib import Path

from shared.embedded.server import Server
from shared.embedded.steps import OnStep, quiet

ANSWER_SECONDS = 2.0


class ServiceProcess(Server):
    """`start` waits until the service is ready; `kill` is a kill -9, after which `start` brings it back."""

    port_count = 1
    stop_signal = signal.SIGTERM
    kill_signal = signal.SIGKILL

    def __init__(
        self, service: str, folder: Path, settings: Mapping[str, str], on_step: OnStep = quiet, *, replica: int = 1
    ) -> None:
        self.name = service if replica == 1 else f"{service}-{replica}"
        super().__init__(folder / self.name, on_step)
        self.service = service
        self._settings = settings

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    @property
    def variables(self) -> Mapping[str, str]:
        return {**self._settings, "BATON_HTTP_PORT": str(self.port), "PYTHONUNBUFFERED": "1"}

    def prepare(self) -> None:
        self.folder.mkdir(parents=True, exist_ok=True)

    def command(self) -> list[str]:
        return [sys.executable, "-m", "services.cli", "run", self.service, "--folder", str(self.folder)]

    def is_ready(self) -> bool:
        try:
            with urllib.request.urlopen(f"{self.url}/readyz", timeout=ANSWER_SECONDS) as answer:  # noqa: S310 - our own
                return bool(answer.status == 200)
        except (urllib.error.URLError, OSError):
            return False
