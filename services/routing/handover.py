"""What is filled in when a lead is handed to the next team, and what is missing."""

from services.routing.rules import Handover
from services.routing.state import Handoff, Told
from services.routing.turn import Turn
from shared.events import Event
from shared.events.derived import HandoverIncomplete

NOTHING_ASKED = Handover()


def note_filled(turn: Turn, event: Event) -> None:
    """Keep what the event says of any field that a handover asks for; the latest by event time counts."""
    for name in {field for handover in turn.rules.handovers.values() for field in handover.fields}:
        value, known = event.data.value(name), turn.state.filled.get(name)
        if isinstance(value, str | int | float) and value != "" and (known is None or known.at <= event.time):
            turn.state.filled = {**turn.state.filled, name: Told(event.time, event.source, event.id, value)}


def missing(turn: Turn, team: str) -> tuple[str, ...]:
    """The fields that the handover to the team asks for and that neither it nor the profile tells."""
    asked = turn.rules.handovers.get(team, NOTHING_ASKED)
    known = {**turn.state.profile, **turn.state.filled}
    return tuple(name for name in asked.fields if name not in known or known[name].value in (None, ""))


def is_refused(turn: Turn, team: str, giver: Handoff | None) -> bool:
    """Whether the lead stays with its giver, who is told what is missing."""
    asked = turn.rules.handovers.get(team, NOTHING_ASKED)
    lacking = missing(turn, team) if asked.refuses and giver else ()
    if not lacking or giver is None or giver.owner is None or giver.team == team:
        return False
    _tell(turn, team, giver.cycle, giver, lacking, refused=True)
    return True


def tell_missing(turn: Turn, handoff: Handoff, giver: Handoff | None) -> None:
    """Mark a handover that goes on without all its fields."""
    if handoff.missing:
        _tell(turn, handoff.team, handoff.cycle, giver, handoff.missing, refused=False)


def _tell(turn: Turn, team: str, cycle: int, giver: Handoff | None, lacking: tuple[str, ...], *, refused: bool) -> None:
    incomplete = HandoverIncomplete(
        team=team,
        cycle=cycle,
        attempt=1,
        decided_at=turn.decided_at,
        owner_id=giver.owner if giver else None,
        missing=lacking,
        refused=refused,
    )
    turn.emit(incomplete, turn.at)
