"""Moves of a customer's contracts."""

from shared.events.lifecycle.leads import not_from
from shared.events.lifecycle.moves import Move
from shared.events.lifecycle.standing import Lifecycle

UNNAMED = ""


def started(life: Lifecycle, move: Move) -> None:
    life.contracts[move.object_id or UNNAMED] = True


def renewed(life: Lifecycle, move: Move) -> str | None:
    if life.stage != "customer":
        return not_from(life)
    if move.object_id is not None:
        life.contracts[move.object_id] = True
    life.count("customer", renewals=1)
    return None


def upsold(life: Lifecycle, _: Move) -> str | None:
    return None if life.stage == "customer" else not_from(life)


def cancelled(life: Lifecycle, move: Move) -> str | None:
    if life.stage != "customer":
        return not_from(life)
    running = life.running
    if move.object_id is None and len(running) > 1:
        return "several contracts run and the report names none"
    ended = move.object_id if move.object_id is not None else next(iter(running), UNNAMED)
    if running and life.contracts.get(ended) is False:
        return "the contract is already cancelled"
    life.contracts[ended] = False
    if not life.running:
        life.opportunities.clear()
        life.end("churned", move)
    return None
