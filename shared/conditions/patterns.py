r"""Regular expressions that cannot run away.

A backtracking matcher tries at most the product of the choices in a pattern: 1,000 for `*`, `+` and `{n,}` (a text is
cut at 1,000 characters), m - n + 1 for `{n,m}`, 2 for `?`, one for each side of `|`, and 1,000 places to begin at
unless the pattern begins with `^`. A pattern with more than 10,000,000 choices (a quarter of a second, measured on the
worst of texts) is refused; so is a repeated group that holds choices or a repeated group itself, such as `(a+)+` or
`(a|b)*`, and a count above 1,000. Back references, look-around and flags are not supported.
"""

import re
import unicodedata
import warnings
from collections.abc import Callable

LONGEST_PATTERN = 200
LONGEST_TEXT = 1_000
MOST_CHOICES = 10_000_000

_QUANTIFIER = re.compile(r"(?:(?P<sign>[*+?])|\{(?P<low>\d*)(?P<comma>,)?(?P<high>\d*)\})[?+]?")
_CLASS = re.compile(r"\[\^?\]?(?:\\.|[^\\\]])*\]", re.DOTALL)


def compile_pattern(pattern: str) -> Callable[[str], bool]:
    """A search for the pattern anywhere in a text, whatever the case, as written or in its NFKC form.

    Raises ValueError for a pattern that is invalid, longer than 200 characters, or could run away.
    """
    if len(pattern) > LONGEST_PATTERN:
        raise ValueError(f"the pattern has {len(pattern)} characters; at most {LONGEST_PATTERN} are expected")
    search = _compiled(pattern).search
    if _Choices(pattern).of_whole() > MOST_CHOICES:
        raise ValueError(
            "the pattern could take too long: it is found anywhere in a text, so leave out .* at its ends; "
            "write {1,20} for * or +, or begin it with ^"
        )

    def found(text: str) -> bool:
        cut = text[:LONGEST_TEXT]
        if search(cut):
            return True
        normal = unicodedata.normalize("NFKC", cut)[:LONGEST_TEXT]
        return normal != cut and search(normal) is not None

    return found


def _compiled(pattern: str) -> re.Pattern[str]:
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error")
            return re.compile(pattern, re.IGNORECASE)
    except (re.error, OverflowError, RecursionError, Warning) as error:
        raise ValueError(f"not a regular expression: {error}") from None


class _Choices:
    """Counts the choices of a valid pattern while reading it once."""

    def __init__(self, pattern: str) -> None:
        self._pattern = pattern
        self._at = 0
        self._repeated_groups = 0

    def of_whole(self) -> int:
        places = 1 if self._pattern.startswith("^") and "|" not in self._pattern else LONGEST_TEXT
        return places * self._alternatives()

    def _alternatives(self) -> int:
        total = self._sequence()
        while self._next_is("|"):
            self._at += 1
            total += self._sequence()
        return total

    def _sequence(self) -> int:
        choices = 1
        while self._at < len(self._pattern) and not self._next_is("|") and not self._next_is(")"):
            choices = min(choices * self._piece(), MOST_CHOICES + 1)
        return choices

    def _next_is(self, start: str) -> bool:
        return self._pattern.startswith(start, self._at)

    def _piece(self) -> int:
        if not self._next_is("("):
            self._pass_character()
            quantifier = self._quantifier()
            return _span(quantifier) if quantifier else 1
        outside = self._repeated_groups
        inside = self._group()
        quantifier = self._quantifier()
        if quantifier is None:
            return inside
        if quantifier["sign"] == "?":
            return inside + 1
        if inside > 1 or self._repeated_groups > outside:
            raise ValueError("a repeated group must not hold *, +, ?, {n,m} or | itself; write (a|b)* as [ab]*")
        self._repeated_groups += 1
        return _span(quantifier)

    def _pass_character(self) -> None:
        if self._next_is("["):
            found = _CLASS.match(self._pattern, self._at)
            self._at = found.end() if found else len(self._pattern)
        elif self._next_is("\\"):
            if self._pattern[self._at + 1].isdigit():
                raise ValueError("back references such as \\1 are not supported")
            self._at += 2
        else:
            self._at += 1

    def _group(self) -> int:
        self._at += 1
        if self._next_is("?:"):
            self._at += 2
        elif self._next_is("?"):
            raise ValueError("of the groups that begin with (? only (?: is supported")
        choices = self._alternatives()
        self._at += 1
        return choices

    def _quantifier(self) -> re.Match[str] | None:
        found = _QUANTIFIER.match(self._pattern, self._at)
        if found is None or not (found["sign"] or found["low"] or found["comma"]):
            return None
        self._at = found.end()
        return found


def _span(quantifier: re.Match[str]) -> int:
    if quantifier["sign"]:
        return 2 if quantifier["sign"] == "?" else LONGEST_TEXT
    low, high = int(quantifier["low"] or 0), int(quantifier["high"] or 0)
    if max(low, high) > LONGEST_TEXT:
        raise ValueError(f"found a count of {max(low, high)}; at most {LONGEST_TEXT} is expected")
    if not quantifier["comma"]:
        return 1
    return (high if quantifier["high"] else LONGEST_TEXT) - low + 1
