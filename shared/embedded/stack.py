"""Kafka and Postgres together, on one data folder."""

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from types import TracebackType
from typing import Self

from shared.embedded.kafka import KafkaServer
from shared.embedded.postgres import PostgresServer
from shared.embedded.steps import OnStep, quiet


class EmbeddedStack:
    """Both servers, started at the same time and stopped in good order; `on_step` hears, from any thread, what is done.

    They end when this process ends, however it ends.
    """

    def __init__(self, folder: Path, on_step: OnStep = quiet) -> None:
        self.kafka = KafkaServer(folder / "kafka", on_step)
        self.postgres = PostgresServer(folder / "postgres", on_step)

    @property
    def bootstrap_servers(self) -> str:
        return self.kafka.bootstrap_servers

    @property
    def dsn(self) -> str:
        return self.postgres.dsn

    def start(self) -> None:
        """Start both and wait. Raises EmbeddedStackError, with neither left running, when one does not start."""
        try:
            self.kafka.fetch()
            with ThreadPoolExecutor(2) as pool:
                for started in [pool.submit(self.kafka.start), pool.submit(self.postgres.start)]:
                    started.result()
        except BaseException:
            self.stop()
            raise

    def stop(self) -> None:
        """Stop both; does nothing when they do not run."""
        with ThreadPoolExecutor(2) as pool:
            for stopped in [pool.submit(self.kafka.stop), pool.submit(self.postgres.stop)]:
                stopped.result()

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self.stop()
