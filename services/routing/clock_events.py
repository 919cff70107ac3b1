"""What every event about a clock carries, and the correction of a breach that was none."""

from datetime import datetime
from typing import Literal, TypedDict

from services.routing.clock import Clock
from services.routing.turn import Turn
from shared.events.derived import ClockCorrected


class ClockFields(TypedDict):
    clock: str
    team: str
    owner_id: str
    cycle: int
    attempt: int
    due_at: datetime
    run: int
    step: int
    decided_at: datetime


def fields_of_clock(turn: Turn, clock: Clock, step: int = 0) -> ClockFields:
    """The data that every event about the clock carries."""
    return {
        "clock": clock.id,
        "team": clock.team,
        "owner_id": clock.owner,
        "cycle": clock.cycle,
        "attempt": clock.attempt,
        "due_at": clock.due_at,
        "run": clock.run,
        "step": step,
        "decided_at": turn.decided_at,
    }


def tell_corrected(turn: Turn, clock: Clock, now: Literal["met", "paused", "cancelled"]) -> None:
    """What is now applied happened before the deadline: the breach was none."""
    corrected = ClockCorrected(
        **fields_of_clock(turn, clock),
        was="breached",
        now=now,
        evidence_id=turn.cause.id,
        reported_late_by=max(0.0, (turn.decided_at - turn.at).total_seconds()),
    )
    turn.emit(corrected, turn.at, clock.playbook)
