"""Lines for the terminal that break between words and phrases, never inside a name."""

import re
from collections.abc import Iterable

from rich.cells import cell_len

PHRASE = r"（?[^\s。、：（]+[。、：）]*\s*|[（。、：\s]"


def wrapped(text: str, width: int, names: Iterable[str]) -> list[str]:
    """The text in lines of at most `width` cells; only a piece that is longer than a line stands out."""
    lines = [""]
    for piece in _pieces(text, names):
        if lines[-1] and cell_len((lines[-1] + piece).rstrip()) > width:
            lines.append("")
        lines[-1] += piece
    return [line.rstrip() for line in lines]


def _pieces(text: str, names: Iterable[str]) -> list[str]:
    """Words with the space after them; in Japanese, what stands between its marks; names whole with what clings."""
    whole = "|".join(re.escape(name) for name in sorted(set(names), key=len, reverse=True) if name)
    pattern = rf"(?:{whole})(?:{PHRASE})?|{_until(whole)}" if whole else PHRASE
    return re.findall(pattern, text)


def _until(names: str) -> str:
    """A phrase that ends where a name begins."""
    return rf"（?(?:(?!{names})[^\s。、：（])+[。、：）]*\s*|[（。、：\s]"
