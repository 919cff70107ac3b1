"""What routing keeps of a lead: its moves, the facts it has told, who holds it, and the clocks that run."""

from dataclasses import dataclass, field, fields
from datetime import date, datetime
from operator import attrgetter
from typing import Literal, Self

from pydantic import JsonValue

from services.routing.clock import Clock
from shared.events.derived import Stage
from shared.events.lifecycle import Entry, Move, Refusal

SOURCE = "urn:baton:routing"

HandoffStatus = Literal["waiting", "assigned", "accepted", "worked", "done", "rejected"]
OPEN: frozenset[HandoffStatus] = frozenset({"waiting", "assigned", "accepted", "worked"})


@dataclass(frozen=True, slots=True)
class Told:
    """A value as one event told it; the later event wins."""

    at: datetime
    source: str
    id: str
    value: JsonValue


@dataclass(frozen=True, slots=True)
class ToldStage:
    """A `stage.changed` as last emitted."""

    entry: Entry
    revision: int = 0
    retracted: bool = False


@dataclass(frozen=True, slots=True)
class ToldRefusal:
    """A `stage.refused` as last emitted."""

    refusal: Refusal
    revision: int = 0
    retracted: bool = False


@dataclass(frozen=True, slots=True)
class Why:
    """A contribution to the score, in points."""

    rule: str
    value: float
    at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Qualification:
    """The latest `lead.qualified`: why now."""

    at: datetime
    id: str
    reason: str
    score: float
    lead_source: str | None = None
    why: tuple[Why, ...] = ()


@dataclass(frozen=True, slots=True)
class Touch:
    """What a rep did, and what was said or promised."""

    at: datetime
    source: str
    id: str
    type: str
    rep_id: str | None = None
    text: str | None = None


@dataclass(frozen=True, slots=True)
class Standing:
    """Where the lead stood when its owner was last decided."""

    stage: Stage = "lead"
    cycle: int = 1
    live: bool = False
    returns: int = 0
    expansions: int = 0


@dataclass(frozen=True, slots=True)
class Handoff:
    """The giving of the lead to a team in a cycle. `since` is the time of what caused this attempt; what the owner
    did before it says nothing about this attempt."""

    team: str
    cycle: int
    attempt: int
    status: HandoffStatus
    since: datetime
    decided_at: datetime
    owner: str | None = None
    had: frozenset[str] = frozenset()
    pool: str | None = None
    rule: str | None = None
    place: int = 0
    """The number in the pool's sequence at which the lead began to wait."""
    priority: int = 0
    named_at: datetime | None = None
    """When a person named the owner, whom no ladder takes the lead from."""
    why: str | None = None
    """What the handoff is for where it is not the qualification: `returned`, `rejected`, `expansion`, `revisit`, or
    `note`, to the one who has an open opportunity at the account."""
    ended_at: datetime | None = None
    """When its owner rejected it."""
    missing: tuple[str, ...] = ()
    """Fields of the handover that nobody has filled."""
    runs: dict[str, int] = field(default_factory=dict)
    """How often each clock was started by an event during this attempt."""
    traceparent: str | None = None
    correlationid: str | None = None

    @property
    def is_open(self) -> bool:
        return self.status in OPEN


@dataclass(frozen=True, slots=True)
class Revisit:
    """The day on which the lead goes back to its last owner; `at` is their opening on that day, or after it, None once
    it has come."""

    day: date
    told_at: datetime
    at: datetime | None


@dataclass(frozen=True, slots=True)
class Named:
    """The owner whom a person has named for a team in a cycle, and when."""

    owner: str
    cycle: int
    at: datetime


@dataclass(slots=True)
class LeadRouting:
    """The state of one lead; copied before it is written to, its values replaced and never changed in place."""

    lead: str
    moves: tuple[Move, ...] = ()
    stages: dict[str, ToldStage] = field(default_factory=dict)
    refusals: dict[str, ToldRefusal] = field(default_factory=dict)
    profile: dict[str, Told] = field(default_factory=dict)
    source: Told | None = None
    """The first non-empty `lead_source` among the activities read here."""
    brought_by: Told | None = None
    """The rep who last exchanged cards with the lead."""
    filled: dict[str, Told] = field(default_factory=dict)
    """What was filled in for handovers, by field."""
    qualified: Qualification | None = None
    touches: tuple[Touch, ...] = ()
    standing: Standing = Standing()
    handoffs: dict[str, Handoff] = field(default_factory=dict)
    """The latest of each team."""
    named: dict[str, Named] = field(default_factory=dict)
    """Owners named by a person for a team that does not hold the lead yet."""
    clocks: tuple[Clock, ...] = ()
    revisit: Revisit | None = None

    def copied(self) -> Self:
        return type(self)(*_values(self))

    @property
    def open_handoff(self) -> Handoff | None:
        return next((handoff for handoff in self.handoffs.values() if handoff.is_open), None)

    @property
    def waiting(self) -> Handoff | None:
        """The handoff that waits for an owner; its `pool` and `decided_at` place the lead in the queue."""
        handoff = self.open_handoff
        return handoff if handoff and handoff.status == "waiting" else None

    @property
    def lead_source(self) -> str | None:
        """As scoring knows it from all activities, else the first of those read here."""
        if self.qualified and self.qualified.lead_source:
            return self.qualified.lead_source
        return str(self.source.value) if self.source else None


_values = attrgetter(*(each.name for each in fields(LeadRouting)))
