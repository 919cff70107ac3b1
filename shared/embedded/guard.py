"""Runs one server and stops it when its own standard input ends, which is when the process that started it is gone.

Run as a script, without the package.
"""

import json
import os
import signal
import subprocess
import sys
import threading
from pathlib import Path
from typing import TypedDict

STANDARD_INPUT = 0


class Order(TypedDict):
    """What to run, where its output goes, and how it is stopped."""

    command: list[str]
    log: str
    stop_signal: int
    stop_seconds: float


def launch(order: Order) -> "subprocess.Popen[bytes]":
    path = Path(order["log"])
    with path.open("ab") as log:
        return subprocess.Popen(  # noqa: S603 - the command is made by our start
            order["command"], stdin=subprocess.DEVNULL, stdout=log, stderr=log, cwd=path.parent
        )


def stop_when_abandoned(server: "subprocess.Popen[bytes]", order: Order) -> None:
    while os.read(STANDARD_INPUT, 1):
        pass
    server.send_signal(order["stop_signal"])
    try:
        server.wait(order["stop_seconds"])
    except subprocess.TimeoutExpired:
        server.kill()


def main() -> None:
    order: Order = json.loads(sys.argv[1])
    server = launch(order)
    for number in (signal.SIGINT, signal.SIGHUP, signal.SIGTERM):
        signal.signal(number, lambda *_: server.send_signal(order["stop_signal"]))
    sys.stdout.write(f"{server.pid}\n")
    sys.stdout.flush()
    threading.Thread(target=stop_when_abandoned, args=(server, order), daemon=True).start()
    sys.exit(server.wait() % 256)


if __name__ == "__main__":
    main()
