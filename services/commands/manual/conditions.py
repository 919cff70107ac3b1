"""A condition of the playbook as a clause of a sentence."""

import re
from collections.abc import Iterable, Iterator, Sequence
from functools import reduce
from itertools import groupby
from typing import Final

from pydantic import JsonValue

from services.commands.manual.markdown import safe
from services.commands.manual.speech import Speech
from shared.conditions import AllOf, AnyOf, Comparison, Condition, Not

SIDES: Final = frozenset({"lt", "le", "gt", "ge"})
TEXTS: Final = frozenset({"contains", "matches", "exists"})
_LITERAL: Final = r"(?:[^\\.^$*+?{}()\[\]|]|\\[^\w])*"
_CHOICE: Final = re.compile(rf"({_LITERAL})\(((?:{_LITERAL}\|)*{_LITERAL})\)({_LITERAL})")


def clause(condition: Condition, say: Speech) -> str:
    """`number of employees at least 1,000`; `従業員数が1,000以上`."""
    match condition:
        case Comparison():
            return _compared([condition], say)
        case Not():
            return say("not", part=clause(condition.negated, say))
        case AllOf():
            return _joined(condition, "all", say) or say("always")
        case AnyOf():
            return _joined(condition, "any", say) or say("never")


def alternatives(condition: Condition, say: Speech) -> list[str]:
    """The clauses of which one is enough."""
    return list(_clauses(condition, say)) if isinstance(condition, AnyOf) else [clause(condition, say)]


def _joined(branch: AllOf | AnyOf, word: str, say: Speech) -> str:
    parts = list(_clauses(branch, say))
    return reduce(lambda first, last: say(word, first=first, last=last), parts) if parts else ""


def _clauses(branch: AllOf | AnyOf, say: Speech) -> Iterator[str]:
    """A clause for each part; neighbours that ask the same of one field are one clause."""
    key = _same_side if isinstance(branch, AllOf) else _same_question
    for _, found in groupby(enumerate(branch.parts), key=lambda numbered: key(*numbered)):
        parts = [part for _, part in found]
        leaves = [part for part in parts if isinstance(part, Comparison)]
        yield _compared(leaves, say) if leaves else _nested(parts[0], say)


def _same_side(number: int, part: Condition) -> tuple[object, ...]:
    ranged = isinstance(part, Comparison) and part.op in SIDES
    return (part.field,) if isinstance(part, Comparison) and ranged else (number, part)


def _same_question(number: int, part: Condition) -> tuple[object, ...]:
    alike = isinstance(part, Comparison) and part.op in ("eq", "contains") and not isinstance(part.value, bool)
    return (part.field, part.op) if isinstance(part, Comparison) and alike else (number, part)


def _nested(part: Condition, say: Speech) -> str:
    inner = clause(part, say)
    return say("grouped", part=inner) if len(part.parts) > 1 else inner


def _compared(leaves: Sequence[Comparison], say: Speech) -> str:
    """Comparisons of one field: the sides of a range, or values of which one is enough."""
    first = leaves[0]
    field = say.field(first.field)
    if first.op in SIDES:
        return say("range", field=field, value=_range(leaves, say))
    if said := _said(first, say):
        return said
    if first.op == "exists":
        return say("known" if first.value is True else "unknown", field=field)
    values = [value for leaf in leaves for value in _values(leaf.value)]
    if first.op == "matches":
        return _pattern(field, str(first.value), say)
    return say(first.op, field=field, value=_either(first, values, say))


def _range(leaves: Sequence[Comparison], say: Speech) -> str:
    sides = [say(leaf.op, value=_shown(leaf, leaf.value, say)) for leaf in leaves]
    return reduce(lambda low, high: say("both_ends", low=low, high=high), sides)


def _said(leaf: Comparison, say: Speech) -> str | None:
    """What people say instead of a comparison: that the lead is a competitor, or has raised its hand."""
    if leaf.op not in ("eq", "ne"):
        return None
    if not isinstance(leaf.value, bool):
        return say.known("sayings", f"{leaf.field} {leaf.op} {leaf.value}")
    holds = leaf.value == (leaf.op == "eq")
    return say.known("sayings", leaf.field if holds else f"not {leaf.field}")


def _values(value: JsonValue) -> list[JsonValue]:
    return value if isinstance(value, list) else [value]


def _either(leaf: Comparison, values: Iterable[JsonValue], say: Speech) -> str:
    shown = [_shown(leaf, value, say) for value in values]
    if leaf.op == "not_in" and len(shown) > 1:
        return say("nor", first=say.listed(shown[:-1]), last=shown[-1])
    return say.either(shown) if shown else say("nothing")


def _shown(leaf: Comparison, value: JsonValue, say: Speech) -> str:
    if isinstance(value, int | float) and not isinstance(value, bool):
        return say.number(value)
    text = str(value).lower() if isinstance(value, bool) else str(value)
    if leaf.op == "contains":
        return say("quoted", text=safe(text))
    known = say.source(text) if leaf.field == "lead_source" else say.cards.stages.get(text)
    return known or say.known("values", text) or safe(text)


def _pattern(field: str, pattern: str, say: Speech) -> str:
    """A pattern that is only a choice of texts is told as these."""
    found = _CHOICE.fullmatch(pattern)
    if found is None:
        return say("matches", field=field, value=say("quoted", text=safe(pattern)))
    before, choices, after = (re.sub(r"\\(.)", r"\1", part) for part in found.groups())
    texts = [say("quoted", text=safe(f"{before}{one}{after}")) for one in choices.split("|")]
    return say("contains", field=field, value=say.either(texts))
