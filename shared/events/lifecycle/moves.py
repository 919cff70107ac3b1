"""The events that may move a stage, and the order in which a lead's events count."""

from dataclasses import dataclass
from datetime import datetime

from shared.events.activities import OpportunityActivity
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
