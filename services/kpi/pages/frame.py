"""What surrounds every page: one HTML document that loads nothing from elsewhere."""

from datetime import datetime, tzinfo
from functools import cache
from html import escape
from importlib import resources
from typing import NamedTuple

from services.kpi.pages.parts import link, moment
from services.kpi.pages.words import Words
from shared.locales import Locale


class Frame(NamedTuple):
    """What surrounds a page; `label` is shown on every screen, for example that the data is simulated."""

    words: Words
    title: str
    company: str
    at: datetime
    zone: tzinfo
    label: str | None
    path: str
    refresh_seconds: int | None


def document(frame: Frame, body: str, beside: str = "") -> str:
    """The whole HTML document: nothing is loaded from elsewhere."""
    words = frame.words
    other: Locale = "en" if words.lang == "ja" else "ja"
    label = f'<p class="label" role="note">{escape(frame.label)}</p>' if frame.label else ""
    aside = f'<aside class="beside">{beside}</aside>' if beside else ""
    name = f'<span class="company">{escape(frame.company)}</span>' if frame.company else ""
    as_of = moment(frame.at, frame.zone)
    clock = f"{as_of} {words('as_of')}" if words.lang == "ja" else f"{words('as_of')} {as_of}"
    return f"""<!doctype html>
<html lang="{words.lang}">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="robots" content="noindex">
<title>{escape(frame.title)} · Baton</title>
<link rel="icon" href="data:,">
<style>{_file("style.css")}</style>
</head>
<body>
<a class="skip" href="#numbers">{words("skip")}</a>
{label}
<header class="top">
<a class="brand" href="{link("/", words)}">{_file("mark.svg")}Baton</a>{name}
<span class="as-of">{clock} <span class="zone">({escape(str(frame.zone))})</span></span>
{_language(frame.path, other, words)}
</header>
<div class="{"layout with-beside" if beside else "layout"}">
<main id="numbers">{body}</main>
{aside}</div>
<footer>{words("foot")}</footer>
{_refresh(frame.refresh_seconds)}</body>
</html>
"""


def _language(path: str, other: Locale, words: Words) -> str:
    address = escape(f"{path}{'&' if '?' in path else '?'}lang={other}")
    return f'<a class="language" hreflang="{other}" lang="{other}" href="{address}">{words("other_language")}</a>'


def _refresh(seconds: int | None) -> str:
    if not seconds:
        return ""
    return f'<script data-seconds="{seconds}">{_file("refresh.js")}</script>\n'


@cache
def _file(name: str) -> str:
    return resources.files("services.kpi.pages").joinpath(name).read_text("utf-8").strip()
