"""What every page is made of: escaped text, numbers as people read them, tables."""

from collections.abc import Mapping, Sequence
from datetime import datetime, tzinfo
from html import escape
from typing import Final, NamedTuple
from urllib.parse import urlencode

from services.kpi.pages.words import Words
from shared.locales import Locale

_LARGE: Final[Mapping[Locale, tuple[tuple[int, str], ...]]] = {
    "ja": ((10**8, "億"), (10**6, "百万")),
    "en": ((10**9, "B"), (10**6, "M")),
}
"""Units of large sums, from which size on."""
DASH = '<span class="none">–</span>'


class Column(NamedTuple):
    """A table's column; figures stand right."""

    title: str
    figures: bool = False


def link(path: str, words: Words, **query: str | int | None) -> str:
    """A relative address that keeps the language."""
    return escape(f"{path}?{urlencode({k: v for k, v in query.items() if v not in (None, '')} | {'lang': words.lang})}")


def number(value: float | None, digits: int = 0) -> str:
    return DASH if value is None else f"{value:,.{digits}f}"


def percent(value: float | None, digits: int = 1) -> str:
    return DASH if value is None else f'{value * 100:.{digits}f}<span class="unit">%</span>'


def work(length: str, words: Words) -> str:
    """A length as the playbook writes it (`1bd`, `4h`) in words."""
    days = length.removesuffix("bd")
    return words.counted("business_days", int(days)) if days != length else f"{length} {words('of_work')}"


def money(by_currency: dict[str, float]) -> str:
    return "<br>".join(f'<span class="unit">{code}</span> {n:,.0f}' for code, n in by_currency.items()) or DASH


def short_money(by_currency: dict[str, float], words: Words) -> str:
    """Sums in large units, each on one line: `1.61億円`, `JPY 161M`; the exact sum shows on pointing at it."""
    return "<br>".join(_short(code, n, words) for code, n in by_currency.items()) or DASH


def _short(code: str, n: float, words: Words) -> str:
    size, unit = next(((size, unit) for size, unit in _LARGE[words.lang] if abs(n) >= size), (1, ""))
    figure = number(n / size, 0 if size == 1 else max(0, 3 - len(f"{abs(n) / size:.0f}")))
    if words.lang == "ja" and code == "JPY":
        shown = f'{figure}<span class="unit">{unit}円</span>'
    else:
        shown = f'<span class="unit">{escape(code)}</span> {figure}<span class="unit">{unit}</span>'
    return f'<span class="sum" title="{escape(code)} {n:,.0f}">{shown}</span>'


def length(seconds: int | None, words: Words) -> str:
    """Seconds as the unit that people would use: `under 1 min`, `12 min`, `3.5 h`."""
    if seconds is None:
        return DASH
    ja = words.lang == "ja"
    if seconds < 60:
        return f'<span class="short">{words("under_a_minute")}</span>'
    if seconds < 3600:
        return f'{seconds // 60}<span class="unit"> {"分" if ja else "min"}</span>'
    return f'{seconds / 3600:,.1f}<span class="unit"> {words("h")}</span>'


def moment(at: datetime | None, zone: tzinfo) -> str:
    """A time in the company's zone, to the minute."""
    if at is None:
        return DASH
    local = at.astimezone(zone)
    return f'<time datetime="{at.isoformat()}">{local:%Y-%m-%d %H:%M}</time>'


def table(caption: str, columns: Sequence[Column], rows: Sequence[Sequence[str]], css: str = "") -> str:
    """A table with headers; the cells are HTML. The first cell of a row is its header."""
    heads = "".join(f'<th scope="col"{_align(column)}>{escape(column.title)}</th>' for column in columns)
    body = "".join(f"<tr>{_cells(columns, row)}</tr>" for row in rows)
    return (
        f'<table class="{css}"><caption class="hidden">{escape(caption)}</caption>'
        f"<thead><tr>{heads}</tr></thead><tbody>{body}</tbody></table>"
    )


def _cells(columns: Sequence[Column], row: Sequence[str]) -> str:
    first, *others = row
    cells = "".join(
        f'<td data-label="{escape(column.title)}"{_align(column)}>{cell}</td>'
        for column, cell in zip(columns[1:], others, strict=True)
    )
    return f'<th scope="row">{first}</th>{cells}'


def _align(column: Column) -> str:
    return ' class="figures"' if column.figures else ""


def card(title: str, body: str, note: str = "", css: str = "") -> str:
    """A titled section of the page."""
    explained = f'<p class="note">{escape(note)}</p>' if note else ""
    return f'<section class="card {css}"><h2>{escape(title)}</h2>{explained}{body}</section>'


def badge(text: str, tone: str) -> str:
    return f'<span class="badge {tone}">{escape(text)}</span>'
