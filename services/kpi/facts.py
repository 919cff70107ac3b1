"""What is known of one lead: the JSON document that the kpi service keeps for it."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Final, Literal

from pydantic import TypeAdapter

from shared.events.derived import Stage
from shared.events.lifecycle import OrderKey

ClockState = Literal["running", "paused", "met", "breached", "cancelled"]
HandoffStatus = Literal["waiting", "assigned", "accepted", "worked", "done", "rejected"]

QUARTER: Final = timedelta(minutes=15)
"""What is only tallied is known to the quarter of an hour: no zone in use begins its days inside one."""
_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class StageEntry:
    """The first entry into a stage in a cycle, as told by the highest revision of `stage.changed`."""

    cycle: int
    to: Stage
    at: datetime
    revision: int
    implied: bool = False
    retracted: bool = False
    rep_id: str | None = None
    returns: int = 0
    expansions: int = 0
    renewals: int = 0


@dataclass(frozen=True, slots=True)
class RefusedMove:
    at: datetime
    revision: int
    retracted: bool = False


@dataclass(frozen=True, slots=True)
class Qualified:
    """The qualification of a cycle; a live one replaces the one that backfill gave."""

    at: datetime
    live: bool
    source: str = ""
    id: str = ""


@dataclass(frozen=True, slots=True, order=True)
class Mark:
    """A move that dates what `stage.changed` only counts: returns, expansions, renewals."""

    at: datetime
    type: str
    source: str
    id: str


@dataclass(frozen=True, slots=True, order=True)
class Win:
    """One reported `opportunity.won`; routing may refuse it."""

    at: datetime
    source: str
    id: str
    opportunity_id: str = ""
    rep_id: str | None = None


@dataclass(frozen=True, slots=True, order=True)
class Amount:
    """The latest amount told of an opportunity, in hundredths of the currency's unit."""

    at: datetime
    source: str
    id: str
    hundredths: int
    currency: str


@dataclass(frozen=True, slots=True)
class Handoff:
    """The giving of a lead to a team in a cycle; `assigned_at` is the first time that it had an owner."""

    team: str
    cycle: int
    attempt: int
    at: datetime
    status: HandoffStatus
    owner: str | None = None
    assigned_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Clock:
    """An SLA clock of one attempt; `at` is when it came to its present state."""

    clock: str
    team: str
    cycle: int
    attempt: int
    state: ClockState
    at: datetime
    due_at: datetime
    owner: str | None = None
    closed: bool = False
    """Breached, and the owner has done since what it waited for."""


@dataclass(frozen=True, slots=True, order=True)
class Told:
    """What the latest `profile.updated` to say so says of one field."""

    at: datetime
    source: str
    id: str
    text: str


@dataclass(frozen=True, slots=True)
class Stale:
    at: datetime
    cycle: int
    stage: Stage


@dataclass(frozen=True, slots=True)
class Facts:
    """All that is counted of a lead; never changed in place.

    Keys: `entries` cycle/to, `refusals` source + id, `handoffs` cycle/team, `clocks` cycle/team/clock/attempt[/run],
    `tallies` quarter|rep|name, `amounts` opportunity id, `rep_teams` rep id.
    """

    first_at: datetime | None = None
    source: str = ""
    source_key: OrderKey | None = None
    entries: dict[str, StageEntry] = field(default_factory=dict)
    refusals: dict[str, RefusedMove] = field(default_factory=dict)
    qualified: dict[int, Qualified] = field(default_factory=dict)
    marks: tuple[Mark, ...] = ()
    touches: tuple[datetime, ...] = ()
    """The latest touches, at most KEPT_TOUCHES, oldest first."""
    first_touches: dict[int, datetime] = field(default_factory=dict)
    """By cycle, the first human touch at or after its qualification."""
    tallies: dict[str, int] = field(default_factory=dict)
    wins: tuple[Win, ...] = ()
    amounts: dict[str, Amount] = field(default_factory=dict)
    handoffs: dict[str, Handoff] = field(default_factory=dict)
    clocks: dict[str, Clock] = field(default_factory=dict)
    rep_teams: dict[str, str] = field(default_factory=dict)
    stale: Stale | None = None
    company: Told | None = None
    person: Told | None = None

    def stage_entries(self) -> dict[tuple[int, Stage], StageEntry]:
        """The entries that hold: those not retracted."""
        return {(entry.cycle, entry.to): entry for entry in self.entries.values() if not entry.retracted}

    def is_refused(self, source: str, event_id: str) -> bool:
        refused = self.refusals.get(f"{source} {event_id}")
        return refused is not None and not refused.retracted

    def marked(self, *types: str) -> list[Mark]:
        """The moves of these types that were not refused, oldest first."""
        return [mark for mark in self.marks if mark.type in types and not self.is_refused(mark.source, mark.id)]

    def handoffs_in(self, cycle: int) -> list[Handoff]:
        """The cycle's handoffs in the order in which they were made."""
        return in_order(handoff for handoff in self.handoffs.values() if handoff.cycle == cycle)


def in_order(handoffs: Iterable[Handoff]) -> list[Handoff]:
    return sorted(handoffs, key=lambda handoff: (handoff.assigned_at or handoff.at, handoff.team))


def quarter_of(at: datetime) -> int:
    """The quarter of an hour that the instant falls into, counted from 1970 in UTC."""
    return (at - _EPOCH) // QUARTER


def start_of(quarter: int) -> datetime:
    """When that quarter of an hour begins."""
    return _EPOCH + quarter * QUARTER


NOTHING = Facts()
DOCUMENT: TypeAdapter[Facts] = TypeAdapter(Facts)
"""Reads and writes the JSON document of a lead."""
