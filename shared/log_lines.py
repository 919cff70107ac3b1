"""Log lines on their way out: written beside the work, and dropped rather than waited for."""

import json
import logging
import os
from contextlib import suppress
from queue import Full, Queue
from threading import Lock, Thread

STDOUT = 1
MOST_WAITING = 10_000
FLUSH_SECONDS = 2.0


class LineWriter(logging.Handler):
    """Writes lines from a thread of its own: whoever reads them too slowly, or not at all, holds up nobody.

    Lines that find no room are dropped, and their number is written once there is room again. The descriptor is
    written to as it is: a buffered stream has a lock, which a writer that is held up keeps and the interpreter wants at
    its end.
    """

    def __init__(self, descriptor: int = STDOUT, most_waiting: int = MOST_WAITING) -> None:
        super().__init__()
        self._descriptor = descriptor
        self._waiting: Queue[bytes | None] = Queue(most_waiting)
        self._dropped = 0
        self._counting = Lock()
        Thread(target=self._write_on, name="log lines", daemon=True).start()

    def emit(self, record: logging.LogRecord) -> None:
        try:
            self._waiting.put_nowait(self._line(record).encode("utf-8", "backslashreplace") + b"\n")
        except Full:
            with self._counting:
                self._dropped += 1

    def flush(self) -> None:
        """Wait until all is written, but not for long."""
        with self._waiting.all_tasks_done:
            self._waiting.all_tasks_done.wait_for(lambda: not self._waiting.unfinished_tasks, FLUSH_SECONDS)

    def close(self) -> None:
        with suppress(Full):
            self._waiting.put_nowait(None)
        super().close()

    def _line(self, record: logging.LogRecord) -> str:
        try:
            return self.format(record)
        except Exception as error:  # noqa: BLE001 - a line that cannot be written is no reason to stop the work
            told = {"event": "a log line could not be rendered", "error_type": type(error).__name__, "level": "error"}
            return json.dumps(told)

    def _write_on(self) -> None:
        while (line := self._waiting.get()) is not None:
            # Where the reader is gone, what the service does goes on, and the next line may find another.
            with suppress(OSError):
                _write(self._descriptor, self._of_the_dropped() + line)
            self._waiting.task_done()

    def _of_the_dropped(self) -> bytes:
        with self._counting:
            dropped, self._dropped = self._dropped, 0
        told = {"event": "log lines were dropped, for nobody took them", "lines": dropped, "level": "warning"}
        return json.dumps(told).encode() + b"\n" if dropped else b""


def _write(descriptor: int, line: bytes) -> None:
    while line:
        line = line[os.write(descriptor, line) :]
