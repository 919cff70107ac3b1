"""The record of a routing decision with all its inputs, and the choice that follows from them alone."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from fractions import Fraction
from math import lcm
from typing import Final, Literal

from services.routing.rules import PickMethod

LEAD: Final = lcm(*range(1, 41))
"""Balances are counted in such parts of a lead: exact where the weights' sum is up to 40, and never growing, as exact
fractions of many unlike weights would."""
Kind = Literal["assigned", "waiting", "reassigned", "kept"]


@dataclass(frozen=True, slots=True)
class Candidate:
    """A member of the pool as they stood; `passed_over` is the reason, None for one who could be chosen.

    `last_given` is the number in the pool's sequence at which they were last chosen, 0 for never.
    """

    rep: str
    weight: Fraction
    balance: int
    last_given: int = 0
    open: int = 0
    passed_over: str | None = None


@dataclass(frozen=True, slots=True)
class Record:
    """A decision on the owner of a lead. `asked_for` is an owner who was not picked but named, by `reason`.

    `seq` numbers the pool's decisions, 0 without a pool; `ahead` is how many leads waited there before this one.
    """

    kind: Kind
    lead: str
    team: str
    cycle: int
    attempt: int
    decided_at: datetime
    playbook: str
    reason: str | None = None
    rules_tried: tuple[str, ...] = ()
    rule: str | None = None
    pool: str | None = None
    seq: int = 0
    pick: PickMethod = "weighted_round_robin"
    ahead: int = 0
    asked_for: str | None = None
    candidates: tuple[Candidate, ...] = ()
    hours_overlooked: bool = False
    chosen: str | None = None
    balances_after: dict[str, int] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Choice:
    rep: str | None
    balances: Mapping[str, int]
    """After the pick, of those who could be chosen."""


def choose(pick: PickMethod, candidates: Sequence[Candidate]) -> Choice:
    """One of those not passed over, in list order at a tie; exact, deterministic.

    Weighted round robin: everyone available gains weight / sum of the weights, the chosen one pays what all gained;
    the largest balance wins, then the least recently given. So balances sum to 0, whatever was cut off of the gains.
    """
    available = [candidate for candidate in candidates if candidate.passed_over is None]
    if not available:
        return Choice(None, {})
    if pick == "least_open":
        least = min(available, key=lambda candidate: (candidate.open, candidate.last_given))
        return Choice(least.rep, {candidate.rep: candidate.balance for candidate in available})
    total = sum((candidate.weight for candidate in available), Fraction(0))
    gains = {candidate.rep: int(candidate.weight * LEAD / total) for candidate in available}
    balances = {candidate.rep: candidate.balance + gains[candidate.rep] for candidate in available}
    chosen = min(available, key=lambda candidate: (-balances[candidate.rep], candidate.last_given)).rep
    balances[chosen] -= sum(gains.values())
    return Choice(chosen, balances)


def redecide(record: Record) -> str | None:
    """The choice anew from the recorded inputs alone; it equals `record.chosen`."""
    if record.asked_for is not None:
        return record.asked_for
    return None if record.ahead else choose(record.pick, record.candidates).rep
