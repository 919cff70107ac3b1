"""What pools and reps share across leads: turns, open work, who is away. A working copy for one transaction."""

from dataclasses import dataclass, field
from datetime import date, datetime

from services.routing.accounts import Accounts

KEPT_DAYS = 3
"""A rep's counts are kept for the latest few dates; older ones bind no daily cap any more."""


@dataclass(slots=True)
class PoolState:
    """The turns of one pool; balances, in `records.LEAD`, of those who are absent or have left stay as they were."""

    seq: int = 0
    waiting: int = 0
    balances: dict[str, int] = field(default_factory=dict)
    last_given: dict[str, int] = field(default_factory=dict)


@dataclass(slots=True)
class RepState:
    """One rep's load over all pools; `given` counts the leads given on a date in the rep's zone."""

    away: bool = False
    away_until: datetime | None = None
    status_at: datetime | None = None
    """The time of the latest `rep.away` or `rep.back`; earlier ones change nothing."""
    open: int = 0
    given: dict[date, int] = field(default_factory=dict)

    def is_away(self, at: datetime) -> bool:
        return self.away and (self.away_until is None or at < self.away_until)


@dataclass(slots=True)
class Desk:
    """All pools and reps by id. Whoever saves it writes `changed_pools` and `changed_reps`, and sets the timers that
    `wakes` asks for: when a pool may next be able to give out a lead that waits."""

    pools: dict[str, PoolState] = field(default_factory=dict)
    reps: dict[str, RepState] = field(default_factory=dict)
    changed_pools: set[str] = field(default_factory=set)
    changed_reps: set[str] = field(default_factory=set)
    wakes: dict[str, datetime] = field(default_factory=dict)
    accounts: Accounts = field(default_factory=Accounts)

    def pool(self, pool_id: str) -> PoolState:
        """The pool as it stands, to be read."""
        return self.pools.get(pool_id) or PoolState()

    def rep(self, rep_id: str) -> RepState:
        """The rep as they stand, to be read."""
        return self.reps.get(rep_id) or RepState()

    def change_pool(self, pool_id: str) -> PoolState:
        self.changed_pools.add(pool_id)
        return self.pools.setdefault(pool_id, PoolState())

    def change_rep(self, rep_id: str) -> RepState:
        self.changed_reps.add(rep_id)
        return self.reps.setdefault(rep_id, RepState())

    def wake(self, pool_id: str, at: datetime | None) -> None:
        """Ask for a drain of the pool at that instant, or earlier where that was asked for."""
        if at is not None:
            self.wakes[pool_id] = min(at, self.wakes.get(pool_id, at))

    def give(self, rep_id: str, day: date) -> None:
        """Count a lead given to the rep on a date in their zone."""
        rep = self.change_rep(rep_id)
        rep.open += 1
        rep.given[day] = rep.given.get(day, 0) + 1
        for old in sorted(rep.given)[:-KEPT_DAYS]:
            del rep.given[old]

    def release(self, rep_id: str) -> None:
        """Count a lead that the rep has no longer."""
        rep = self.change_rep(rep_id)
        rep.open = max(0, rep.open - 1)

    def enqueue(self, pool_id: str) -> None:
        self.change_pool(pool_id).waiting += 1

    def dequeue(self, pool_id: str) -> None:
        pool = self.change_pool(pool_id)
        pool.waiting = max(0, pool.waiting - 1)
