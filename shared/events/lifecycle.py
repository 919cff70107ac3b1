"""The stage table as one pure fold: a lead's moves, in order, give its stages, cycles and refusals.

Scoring and routing share it, so that both count cycles alike. Source of the rules: `docs/glossary.md`, stages.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field, replace
from datetime import datetime

from shared.events.activities import OpportunityActivity
from shared.events.derived import Stage
from shared.events.event import Event

MOVES: tuple[str, ...] = (
    "lead.qualified",
    "lead.sales_qualified",
    "lead.returned",
    "lead.recycled",
    "lead.disqualified",
    "opportunity.opened",
    "opportunity.won",
    "opportunity.lost",
    "opportunity.cancelled",
    "opportunity.reopened",
    "contract.started",
    "contract.renewed",
    "upsell.won",
    "contract.cancelled",
)
"""Event types that may move a stage, in the order of the stage table: the order of moves at one instant."""

_RANK = {name: rank for rank, name in enumerate(MOVES)}
ENDS: frozenset[Stage] = frozenset({"lost", "disqualified", "churned"})
RELAY: tuple[Stage, ...] = ("lead", "mql", "sql", "opportunity", "customer")

OrderKey = tuple[datetime, int, int, str, str]


def order_key(event: Event) -> OrderKey:
    """The place of an event in its lead's history: (time, causal depth, row of the stage table, source, id)."""
    depth = 1 if event.type == "lead.qualified" else 0
    return (event.time, depth, _RANK.get(event.type, -1), event.source, event.id)


@dataclass(frozen=True, slots=True)
class Move:
    """One event that may move a stage, reduced to what the fold reads."""

    at: datetime
    type: str
    source: str
    id: str
    backfill: bool = False
    rep_id: str | None = None
    reason: str | None = None
    object_id: str | None = None
    """The opportunity or contract that it is about."""
    kind: str | None = None

    @property
    def key(self) -> OrderKey:
        return (self.at, 1 if self.type == "lead.qualified" else 0, _RANK[self.type], self.source, self.id)

    @classmethod
    def of(cls, event: Event) -> "Move | None":
        """The move of an event; None where its type moves no stage."""
        if event.type not in _RANK:
            return None
        data = event.data
        about = data.value("opportunity_id") if isinstance(data, OpportunityActivity) else data.value("contract_id")
        return cls(
            at=event.time,
            type=event.type,
            source=event.source,
            id=event.id,
            backfill=event.backfill,
            rep_id=_text(data.value("rep_id")),
            reason=_text(data.value("reason")),
            object_id=_text(about),
            kind=_text(data.value("kind")),
        )


def _text(value: object) -> str | None:
    return value if isinstance(value, str) else None


@dataclass(frozen=True, slots=True)
class Entry:
    """The first entry into a stage in a cycle, and what was counted there since."""

    cycle: int
    to: Stage
    from_: Stage
    at: datetime
    implied: bool
    by: str
    backfill: bool = False
    rep_id: str | None = None
    reason: str | None = None
    returns: int = 0
    expansions: int = 0
    renewals: int = 0


@dataclass(frozen=True, slots=True)
class Refusal:
    """A move that the stage table does not allow: it changed nothing."""

    source: str
    id: str
    by: str
    from_: Stage
    cycle: int
    reason: str
    at: datetime
    backfill: bool


@dataclass(slots=True)
class Lifecycle:
    """Where a lead stands after its moves; `entered_at` is the latest entry into its stage (a return counts)."""

    relay_has_is: bool = True
    stage: Stage = "lead"
    cycle: int = 1
    entered_at: datetime | None = None
    wins: int = 0
    live: bool = False
    """Whether the present stage was entered, or come alive, by anything but backfill."""
    entries: dict[tuple[int, Stage], Entry] = field(default_factory=dict)
    refusals: list[Refusal] = field(default_factory=list)
    opportunities: dict[str, str] = field(default_factory=dict)
    contracts: dict[str, bool] = field(default_factory=dict)


