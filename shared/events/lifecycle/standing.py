"""Where a lead stands after its moves, and how it enters stages."""

from dataclasses import dataclass, field, replace
from datetime import datetime

from shared.events.derived import Stage
from shared.events.lifecycle.moves import Move

ENDS: frozenset[Stage] = frozenset({"lost", "disqualified", "churned"})
RELAY: tuple[Stage, ...] = ("lead", "mql", "sql", "opportunity", "customer")


@dataclass(frozen=True, slots=True)
class Entry:
    """The first entry into a stage in a cycle, and what was counted there since."""

    cycle: int
    to: Stage
    from_: Stage
    at: datetime
    implied: bool
    by: str
    backfill: bool = False
    rep_id: str | None = None
    reason: str | None = None
    returns: int = 0
    expansions: int = 0
    renewals: int = 0


@dataclass(frozen=True, slots=True)
class Refusal:
    """A move that the stage table does not allow: it changed nothing."""

    source: str
    id: str
    by: str
    from_: Stage
    cycle: int
    reason: str
    at: datetime
    backfill: bool


@dataclass(slots=True)
class Lifecycle:
    """Where a lead stands after its moves; `entered_at` is the latest entry into its stage (a return counts)."""

    relay_has_is: bool = True
    stage: Stage = "lead"
    cycle: int = 1
    entered_at: datetime | None = None
    wins: int = 0
    live: bool = False
    """Whether the present stage was entered, or come alive, by anything but backfill."""
    expanded_by_backfill: int | None = None
    """The wins so far when only backfill had qualified the customer; a live qualification then makes it alive."""
    entries: dict[tuple[int, Stage], Entry] = field(default_factory=dict)
    refusals: list[Refusal] = field(default_factory=list)
    opportunities: dict[str, str] = field(default_factory=dict)
    """`open`, `won`, `lost`, or `recycled` with its lead, by opportunity."""
    contracts: dict[str, bool] = field(default_factory=dict)
    """Whether it runs, by contract."""

    @property
    def running(self) -> list[str]:
        """The contracts that run."""
        return [name for name, runs in self.contracts.items() if runs]

    def enter(self, to: Stage, move: Move, *, implied: bool = False) -> None:
        key = (self.cycle, to)
        if key not in self.entries:
            self.entries[key] = Entry(
                self.cycle, to, self.stage, move.at, implied, move.type, move.backfill, move.rep_id, move.reason
            )
        self.stage, self.entered_at, self.live = to, move.at, not move.backfill

    def advance(self, to: Stage, move: Move, *, implied: bool = False) -> None:
        """Enter a later stage of the relay; what is skipped is recorded as implied."""
        for between in RELAY[RELAY.index(self.stage) + 1 : RELAY.index(to)]:
            if between != "sql" or self.relay_has_is:
                self.enter(between, move, implied=True)
        self.enter(to, move, implied=implied)

    def end(self, to: Stage, move: Move) -> None:
        """Enter an end of the relay: the cycle is over."""
        self.enter(to, move)
        self.cycle += 1

    def confirms(self, to: Stage, move: Move) -> bool:
        """Whether the move is the real event of a stage that another move of the same instant implied; it takes its
        place."""
        entry = self.entries.get((self.cycle, to))
        if entry is None or not entry.implied or entry.at != move.at:
            return False
        self.entries[self.cycle, to] = replace(
            entry, implied=False, by=move.type, backfill=move.backfill, rep_id=move.rep_id, reason=move.reason
        )
        return True

    def count(self, to: Stage, *, returns: int = 0, expansions: int = 0, renewals: int = 0) -> None:
        """Count what happened at a stage to its latest entry."""
        key = max(key for key in self.entries if key[1] == to)
        entry = self.entries[key]
        self.entries[key] = replace(
            entry,
            returns=entry.returns + returns,
            expansions=entry.expansions + expansions,
            renewals=entry.renewals + renewals,
        )
