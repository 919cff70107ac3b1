"""Why a record is no event, in words that never repeat what it held."""

import re
from typing import Final

from pydantic import ValidationError
from pydantic_core import ErrorDetails

from shared.events.fields import CURRENCY, LONGEST_NAME_SHOWN, NO_CONTROLS, NO_NUL, Money
from shared.playbook.wording import expectation

OF_THE_DATA: Final = "event_data_fields"
"""The type of an error that holds the words for the fields of `data`, which name their paths themselves."""

_PATTERNS: Final = {
    NO_CONTROLS: "no control characters are allowed",
    NO_NUL: "text without NUL characters is expected",
    CURRENCY: "a currency of three capital letters is expected, such as JPY",
}
_MONEY: Final = '{"amount": 100, "currency": "JPY"}'
_OF_MONEY: Final = {"model_type": "", "missing": " is missing", "extra_forbidden": " is no part of an amount of money"}
_MISSING: Final = {
    "specversion": "'1.0' is expected",
    "id": "every event of a source has its own",
    "source": "the system that tells of the event is expected, such as urn:crm",
    "type": "what happened is expected, such as form.submitted",
    "subject": "the id of the lead is expected",
    "time": "when it happened is expected, with its zone, such as 2026-04-01T09:12:33+09:00",
}


def describe(error: ValidationError, within: str = "") -> str:
    """A validation error in one line, without the values that were refused; `within` names the object of its fields."""
    problems = error.errors(include_url=False, include_input=False)
    return "; ".join(_sentence(problem, within) for problem in problems[:5])


def _sentence(problem: ErrorDetails, within: str) -> str:
    if problem["type"] == OF_THE_DATA:
        return problem["msg"]
    path = ".".join(filter(None, (within, _path(problem["loc"])))) or "the event"
    if _is_of_money(problem):
        return f"{path}{_OF_MONEY[problem['type']]}: {_MONEY} is expected"
    if problem["type"] == "missing":
        return f"{path} is missing: {_MISSING.get(path, 'every event of this type has it')}"
    return f"{path}: {_expected(problem)}"


def _is_of_money(problem: ErrorDetails) -> bool:
    """Whether an amount of money has not the shape of one; its field is optional, and its parts are not."""
    match problem["type"]:
        case "model_type":
            return bool(problem["ctx"]["class_name"] == Money.__name__)
        case "missing":
            return len(problem["loc"]) > 1 and problem["loc"][-1] in Money.model_fields
        case kind:
            return kind == "extra_forbidden"


def _expected(problem: ErrorDetails) -> str:
    if problem["type"] == "string_pattern_mismatch":
        return _PATTERNS[problem["ctx"]["pattern"]]
    if expected := expectation(problem):
        return f"{expected} is expected"
    return re.sub(r"^Input should be (?:a valid )?(.*)$", r"\1 is expected", problem["msg"])


def _path(location: tuple[str | int, ...]) -> str:
    """Where in the event; names that nobody declared are cut short and shown without control characters."""
    path = ".".join(str(part) for part in location if part != "[key]")
    shown = "".join(letter if letter.isprintable() else "?" for letter in path[:LONGEST_NAME_SHOWN])
    return shown + "…" * (len(path) > LONGEST_NAME_SHOWN)
