"""One step of deciding: the lead's state as it is being changed, and what follows from the change."""

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import datetime

from services.routing.clock import Clock
from services.routing.desk import Desk
from services.routing.records import Record
from services.routing.rules import RoutingRules
from services.routing.state import SOURCE, Handoff, LeadRouting
from shared.events import Cause, Event, EventData, TimerCause


@dataclass(frozen=True, slots=True)
class Routed:
    """The new state, the events and decision records that follow; the desk was changed in place."""

    state: LeadRouting
    events: tuple[Event, ...] = ()
    records: tuple[Record, ...] = ()


@dataclass(slots=True)
class Turn:
    """`state` is the turn's own copy. `cause` is the event, or the meaning of the timer, that is now applied; `at` its
    time, `decided_at` the domain time of the decision."""

    state: LeadRouting
    cause: Cause
    at: datetime
    decided_at: datetime
    desk: Desk
    rules: RoutingRules
    events: list[Event] = field(default_factory=list)
    records: list[Record] = field(default_factory=list)

    def emit(self, data: EventData, time: datetime, playbook: str | None = None) -> None:
        self.events.append(
            Event.caused_by(self.cause, data, source=SOURCE, time=time, playbook=playbook or self.rules.version)
        )

    def hold(self, handoff: Handoff) -> None:
        self.state.handoffs = {**self.state.handoffs, handoff.team: handoff}

    def change_clocks(self, change: Callable[[Clock], Clock | None]) -> None:
        """Replace every clock by what the function makes of it; None ends it."""
        if self.state.clocks:
            self.state.clocks = tuple(kept for clock in self.state.clocks if (kept := change(clock)) is not None)

    def put_clock(self, old: Clock, new: Clock | None) -> None:
        self.change_clocks(lambda clock: new if clock is old else clock)

    def timed(self, at: datetime, meaning: tuple[str | int, ...], of: Handoff | Clock) -> "Turn":
        """The same turn as caused by a timer of the handoff or clock; it shares what is collected."""
        cause = TimerCause(SOURCE, self.state.lead, meaning, of.traceparent, of.correlationid)
        return replace(self, cause=cause, at=at)

    @property
    def cause_type(self) -> str:
        """The type of the event that is applied; `timer` where it is none."""
        return self.cause.type if isinstance(self.cause, Event) else "timer"

    def result(self) -> Routed:
        return Routed(self.state, tuple(self.events), tuple(self.records))
