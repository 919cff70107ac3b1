"""Which values each operator of a condition can compare with."""

from collections.abc import Callable

from pydantic import JsonValue

from shared.conditions.patterns import compile_pattern
from shared.conditions.values import number_of, seconds_of
from shared.playbook.scalars import describe

Check = Callable[[JsonValue], str | None]


def operand_fault(op: str, value: JsonValue) -> str | None:
    """What was found and what the operator compares with, in one line; None when the value fits."""
    return _CHECKS[op](value)


def _scalar(value: JsonValue) -> str | None:
    if isinstance(value, list | dict):
        return f"found {describe(value)}; one text or number, true or false is expected (op 'in' compares with a list)"
    return None


def _list(value: JsonValue) -> str | None:
    if not isinstance(value, list):
        return f"found {describe(value)}; a list such as [a, b] is expected"
    wrong = [item for item in value if item is None or isinstance(item, list | dict)]
    return f"found {describe(wrong[0])} in the list; texts, numbers, true or false are expected" if wrong else None


def _ordered(value: JsonValue) -> str | None:
    if number_of(value) is not None or seconds_of(value) is not None:
        return None
    return f"found {describe(value)}; a number, or a date or time such as 2026-05-01T09:00:00+09:00, is expected"


def _pattern(value: JsonValue) -> str | None:
    if not isinstance(value, str):
        return f"found {describe(value)}; a regular expression in quotes is expected"
    try:
        compile_pattern(value)
    except ValueError as error:
        return str(error)
    return None


def _flag(value: JsonValue) -> str | None:
    return None if isinstance(value, bool) else f"found {describe(value)}; true or false is expected"


_CHECKS: dict[str, Check] = {
    **dict.fromkeys(("eq", "ne", "contains", "changed_to"), _scalar),
    **dict.fromkeys(("in", "not_in"), _list),
    **dict.fromkeys(("lt", "le", "gt", "ge"), _ordered),
    "matches": _pattern,
    "exists": _flag,
}
