"""An SLA clock as it is kept while it runs, rests, or has been breached."""

from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from services.routing.rules import Action
from shared.durations import WorkDuration

ClockStatus = Literal["running", "paused", "breached"]


@dataclass(frozen=True, slots=True)
class LadderStep:
    """One step after a breach with its computed time; `number` counts from 1."""

    number: int
    at: datetime
    action: Action
    target: str


@dataclass(frozen=True, slots=True)
class Rest:
    """A pause of a clock that is over: no working time was used in it."""

    paused_at: datetime
    resumed_at: datetime


@dataclass(frozen=True, slots=True)
class Clock:
    """An SLA clock with every step's time computed when it started, under the playbook of that time.

    `since` is the earliest time at which an action of the owner counts. Met and cancelled ones are not kept.
    """

    id: str
    team: str
    cycle: int
    attempt: int
    owner: str
    since: datetime
    running_since: datetime
    """When it started, or went on after its latest pause."""
    due_at: datetime
    stops: frozenset[str]
    playbook: str
    started_at: datetime
    rests: tuple[Rest, ...] = ()
    """Its pauses that are over."""
    moved_at: datetime | None = None
    """When it went on under another playbook than it had started under."""
    run: int = 1
    pauses: frozenset[str] = frozenset()
    resumes: frozenset[str] = frozenset()
    acknowledged_for: WorkDuration | None = None
    acknowledged: bool = False
    status: ClockStatus = "running"
    warns: tuple[datetime, ...] = ()
    """The warnings that are still to come."""
    ladder: tuple[LadderStep, ...] = ()
    """The steps that are still to come."""
    paused_at: datetime | None = None
    resumes_at: datetime | None = None
    closed_at: datetime | None = None
    """When the owner did, too late, what it waited for."""
    calendar: str | None = None
    traceparent: str | None = None
    correlationid: str | None = None
