"""What the command line asks for."""

import argparse
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

EVENTS, QUICK_EVENTS = 1_000_000, 30_000
ROUNDS, QUICK_ROUNDS = 3, 1


@dataclass(frozen=True, slots=True)
class Asked:
    """How much to measure: `only` names the benches, `events` is the size of scoring's load, others go by it."""

    only: tuple[str, ...]
    quick: bool
    events: int
    leads: int
    rounds: int
    peers: bool
    json: Path | None

    @property
    def document(self) -> dict[str, object]:
        """What goes into the JSON."""
        return {"events": self.events, "leads": self.leads, "rounds": self.rounds, "quick": self.quick}

    def share(self, part: int) -> int:
        """So large a part of the events, at least some hundreds: `share(10)` is a tenth."""
        return max(400, self.events // part)


def parse(benches: Iterable[str], quick_benches: Sequence[str], arguments: Sequence[str] | None = None) -> Asked:
    """Read the command line; ends the process with a message where it is wrong."""
    parser = argparse.ArgumentParser(
        prog="python -m tests.bench",
        description="How fast Baton is beside its peers, measured in turn in one run. Quote the ratios, not the rates.",
    )
    names = sorted(benches)
    parser.add_argument("--only", nargs="+", choices=names, metavar="NAME", help=f"of: {', '.join(names)}")
    parser.add_argument("--quick", action="store_true", help="two minutes: small loads, one round, the fast peers")
    parser.add_argument("--events", type=_positive, help=f"activities of scoring's load (default {EVENTS:,})")
    parser.add_argument("--leads", type=_positive, help="leads that they are of (default: a tenth of the events)")
    parser.add_argument("--rounds", type=_positive, help=f"rounds in which the variants take turns (default {ROUNDS})")
    parser.add_argument("--no-peers", action="store_true", help="measure Baton alone")
    parser.add_argument("--json", type=Path, metavar="FILE", help="also write the figures to this file")
    found = parser.parse_args(arguments)
    events = found.events or (QUICK_EVENTS if found.quick else EVENTS)
    return Asked(
        only=tuple(found.only or (quick_benches if found.quick else names)),
        quick=found.quick,
        events=events,
        leads=found.leads or max(events // 10, 10),
        rounds=found.rounds or (QUICK_ROUNDS if found.quick else ROUNDS),
        peers=not found.no_peers,
        json=found.json,
    )


def _positive(text: str) -> int:
    """The number. Raises ValueError, which argparse tells."""
    if (number := int(text)) < 1:
        raise ValueError(text)
    return number
