"""The stage facts of a lead: told when they come to be known, and told anew whenever what is known changes."""

from services.routing.state import ToldRefusal, ToldStage
from services.routing.turn import Turn
from shared.events.derived import StageChanged, StageRefused
from shared.events.lifecycle import Entry, Lifecycle, Move, Refusal, fold_moves


def tell_stages(turn: Turn, move: Move) -> Lifecycle:
    """Add the move, refold, and emit what differs from what was told. The facts depend on the set of moves only."""
    state = turn.state
    state.moves = (*state.moves, move)
    life = fold_moves(state.moves, relay_has_is=turn.rules.relay_has_is)
    _tell_entries(turn, {f"{entry.cycle}:{entry.to}": entry for entry in life.entries.values()})
    _tell_refusals(turn, {f"{refusal.source}\n{refusal.id}": refusal for refusal in life.refusals})
    return life


def _tell_entries(turn: Turn, entries: dict[str, Entry]) -> None:
    told = dict(turn.state.stages)
    for key, entry in entries.items():
        known = told.get(key)
        if known is None or known.retracted or known.entry != entry:
            told[key] = ToldStage(entry, known.revision + 1 if known else 0)
            _emit_entry(turn, told[key])
    for key, known in turn.state.stages.items():
        if key not in entries and not known.retracted:
            told[key] = ToldStage(known.entry, known.revision + 1, retracted=True)
            _emit_entry(turn, told[key])
    turn.state.stages = told


def _emit_entry(turn: Turn, told: ToldStage) -> None:
    entry = told.entry
    changed = StageChanged(
        from_=entry.from_,
        to=entry.to,
        cycle=entry.cycle,
        implied=entry.implied,
        revision=told.revision,
        by=entry.by,
        rep_id=entry.rep_id,
        reason=entry.reason,
        returns=entry.returns,
        expansions=entry.expansions,
        renewals=entry.renewals,
        retracted=told.retracted,
        backfill=entry.backfill,
    )
    turn.emit(changed, entry.at)


def _tell_refusals(turn: Turn, refusals: dict[str, Refusal]) -> None:
    told = dict(turn.state.refusals)
    for key, refusal in refusals.items():
        known = told.get(key)
        if known is None or known.retracted or known.refusal != refusal:
            told[key] = ToldRefusal(refusal, known.revision + 1 if known else 0)
            _emit_refusal(turn, told[key])
    for key, known in turn.state.refusals.items():
        if key not in refusals and not known.retracted:
            told[key] = ToldRefusal(known.refusal, known.revision + 1, retracted=True)
            _emit_refusal(turn, told[key])
    turn.state.refusals = told


def _emit_refusal(turn: Turn, told: ToldRefusal) -> None:
    refusal = told.refusal
    refused = StageRefused(
        from_=refusal.from_,
        by=refusal.by,
        cycle=refusal.cycle,
        reason=refusal.reason,
        refused_source=refusal.source,
        refused_id=refusal.id,
        revision=told.revision,
        retracted=told.retracted,
        backfill=refusal.backfill,
    )
    turn.emit(refused, refusal.at)
