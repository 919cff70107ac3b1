"""Waiting for what has to come."""

import time
from collections.abc import Callable

LOOK_AGAIN_SECONDS = 0.05


def until(condition: Callable[[], bool], patience_seconds: float) -> bool:
    """Whether it came true in so many seconds."""
    end = time.monotonic() + patience_seconds
    while not (true := condition()) and time.monotonic() < end:
        time.sleep(LOOK_AGAIN_SECONDS)
    return true
