"""Plain scalars by the core schema of YAML 1.2 (section 10.3.2): `NO`, `on`, `09:30` and dates are text."""

import math
import re

LARGEST_NUMBER = 10**15
LONGEST_NUMBER = 64

_WORDS: dict[str, bool | None] = {
    **dict.fromkeys(("", "~", "null", "Null", "NULL")),
    **dict.fromkeys(("true", "True", "TRUE"), True),
    **dict.fromkeys(("false", "False", "FALSE"), False),
}
_NUMBER_STARTS = frozenset("+-.0123456789")
_DECIMAL = re.compile(r"[-+]?[0-9]+")
_OCTAL = re.compile(r"0o[0-7]+")
_HEXADECIMAL = re.compile(r"0x[0-9a-fA-F]+")
_FLOAT = re.compile(r"[-+]?(?:\.[0-9]+|[0-9]+(?:\.[0-9]*)?)(?:[eE][-+]?[0-9]+)?")
_NOT_FINITE = re.compile(r"[-+]?\.(?:inf|Inf|INF)|\.(?:nan|NaN|NAN)")


def plain_scalar(text: str) -> str | int | float | bool | None:
    """The value of an unquoted scalar. Raises ValueError for a number that is not finite or beyond 10^15."""
    if text in _WORDS:
        return _WORDS[text]
    if text[0] not in _NUMBER_STARTS:
        return text
    number = _number(text)
    if number is None:
        return text
    if not math.isfinite(number) or abs(number) > LARGEST_NUMBER:
        raise ValueError(f"found the number {shortened(text)}; a finite number of at most 10^15 is expected")
    return number


def _number(text: str) -> int | float | None:
    if _NOT_FINITE.fullmatch(text):
        return math.nan
    for written, base in ((_DECIMAL, 10), (_OCTAL, 8), (_HEXADECIMAL, 16)):
        if written.fullmatch(text):
            return int(text, base) if len(text) <= LONGEST_NUMBER else math.inf
    return float(text) if _FLOAT.fullmatch(text) else None


def shortened(text: str, longest: int = 40) -> str:
    """The text on one readable line: white space and control characters as spaces, a long one cut with an ellipsis."""
    line = " ".join("".join(character if character.isprintable() else " " for character in text[:1_000]).split())
    return line if len(line) <= longest else line[: longest - 1] + "…"


def describe(value: object) -> str:
    """What was found, in the words of a message: `text 'abc'`, `the number 3`, `a list`, `nothing`."""
    if value is None:
        return "nothing"
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, str):
        return f"text '{shortened(value)}'" if value else "empty text"
    if isinstance(value, int | float):
        return f"the number {shortened(str(value))}"
    return "a mapping" if isinstance(value, dict) else "a list"
