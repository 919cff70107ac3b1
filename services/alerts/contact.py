"""Ways to reach a lead as Slack shows them: links where the text is a plausible number or address, else plain text."""

import re
from typing import Final
from unicodedata import normalize

from services.alerts.markup import escaped

LONGEST_PLAIN: Final = 100
_DASHES: Final = str.maketrans(dict.fromkeys("‐‑‒–—―−ーｰ", "-"))
_NUMBER = re.compile(r"\+?[0-9(][0-9() .-]*[0-9]")
_TRUNK_ZERO = "(0)"
_DIGITS: Final = range(7, 16)
"""Digits of a telephone number: E.164 allows fifteen; local numbers have at least seven."""
_ADDRESS = re.compile(r"[A-Za-z0-9._+-]{1,64}@(?:[A-Za-z0-9-]{1,63}\.)+[A-Za-z]{2,63}")
_LONGEST_ADDRESS: Final = 254


def telephone(text: str) -> str:
    """A `tel:` link, read as a Japanese keyboard may have written it; `text` escaped where it is no such number."""
    line = normalize("NFKC", text).translate(_DASHES).strip()
    dialled = re.sub(r"[^0-9+]", "", line.replace(_TRUNK_ZERO, "") if line.startswith("+") else line)
    plausible = _NUMBER.fullmatch(line) and len(dialled.lstrip("+")) in _DIGITS
    return f"<tel:{dialled}|{line}>" if plausible else escaped(text, LONGEST_PLAIN)


def mail(text: str) -> str:
    """A `mailto:` link; `text` escaped where it is no plain address."""
    line = normalize("NFKC", text).strip()
    plausible = _ADDRESS.fullmatch(line) and len(line) <= _LONGEST_ADDRESS
    return f"<mailto:{line}|{line}>" if plausible else escaped(text, LONGEST_PLAIN)
