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
]
OWN_CARDS: Final[frozenset[Kind]] = frozenset({"assigned", "reassigned", "again", "note", "revisit", "returned"})
"""The cards by which an owner hears of a lead of theirs."""
PRESSED: Final[frozenset[Kind]] = OWN_CARDS | {"reminder", "breach", "stale"}
"""The cards on which an owner can act."""
