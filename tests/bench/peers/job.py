"""What a peer is asked to do, and how it says how far it is. Only the standard library: a peer has an environment of
its own.
"""

import json
import sys
from dataclasses import asdict, dataclass, field

POINTS = {
    "web.visited": 1.0,
    "email.clicked": 4.0,
    "content.downloaded": 15.0,
    "seminar.attended": 25.0,
    "demo.requested": 50.0,
}


@dataclass(frozen=True)
class Job:
    """Read so many records of a topic, write to another.

    The rolling sum: points by event type for each key, halved in every half-life; the first time that a key's sum
    reaches the threshold, an event is written. `state` is a folder for what has to be kept.
    """

    kafka: str
    topic: str
    out: str
    group: str
    events: int
    state: str
    points: dict[str, float] = field(default_factory=lambda: dict(POINTS))
    threshold: float = 60.0
    half_life_seconds: float = 30 * 86_400.0

    @classmethod
    def given(cls) -> "Job":
        """The job of this process's command line."""
        return cls(**json.loads(sys.argv[1]))

    @property
    def argument(self) -> str:
        return json.dumps(asdict(self))


class Progress:
    """Tells whoever started this process that it has begun and ended; it measures from outside."""

    def __init__(self) -> None:
        self._begun = False

    def begin(self) -> None:
        """Says so the first time only."""
        if not self._begun:
            self._begun = True
            print("began", flush=True)

    def end(self, emitted: int) -> None:
        """Wait until it has been measured what this process used."""
        print(f"ended {emitted}", flush=True)
        sys.stdin.read()