def fold_moves(moves: Iterable[Move], *, relay_has_is: bool = True) -> Lifecycle:
    """Fold a lead's moves, in any order, into its stages: a function of the set of moves."""
    life = Lifecycle(relay_has_is=relay_has_is)
    for move in sorted(moves, key=lambda m: m.key):
        refused = _APPLY[move.type](life, move)
        if refused:
            life.refusals.append(
                Refusal(move.source, move.id, move.type, life.stage, life.cycle, refused, move.at, move.backfill)
            )
    return life


def _enter(life: Lifecycle, to: Stage, move: Move, *, implied: bool = False) -> None:
    key = (life.cycle, to)
    if key not in life.entries:
        life.entries[key] = Entry(
            life.cycle, to, life.stage, move.at, implied, move.type, move.backfill, move.rep_id, move.reason
        )
    life.stage, life.entered_at, life.live = to, move.at, not move.backfill


def _advance(life: Lifecycle, to: Stage, move: Move, *, implied: bool = False) -> None:
    """Enter a later stage of the relay; what is skipped is recorded as implied."""
    for between in RELAY[RELAY.index(life.stage) + 1 : RELAY.index(to)]:
        if between != "sql" or life.relay_has_is:
            _enter(life, between, move, implied=True)
    _enter(life, to, move, implied=implied)


def _end(life: Lifecycle, to: Stage, move: Move) -> None:
    _enter(life, to, move)
    life.cycle += 1


def _replaces_implied(life: Lifecycle, to: Stage, move: Move) -> bool:
    """Whether the move is the real event of a stage that another move of the same instant implied."""
    entry = life.entries.get((life.cycle, to))
    if entry is None or not entry.implied or entry.at != move.at:
        return False
    life.entries[life.cycle, to] = replace(
        entry, implied=False, by=move.type, backfill=move.backfill, rep_id=move.rep_id, reason=move.reason
    )
    return True


def _count(life: Lifecycle, to: Stage, **more: int) -> None:
    key = max(key for key in life.entries if key[1] == to)
    entry = life.entries[key]
    life.entries[key] = replace(entry, **{name: getattr(entry, name) + n for name, n in more.items()})


def _qualified(life: Lifecycle, move: Move) -> str | None:
    if _replaces_implied(life, "mql", move):
        return None
    if life.stage == "customer":
        life.live = not move.backfill
        _count(life, "customer", expansions=1)
        return None
    if life.stage == "lead" or life.stage in ENDS:
        _enter(life, "mql", move)
        return None
    if life.stage == "mql" and not life.live and not move.backfill:
        life.live, life.entered_at = True, move.at
        return None
    return f"already {life.stage} in this cycle"


def _sales_qualified(life: Lifecycle, move: Move) -> str | None:
    if not life.relay_has_is:
        return "this relay has no SQL stage"
    if _replaces_implied(life, "sql", move):
        return None
    if life.stage not in ("lead", "mql"):
        return _not_from(life)
    _advance(life, "sql", move)
    return None


def _returned(life: Lifecycle, move: Move) -> str | None:
    if life.stage != "sql":
        return _not_from(life)
    _enter(life, "mql", move)
    _count(life, "mql", returns=1)
    return None


def _recycled(life: Lifecycle, move: Move) -> str | None:
    if life.stage not in ("mql", "sql", "opportunity"):
        return _not_from(life)
    life.cycle += 1
    life.opportunities = {name: state for name, state in life.opportunities.items() if state == "won"}
    _enter(life, "lead", move)
    return None


def _disqualified(life: Lifecycle, move: Move) -> str | None:
    if life.stage not in ("lead", "mql", "sql"):
        return _not_from(life)
    _end(life, "disqualified", move)
    return None


