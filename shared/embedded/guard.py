"""Runs one server and stops it when its own standard input ends, which is when the process that started it is gone.

Run as a script, without the package. On Linux the server also dies with the guard.
"""

import ctypes
import json
import os
import signal
import subprocess
import sys
import threading
from pathlib import Path
from typing import TypedDict

PR_SET_PDEATHSIG = 1
STANDARD_INPUT = 0


class Order(TypedDict):
    """What to run, as whom, where its output goes, and which signals stop it."""

    command: list[str]
    log: str
    uid: int | None
    gid: int | None
    stop_signal: int
    kill_signal: int
    stop_seconds: float


def launch(order: Order) -> "subprocess.Popen[bytes]":
    libc = ctypes.CDLL(None) if sys.platform == "linux" else None

    def die_with_guard() -> None:
        if libc:
            libc.prctl(PR_SET_PDEATHSIG, order["kill_signal"])

    with Path(order["log"]).open("ab") as log:
        return subprocess.Popen(  # noqa: S603 - the command is made by our start
            order["command"],
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            cwd=Path(order["log"]).parent,
            user=order["uid"],
            group=order["gid"],
            extra_groups=[] if order["uid"] is not None else None,
            preexec_fn=die_with_guard,  # noqa: PLW1509 - this process has one thread at this point
        )


def stop_when_abandoned(server: "subprocess.Popen[bytes]", order: Order) -> None:
    while os.read(STANDARD_INPUT, 1):
        pass
    server.send_signal(order["stop_signal"])
    try:
        server.wait(order["stop_seconds"])
    except subprocess.TimeoutExpired:
        server.kill()


def main() -> int:
    order: Order = json.loads(sys.argv[1])
    server = launch(order)
    for number in (signal.SIGINT, signal.SIGHUP, signal.SIGTERM):
        signal.signal(number, lambda *_: server.send_signal(order["stop_signal"]))
    sys.stdout.write(f"{server.pid}\n")
    sys.stdout.flush()
    threading.Thread(target=stop_when_abandoned, args=(server, order), daemon=True).start()
    server.wait()
    return 0


if __name__ == "__main__":
    sys.exit(main())
