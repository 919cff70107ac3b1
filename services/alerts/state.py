"""What alerts knows of one lead: who holds it, since when, what was said, and which messages are still open."""

from dataclasses import dataclass, field
from datetime import datetime
from typing import Final, Literal, get_args

from services.alerts.kinds import Kind
from services.alerts.playbook import Severity
from shared.events.derived import Stage
from shared.events.lifecycle import Move

OWNED: Final = frozenset({"assigned", "accepted", "worked"})
"""The states of a handoff in which its owner is expected to act."""
Ending = Literal["done", "won", "returned", "recycled", "disqualified", "lost", "churned", "ended"]
"""How a handoff ended: `done` is handed on to the next team, `ended` where the move that ended it is not known yet."""
Unreachable = Literal["consent", "left"]
WITHDRAWN: Final = frozenset({"withdrawn", "revoked", "denied"})
"""Codes of a consent that is given no more."""
ENDINGS: Final[frozenset[str]] = frozenset(get_args(Ending))
Ended = (
    Literal[
        "accepted",
        "acknowledged",
        "met",
        "late",
        "corrected",
        "cancelled",
        "touched",
        "moved",
        "assigned",
        "rejected",
        "repeated",
    ]
    | Ending
)


@dataclass(frozen=True, slots=True)
class Outcome:
    """How the situation of a card went on; `who` and `to_owner` are reps' ids, `to_team` who has the lead then.

    `until` is when an acknowledgement expires: the steps after the breach rest so long.
    """

    what: Ended
    at: datetime
    who: str | None = None
    to_team: str = ""
    to_owner: str | None = None
    until: datetime | None = None

    @property
    def awaits_owner(self) -> bool:
        """Whether the team that the lead went to has not named its owner yet."""
        return bool(self.to_team) and self.to_owner is None


@dataclass(frozen=True, slots=True)
class Reason:
    """Why now: a contribution to the score, in points."""

    rule: str
    value: float
    at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Note:
    """Something that was said before; `by` is a rep's id, `reason` what they gave besides the text.

    `due_at` is until when it was promised.
    """

    at: datetime
    type: str
    text: str
    by: str | None = None
    reason: str = ""
    due_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class EarlierCycle:
    """How a cycle ended: `recycled`, or the stage that closed it."""

    cycle: int
    ended: str
    reason: str = ""
    at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Touch:
    """The latest action of a rep, and until when they snoozed the lead."""

    at: datetime
    snoozed_until: datetime | None = None

    @property
    def quiet_since(self) -> datetime:
        return max(self.at, self.snoozed_until) if self.snoozed_until else self.at


@dataclass(frozen=True, slots=True)
class Deadline:
    """Until when a clock runs; `run` counts how often it was started in this attempt."""

    due_at: datetime
    run: int = 1


@dataclass(frozen=True, slots=True)
class Holding:
    """A team's present handoff, `why` where it is not the qualification; `clocks` are the running ones.

    `seen_to` holds the clocks whose breach was acknowledged, with their runs.
    """

    owner: str | None
    cycle: int
    attempt: int
    status: str
    since: datetime
    why: str = ""
    clocks: dict[str, Deadline] = field(default_factory=dict)
    waiting_due: datetime | None = None
    seen_to: dict[str, int] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Posted:
    """A message that is still to be kept up to date, with what its card needs besides the lead's state."""

    kind: Kind
    severity: Severity
    team: str
    cycle: int
    attempt: int
    role: str
    rep: str | None
    about: str | None
    at: datetime
    clock: str | None = None
    run: int = 1
    due: datetime | None = None
    detail: str = ""
    outcome: Outcome | None = None
    acknowledged: bool = False


@dataclass(frozen=True, slots=True)
class Watch:
    """The wait for the owner at a stage: `steps` of the stale rules were taken since `base`, the next is at `due`."""

    stage: Stage
    cycle: int
    team: str
    owner: str
    base: datetime
    steps: int = 0
    due: datetime | None = None
    rule: int = 0


@dataclass(frozen=True, slots=True)
class LeadAlerts:
    """The state of one lead; stored as one JSON document."""

    lead: str
    profile: dict[str, tuple[datetime, str]] = field(default_factory=dict)
    source: tuple[datetime, str] | None = None
    score: float | None = None
    reasons: tuple[Reason, ...] = ()
    notes: tuple[Note, ...] = ()
    promises: tuple[Note, ...] = ()
    earlier: tuple[EarlierCycle, ...] = ()
    agreed: dict[str, str] = field(default_factory=dict)
    """What was filled in for a handover, by field."""
    lacking: dict[str, tuple[str, ...]] = field(default_factory=dict)
    """Fields that were not, by the team to which the lead was handed."""
    consent: tuple[datetime, str] | None = None
    left_at: datetime | None = None
    moves: tuple[Move, ...] = ()
    stage: Stage = "lead"
    cycle: int = 1
    entered_at: datetime | None = None
    handoffs: dict[str, Holding] = field(default_factory=dict)
    touches: dict[str, Touch] = field(default_factory=dict)
    open: dict[str, Posted] = field(default_factory=dict)
    watch: Watch | None = None

    @property
    def unreachable(self) -> Unreachable | None:
        """Why nobody may or can be reached: the person has left, or wants no contact."""
        if self.left_at:
            return "left"
        return "consent" if self.consent and self.consent[1].lower() in WITHDRAWN else None

    def missing_for(self, team: str) -> tuple[str, ...]:
        """The fields that nobody has filled for the handover to the team, by now."""
        return tuple(name for name in self.lacking.get(team, ()) if name not in {*self.agreed, *self.profile})