def _opened(life: Lifecycle, move: Move) -> str | None:
    if life.stage in ENDS:
        return _not_from(life)
    name = _opportunity(life, move)
    if life.opportunities.get(name) in ("open", "won") and not _is_implied(life, move):
        return f"the opportunity is already {life.opportunities[name]}"
    already_won = life.opportunities.get(name) == "won"
    life.opportunities[name] = "won" if already_won else "open"
    if _replaces_implied(life, "opportunity", move) or life.stage == "opportunity":
        return None
    if life.stage == "customer":
        life.live = not move.backfill
        if move.kind in (None, "expansion"):
            _count(life, "customer", expansions=1)
        return None
    _advance(life, "opportunity", move)
    return None


def _is_implied(life: Lifecycle, move: Move) -> bool:
    entry = life.entries.get((life.cycle, "opportunity"))
    return entry is not None and entry.implied and entry.at == move.at


def _won(life: Lifecycle, move: Move) -> str | None:
    if life.stage in ENDS:
        return _not_from(life)
    name = _opportunity(life, move)
    if life.opportunities.get(name) == "won":
        return "the opportunity is already won"
    life.opportunities[name] = "won"
    life.wins += 1
    if life.stage != "customer":
        _advance(life, "customer", move)
    return None


def _lost(life: Lifecycle, move: Move) -> str | None:
    if life.stage in ENDS:
        return _not_from(life)
    name = _opportunity(life, move)
    if life.opportunities.get(name) in ("won", "lost"):
        return f"the opportunity is already {life.opportunities[name]}"
    life.opportunities[name] = "lost"
    if life.stage == "customer" or {"open", "won"} & set(life.opportunities.values()):
        return None
    if life.stage != "opportunity":
        _advance(life, "opportunity", move, implied=True)
    _end(life, "lost", move)
    return None


def _reopened(life: Lifecycle, move: Move) -> str | None:
    if life.stage not in ENDS and life.stage not in ("opportunity", "customer"):
        return _not_from(life)
    life.opportunities[_opportunity(life, move)] = "open"
    if life.stage in ENDS:
        _enter(life, "opportunity", move)
    return None


def _contract_started(life: Lifecycle, move: Move) -> str | None:
    life.contracts[move.object_id or ""] = True
    return None


def _renewed(life: Lifecycle, move: Move) -> str | None:
    if life.stage != "customer":
        return _not_from(life)
    _count(life, "customer", renewals=int(move.type == "contract.renewed"))
    return None


def _contract_cancelled(life: Lifecycle, move: Move) -> str | None:
    if life.stage != "customer":
        return _not_from(life)
    running = [name for name, runs in life.contracts.items() if runs]
    ended = move.object_id if move.object_id is not None else (running[0] if len(running) == 1 else "")
    life.contracts[ended] = False
    if any(life.contracts.values()):
        return None
    life.opportunities.clear()
    _end(life, "churned", move)
    return None


def _opportunity(life: Lifecycle, move: Move) -> str:
    """The opportunity that a move is about; without an id it is the lead's only one."""
    if move.object_id is not None:
        return move.object_id
    unsettled = [name for name, state in life.opportunities.items() if state == "open"]
    if len(unsettled) == 1:
        return unsettled[0]
    return next(iter(life.opportunities)) if len(life.opportunities) == 1 and move.kind != "expansion" else ""


def _not_from(life: Lifecycle) -> str:
    return f"not allowed from {life.stage}"


_APPLY: dict[str, Callable[[Lifecycle, Move], str | None]] = {
    "lead.qualified": _qualified,
    "lead.sales_qualified": _sales_qualified,
    "lead.returned": _returned,
    "lead.recycled": _recycled,
    "lead.disqualified": _disqualified,
    "opportunity.opened": _opened,
    "opportunity.won": _won,
    "opportunity.lost": _lost,
    "opportunity.cancelled": _lost,
    "opportunity.reopened": _reopened,
    "contract.started": _contract_started,
    "contract.renewed": _renewed,
    "upsell.won": _renewed,
    "contract.cancelled": _contract_cancelled,
}
