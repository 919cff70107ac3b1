"""Moves of the lead itself. Each rule applies its move, or says why the stage table does not allow it."""

from shared.events.lifecycle.moves import Move
from shared.events.lifecycle.standing import ENDS, Lifecycle


def qualified(life: Lifecycle, move: Move) -> str | None:
    if life.confirms("mql", move):
        return None
    if life.stage == "customer":
        comes_alive = not move.backfill and life.expanded_by_backfill == life.wins
        life.live = not move.backfill
        life.expanded_by_backfill = life.wins if move.backfill else None
        life.count("customer", expansions=not comes_alive)
        return None
    if life.stage == "lead" or life.stage in ENDS:
        life.enter("mql", move)
        return None
    if life.stage == "mql":
        if not life.live and not move.backfill:
            life.live, life.entered_at = True, move.at
        return None
    return f"already {life.stage} in this cycle"


def sales_qualified(life: Lifecycle, move: Move) -> str | None:
    if not life.relay_has_is:
        return "this relay has no SQL stage"
    if life.stage not in ("lead", "mql"):
        return not_from(life)
    life.advance("sql", move)
    return None


def returned(life: Lifecycle, move: Move) -> str | None:
    if life.stage != "sql":
        return not_from(life)
    life.enter("mql", move)
    life.count("mql", returns=1)
    return None


def recycled(life: Lifecycle, move: Move) -> str | None:
    if life.stage not in ("mql", "sql", "opportunity"):
        return not_from(life)
    life.cycle += 1
    closed = {name for name, state in life.opportunities.items() if state == "open"}
    life.opportunities |= dict.fromkeys(closed, "recycled")
    life.enter("lead", move)
    return None


def disqualified(life: Lifecycle, move: Move) -> str | None:
    if life.stage not in ("lead", "mql", "sql"):
        return not_from(life)
    life.end("disqualified", move)
    return None


def not_from(life: Lifecycle) -> str:
    return f"not allowed from {life.stage}"
