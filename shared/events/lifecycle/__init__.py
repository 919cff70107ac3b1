"""The stage table as one pure fold: a lead's moves, in order, give its stages, cycles and refusals.

Scoring, routing and alerts share it, so that all count cycles alike. Source of the rules: `docs/glossary.md`, stages.
"""

from collections.abc import Callable, Iterable

from shared.events.lifecycle import contracts, leads, opportunities
from shared.events.lifecycle.moves import MOVES, Move, OrderKey, order_key
from shared.events.lifecycle.standing import ENDS, RELAY, Entry, Lifecycle, Refusal

__all__ = [
    "ENDS",
    "MOVES",
    "RELAY",
    "Entry",
    "Lifecycle",
    "Move",
    "OrderKey",
    "Refusal",
    "fold_moves",
    "order_key",
]

_RULES: dict[str, Callable[[Lifecycle, Move], str | None]] = {
    "lead.qualified": leads.qualified,
    "lead.sales_qualified": leads.sales_qualified,
    "lead.returned": leads.returned,
    "lead.recycled": leads.recycled,
    "lead.disqualified": leads.disqualified,
    "opportunity.opened": opportunities.opened,
    "opportunity.won": opportunities.won,
    "opportunity.lost": opportunities.lost,
    "opportunity.cancelled": opportunities.lost,
    "opportunity.reopened": opportunities.reopened,
    "contract.started": contracts.started,
    "contract.renewed": contracts.renewed,
    "upsell.won": contracts.upsold,
    "contract.cancelled": contracts.cancelled,
}


def fold_moves(moves: Iterable[Move], *, relay_has_is: bool = True) -> Lifecycle:
    """Fold a lead's moves, in any order and each once, into its stages: a function of the set of moves."""
    life = Lifecycle(relay_has_is=relay_has_is)
    for move in sorted(moves, key=lambda m: m.key):
        refused = _RULES[move.type](life, move)
        if refused:
            life.refusals.append(
                Refusal(move.source, move.id, move.type, life.stage, life.cycle, refused, move.at, move.backfill)
            )
    return life
