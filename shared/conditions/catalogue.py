"""Checks the fields of conditions against the fields that are known."""

from collections.abc import Collection

from shared.conditions.tree import Condition, comparisons
from shared.playbook.known_keys import nearest

Path = tuple[str | int, ...]


def check_fields(condition: Condition, known: Collection[str], path: Path = ()) -> list[tuple[Path, str]]:
    """(path, message) of each comparison whose field is not known, with the nearest known one."""
    return [
        ((*place, "field"), _unknown(leaf.field, known))
        for place, leaf in comparisons(condition, path)
        if leaf.field not in known
    ]


def _unknown(field: str, known: Collection[str]) -> str:
    meant = nearest(field, sorted(known))
    if meant:
        return f"unknown field '{field}'; did you mean '{meant}'?"
    return f"unknown field '{field}'; known here: {', '.join(sorted(known)) or 'none'}"
