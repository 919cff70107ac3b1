"""What scoring keeps of a lead: a checkpoint of its history, and what was decided once and for all."""

from dataclasses import dataclass, field, fields
from datetime import datetime
from operator import attrgetter
from typing import Self

from services.scoring.machines import NO_MAILS, Mails
from shared.events.derived import Stage
from shared.events.lifecycle import Move, OrderKey

SOURCE = "urn:baton:scoring"

Entry = tuple[int, str]
"""One counted event: microseconds since 1970, and its id."""


@dataclass(frozen=True, slots=True)
class Counted:
    """What one rule has counted, in event-time order: the latest `entries`, and how many there were in all.

    `mass` is the sum of the decay factors of the entries that give points, as of the last one.
    """

    entries: tuple[Entry, ...] = ()
    total: int = 0
    mass: float = 0.0
    objects: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Qualification:
    """A `lead.qualified` as it was emitted; never derived again."""

    cycle: int
    wins: int
    backfill: bool
    id: str
    at: datetime

    @property
    def move(self) -> Move:
        return Move(self.at, "lead.qualified", SOURCE, self.id, self.backfill)


@dataclass(frozen=True, slots=True)
class MachineMade:
    """An event that met a rule and gave nothing, because a machine made it; `at` in microseconds since 1970."""

    rule: str
    at: int
    id: str
    reason: str


@dataclass(slots=True)
class LeadScore:
    """The checkpoint of one lead; copied before it is written to, never changed in place."""

    playbook: str = ""
    version: int = 0
    """How many activities were applied."""
    last: OrderKey | None = None
    """The place of the latest activity; its time is the latest time seen."""
    latest: int = 0
    """That time in microseconds since 1970."""
    profile: dict[str, object] = field(default_factory=dict)
    profile_event: Entry | None = None
    lead_source: str | None = None
    account: tuple[OrderKey, str] | None = None
    """The account that the latest activity to name one has named, and its place."""
    is_live: bool = False
    """Whether anything but backfill and requests of operators is known."""
    fit: int = 0
    """Micro-points, within cap and floor."""
    counted: dict[str, Counted] = field(default_factory=dict)
    """By the id of the rule."""
    mails: Mails = NO_MAILS
    """What the next open or click is judged by."""
    by_machines: tuple[MachineMade, ...] = ()
    """The latest of them."""
    moves: tuple[Move, ...] = ()
    stage: Stage = "lead"
    cycle: int = 1
    wins: int = 0
    rejected_at: datetime | None = None
    """The latest rejection of a handoff that gave the lead back."""
    cools_at: int | None = None
    """Not later than when time alone brings a qualified lead below the threshold (microseconds since 1970)."""
    cooled_at: int | None = None
    """The latest such fall that was told."""
    qualified: tuple[Qualification, ...] = ()
    rearmed: bool = False
    """Whether the score fell below `rearm_below` after the latest qualification, with no handoff open."""

    def copied(self) -> Self:
        return type(self)(*_values(self))

    @property
    def as_of(self) -> datetime | None:
        return self.last[0] if self.last else None

    @property
    def account_id(self) -> str | None:
        return self.account[1] if self.account else None

    @property
    def has_qualified(self) -> bool:
        """Whether the lead has qualified in its current cycle."""
        return bool(self.qualified) and any(past.cycle == self.cycle for past in self.qualified)


_values = attrgetter(*(each.name for each in fields(LeadScore)))
