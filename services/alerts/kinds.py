"""What a message may be about."""

from typing import Final, Literal

Kind = Literal[
    "assigned",
    "reassigned",
    "again",
    "note",
    "revisit",
    "moved",
    "reminder",
    "breach",
    "waiting",
    "returned",
    "refused",
    "incomplete",
    "stale",
    "bypassed",
    "not_applied",
    "unknown_owner",
    "unnamed_owner",
    "unowned",
]
OWN_CARDS: Final[frozenset[Kind]] = frozenset({"assigned", "reassigned", "again", "note", "revisit", "returned"})
"""The cards by which an owner hears of a lead of theirs."""
DECIDED_BY_OTHERS: Final[frozenset[Kind]] = frozenset(
    {"bypassed", "not_applied", "unknown_owner", "unnamed_owner", "unowned"}
)
"""Messages about what somebody decided, in vain or instead of the owner; the lead itself goes on."""
PRESSED: Final[frozenset[Kind]] = OWN_CARDS | {"reminder", "breach", "stale"}
"""The cards on which an owner can act."""
