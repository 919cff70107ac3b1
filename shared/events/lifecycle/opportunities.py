"""Moves of opportunities: a lead may have several, its stage is that of the best one (won, then open, then lost)."""

from shared.events.lifecycle.leads import not_from
from shared.events.lifecycle.moves import Move
from shared.events.lifecycle.standing import ENDS, Lifecycle

UNNAMED = ""
"""The opportunity that was told of without an id."""
UNNAMED_EXPANSION = "\x1fexpansion "
"""Expansions told of without an id are numbered; no id begins like this."""


def opened(life: Lifecycle, move: Move) -> str | None:
    if life.stage in ENDS:
        return not_from(life)
    name = _only_one(life, move)
    if refused := _already(life, name, "open", "won"):
        return refused
    life.opportunities[name] = "open"
    if life.stage == "customer":
        life.live = not move.backfill
        if move.kind in (None, "expansion"):
            life.count("customer", expansions=1)
    elif life.stage != "opportunity":
        life.advance("opportunity", move)
    return None


def won(life: Lifecycle, move: Move) -> str | None:
    if life.stage in ENDS:
        return not_from(life)
    name = _closed_one(life, move, "open", "won")
    if refused := _already(life, name, "won"):
        return refused
    life.opportunities[name] = "won"
    life.wins += 1
    if life.stage != "customer":
        life.advance("customer", move)
    return None


def lost(life: Lifecycle, move: Move) -> str | None:
    if life.stage in ENDS:
        return not_from(life)
    if move.object_id is None and len(_with(life, "open")) > 1:
        return "several opportunities are open and the report names none"
    name = _closed_one(life, move, "open")
    if refused := _already(life, name, *_settled(life, move)):
        return refused
    life.opportunities[name] = "lost"
    if life.stage == "customer" or _with(life, "open"):
        return None
    if life.stage != "opportunity":
        life.advance("opportunity", move, implied=True)
    life.end("lost", move)
    return None


def reopened(life: Lifecycle, move: Move) -> str | None:
    if life.stage not in ENDS and life.stage not in ("opportunity", "customer"):
        return not_from(life)
    name = _only_one(life, move)
    if refused := _already(life, name, "open", "won"):
        return refused
    life.opportunities[name] = "open"
    if life.stage in ENDS:
        life.enter("opportunity", move)
    return None


def _already(life: Lifecycle, name: str, *states: str) -> str | None:
    state = life.opportunities.get(name)
    return f"the opportunity is already {state}" if state in states else None


def _settled(life: Lifecycle, move: Move) -> tuple[str, ...]:
    """The states in which the report of a loss tells nothing new. Without an id it may be about an opportunity of this
    cycle that was never told of, once the lead has qualified again."""
    if move.object_id is None and life.stage in ("mql", "sql"):
        return ("won",)
    return ("won", "lost", "recycled")


def _with(life: Lifecycle, *states: str) -> list[str]:
    return [name for name, state in life.opportunities.items() if state in states]


def _only_one(life: Lifecycle, move: Move) -> str:
    """The opportunity that a move is about; without an id it is the lead's only one."""
    if move.object_id is not None:
        return move.object_id
    unsettled = _with(life, "open")
    if len(unsettled) == 1:
        return unsettled[0]
    if move.kind == "expansion":
        return _expansion(life, new=move.type == "opportunity.opened")
    told = unsettled or _with(life, "won", "lost")
    return told[0] if len(told) == 1 else UNNAMED


def _expansion(life: Lifecycle, *, new: bool) -> str:
    """The name of the latest expansion without an id, or of a new one."""
    told = sum(name.startswith(UNNAMED_EXPANSION) for name in life.opportunities)
    return f"{UNNAMED_EXPANSION}{told + new}"


def _closed_one(life: Lifecycle, move: Move, *states: str) -> str:
    """The opportunity that is won or lost: if its id is new, the one that was told of without an id and is in one of
    these states."""
    name = _only_one(life, move)
    if name not in life.opportunities and move.kind != "expansion" and life.opportunities.get(UNNAMED) in states:
        life.opportunities[name] = life.opportunities.pop(UNNAMED)
    return name
