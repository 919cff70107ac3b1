"""The conditions of playbook rules: loaded and checked, compiled once, explained in a line."""

from shared.conditions.catalogue import check_fields
from shared.conditions.compiled import EMPTY, Fields, Matcher, compile_condition
from shared.conditions.implied import implies, never_holds
from shared.conditions.tree import (
    AllOf,
    AnyOf,
    Comparison,
    Condition,
    Not,
    Operator,
    comparisons,
    parse_condition,
)
from shared.conditions.wording import explain

__all__ = [
    "EMPTY",
    "AllOf",
    "AnyOf",
    "Comparison",
    "Condition",
    "Fields",
    "Matcher",
    "Not",
    "Operator",
    "check_fields",
    "comparisons",
    "compile_condition",
    "explain",
    "implies",
    "never_holds",
    "parse_condition",
]
