"""The stage facts of a lead: told when they come to be known, and told anew whenever what is known changes."""

from services.routing.state import ToldRefusal, ToldStage
from services.routing.turn import Turn
from shared.events.derived import StageChanged, StageRefused
from shared.events.lifecycle import Entry, Lifecycle, Move, Refusal, fold_moves

MOST_REFUSED = 200


def tell_stages(turn: Turn, move: Move) -> Lifecycle:
    """Add the move, refold, and emit what differs from what was told. The facts depend on the set of moves only."""
    state = turn.state
    state.moves = (*state.moves, move)
    life = fold_moves(state.moves, relay_has_is=turn.rules.relay_has_is)
    _forget_oldest(turn, life)
    _tell_entries(turn, {f"{entry.cycle}:{entry.to}": entry for entry in life.entries.values()})
    _tell_refusals(turn, {_key(refusal): refusal for refusal in life.refusals})
    return life


def _forget_oldest(turn: Turn, life: Lifecycle) -> None:
    """Of many refused moves only the latest may still turn out to be right: a tool that tells of one win every hour
    must not make the lead's state grow for ever."""
    old = {_key(refusal) for refusal in life.refusals[:-MOST_REFUSED]}
    if old:
        state = turn.state
        state.moves = tuple(move for move in state.moves if _key(move) not in old)
        state.refusals = {key: told for key, told in state.refusals.items() if key not in old}
        life.refusals = life.refusals[-MOST_REFUSED:]


def _key(refused: Refusal | Move) -> str:
    return f"{refused.source}\n{refused.id}"


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
