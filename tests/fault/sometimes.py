"""Proof that a fault happened where it hurts: counted, and printed at the end of the run."""

from collections import Counter
from typing import Final

SEEN: Final[Counter[str]] = Counter()


def sometimes(fault: str, times: int = 1) -> None:
    """It happened so often; a fault that is counted and never happened shows as 0."""
    SEEN[fault] += times
