"""What a validation error means, in plain words."""

import re
from collections.abc import Callable, Mapping
from typing import Any
from unicodedata import normalize

from pydantic_core import ErrorDetails

from shared.playbook.known_keys import nearest
from shared.playbook.scalars import describe, plain_scalar

_EXPECTED_TYPE = {
    "string": "text",
    "int": "a whole number",
    "float": "a number",
    "decimal": "a number",
    "finite_number": "a finite number",
    "bool": "true or false",
    "list": "a list",
    "tuple": "a list",
    "set": "a list",
    "frozen_set": "a list",
    "iterable": "a list",
    "dict": "a mapping (key: value)",
    "mapping": "a mapping (key: value)",
    "model": "a mapping (key: value)",
    "model_attributes": "a mapping (key: value)",
    "dataclass": "a mapping (key: value)",
    "date": "a date such as 2026-05-01",
    "date_from_datetime": "a date such as 2026-05-01",
    "datetime": "a time such as 2026-05-01T09:00:00+09:00",
    "datetime_from_date": "a time such as 2026-05-01T09:00:00+09:00",
    "datetime_object": "a time such as 2026-05-01T09:00:00+09:00",
    "timezone": "a time with its zone such as 2026-05-01T09:00:00+09:00",
    "time": "a time of day such as '09:30'",
    "time_delta": "a duration",
    "none_required": "nothing",
    "url": "a web address",
    "uuid": "a UUID",
}
_WIDE_COLON = re.compile(r"([A-Za-z_][A-Za-z0-9_]*)(?:：|:\u3000)")
_TYPE_ENDING = re.compile(r"_(?:type|parsing|from_float|inexact|aware|naive|parsing_size|unicode|sub_type|invalid)\Z")

_BOUNDS: dict[str, Callable[[Mapping[str, Any]], str]] = {
    "greater_than": lambda limits: f"more than {limits['gt']}",
    "greater_than_equal": lambda limits: f"at least {limits['ge']}",
    "less_than": lambda limits: f"less than {limits['lt']}",
    "less_than_equal": lambda limits: f"at most {limits['le']}",
    "multiple_of": lambda limits: f"a multiple of {limits['multiple_of']}",
    "string_too_short": lambda limits: f"text of at least {_counted(limits['min_length'], 'character')}",
    "string_too_long": lambda limits: f"text of at most {_counted(limits['max_length'], 'character')}",
    "string_pattern_mismatch": lambda limits: f"text of the form {limits['pattern']}",
    "literal_error": lambda limits: str(limits["expected"]),
    "enum": lambda limits: str(limits["expected"]),
    "union_tag_invalid": lambda limits: f"{limits['expected_tags']} as {limits['discriminator']}",
    "union_tag_not_found": lambda limits: f"a mapping with the key {limits['discriminator']}",
}


def is_wrong_type(error: ErrorDetails) -> bool:
    """Whether another type of value is expected, so that another shape of a union may be meant."""
    return _expected_type(error["type"]) is not None or (_is_choice(error) and not isinstance(error["input"], str))


def is_wrong_choice(error: ErrorDetails) -> bool:
    """Whether a word was found where another word is expected."""
    return _is_choice(error) and isinstance(error["input"], str)


def _is_choice(error: ErrorDetails) -> bool:
    return error["type"] in {"literal_error", "enum"}


def expectation(error: ErrorDetails) -> str | None:
    """What was expected in the place of the error's value; None where the error says it in a sentence of its own."""
    kind = error["type"]
    if kind in _BOUNDS:
        return _BOUNDS[kind](error.get("ctx", {}))
    return _expected_type(kind)


def sentence(error: ErrorDetails) -> str:
    """One line: what was found, what was expected, and the nearest choice if there is one."""
    if expected := expectation(error):
        return found_and_expected(error["input"], expected) + _did_you_mean(error)
    limits = error.get("ctx", {})
    if error["type"] in {"too_short", "too_long"}:
        return _wrong_length(error["type"], limits)
    if isinstance(limits.get("error"), Exception):
        return _one_line(str(limits["error"]))
    return _one_line(re.sub(r"^Input should be (?:a valid )?(.*)$", r"\1 is expected", error["msg"]))


def found_and_expected(value: object, expected: str) -> str:
    quotes = "; put it in quotes" if expected == "text" and isinstance(value, int | float) else ""
    return f"found {describe(value)}; {expected} is expected{quotes}{_half_width(value, expected)}"


def _half_width(value: object, expected: str) -> str:
    """What Japanese keyboards wrote in full width, as it is read."""
    if not isinstance(value, str):
        return ""
    if "mapping" in expected and (found := _WIDE_COLON.match(value)):
        return f"; after '{found[1]}' write ':' and a space in half width (ASCII)"
    narrow = normalize("NFKC", value)
    if "number" in expected and narrow != value and not isinstance(_scalar(narrow), str):
        return f"; write {narrow} in half width (ASCII)"
    return ""


def _scalar(text: str) -> object:
    try:
        return plain_scalar(text)
    except ValueError:
        return text


def _expected_type(kind: str) -> str | None:
    return _EXPECTED_TYPE.get(_TYPE_ENDING.sub("", kind))


def _wrong_length(kind: str, limits: Mapping[str, Any]) -> str:
    bound = f"at least {limits['min_length']}" if kind == "too_short" else f"at most {limits['max_length']}"
    return f"found {_counted(limits['actual_length'] or 0, 'entry')}; {bound} is expected"


def _did_you_mean(error: ErrorDetails) -> str:
    if not is_wrong_choice(error):
        return ""
    choices = re.findall(r"'([^']*)'", error.get("ctx", {})["expected"])
    choice = nearest(error["input"], choices)
    return f"; did you mean '{choice}'?" if choice else ""


def _counted(count: int, noun: str) -> str:
    many = noun[:-1] + "ies" if noun.endswith("y") else noun + "s"
    return f"{count} {noun if count == 1 else many}"


def _one_line(text: str) -> str:
    return " ".join(text.split())
