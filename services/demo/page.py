"""The demo's one page: the kpi service's own screen with the Slack messages beside it, and the stand-in Slack API."""

import asyncio
from collections.abc import Sequence
from datetime import timedelta
from functools import cache
from html import escape
from importlib import resources
from urllib.parse import parse_qsl

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, RedirectResponse, Response
from starlette.routing import BaseRoute, Mount, Route

from services.demo.blocks import rendered
from services.demo.pressing import Presser
from services.demo.show import LABEL, Show, ShownCard
from services.demo.slack import SlackServer
from services.kpi import store
from services.kpi.pages import render_page
from services.kpi.playbook import KpiPlaybook
from services.kpi.views import PageView, page_view
from services.kpi.web import Pages
from shared.clock import domain_now
from shared.db import Pool
from shared.locales import Locale, locale_named
from shared.metrics import Metrics
from shared.service import Running
from shared.settings import Settings

MOST_CARDS = 24
REFRESH_SECONDS = 2
WORDS = {
    "slack": ("Slack", "Slack"),
    "note": ("What Baton has told whom. The buttons work.", "Batonが誰に何を伝えたか。ボタンは実際に動きます。"),
    "now": ("Now", "いま"),
    "updated": ("updated", "更新"),
    "you": ("You are this rep", "あなたが担当です"),
    "none": ("No message yet.", "まだメッセージはありません。"),
    "ended": ("The demo has ended", "デモは終了しました"),
    "starting": ("Baton is starting", "Batonを起動しています"),
}


def said(key: str, lang: Locale) -> str:
    return WORDS[key][1 if lang == "ja" else 0]


class DemoPage:
    """Serves from the first second; the numbers come once `open` was given the database."""

    def __init__(self, show: Show, slack: SlackServer, presser: Presser, playbook: KpiPlaybook) -> None:
        self._show = show
        self._slack = slack
        self._presser = presser
        self._playbook = playbook
        self._pool: Pool | None = None
        self._pages: Pages | None = None
        self._heading = "starting"
        self.app = Starlette(routes=self._routes())

    def open(self, pool: Pool) -> None:
        """Show the numbers from now on; the pool is on kpi's schema."""
        self._pool = pool
        running = Running(
            pool, Settings(label=LABEL.of(self._show.lang)), Metrics("demo"), asyncio.Event(), lambda: None
        )
        self._pages = Pages(running)

    def close(self) -> None:
        """The run is over: the database goes, the page says so."""
        self._pool, self._pages, self._heading = None, None, "ended"

    @property
    def is_starting(self) -> bool:
        return self._pool is None

    async def view(self, days: int | None = None) -> PageView | None:
        """The first screen's numbers; None while the system starts."""
        if self._pool is None:
            return None
        async with self._pool.acquire() as connection:
            now = await domain_now(connection)
            since = (now.astimezone(self._playbook.zone) - timedelta(days=days)).date() if days else None
            counts = await store.read_counts(connection, since)
            standing, stages = await store.in_hand(connection), await store.stage_counts(connection)
        return page_view(
            standing, stages, counts, now, self._playbook, period_days=days, refresh_seconds=REFRESH_SECONDS
        )

    def _routes(self) -> Sequence[BaseRoute]:
        return [
            Route("/", self._overview),
            Route("/cards", self._cards),
            Route("/press", self._press, methods=["POST"]),
            Route("/leads", self._leads),
            Route("/stuck", self._stuck),
            Route("/kpi", self._kpi),
            Mount("/slack", app=self._slack.app),
        ]

    async def _overview(self, request: Request) -> Response:
        lang = self._lang(request)
        days = request.query_params.get("days", "")
        view = await self.view(int(days) if days in ("7", "30", "90") else None)
        if view is None:
            return HTMLResponse(waiting_page(self._show, lang, said(self._heading, lang)))
        beside = f'<div id="slack">{cards(self._show, lang)}</div><style>{_file("slack.css")}</style>'
        return HTMLResponse(render_page(view, lang, LABEL.of(lang), f"{beside}<script>{_file('slack.js')}</script>"))

    async def _cards(self, request: Request) -> Response:
        return HTMLResponse(cards(self._show, self._lang(request)))

    async def _leads(self, request: Request) -> Response:
        if self._pages is None:
            return RedirectResponse("/", status_code=303)
        return await self._pages.leads(request)

    async def _stuck(self, request: Request) -> Response:
        return _no_numbers() if self._pages is None else await self._pages.stuck(request)

    async def _kpi(self, request: Request) -> Response:
        return _no_numbers() if self._pages is None else await self._pages.kpi(request)

    async def _press(self, request: Request) -> Response:
        form = dict(parse_qsl((await request.body()).decode(errors="replace")))
        shown = self._show.cards.get((form.get("channel", ""), form.get("ts", "")))
        action, option = form.get("action", ""), form.get("option", "")
        if shown is None or not await self._presser.press(shown.message, action, option):
            return Response("this message has no such button or option", status_code=400)
        return RedirectResponse("/", status_code=303)

    def _lang(self, request: Request) -> Locale:
        return locale_named(request.query_params.get("lang", "")) or self._show.lang


def _no_numbers() -> Response:
    return JSONResponse({"error": "the numbers are there once Baton has started"}, status_code=503)


def cards(show: Show, lang: Locale) -> str:
    """What goes on now, and the newest messages as Slack shows them."""
    listed = "".join(_card(show, card, lang) for card in show.latest(MOST_CARDS))
    return (
        f'<section class="now" aria-live="polite"><h2>{said("now", lang)}</h2>'
        f"<p>{escape(show.narration.of(lang))}</p></section>"
        f'<h2 class="slack-title">{said("slack", lang)}</h2><p class="note">{said("note", lang)}</p>'
        f'<div class="messages">{listed or said("none", lang)}</div>'
    )


def _card(show: Show, card: ShownCard, lang: Locale) -> str:
    message = card.message
    pinned = show.is_pinned(card)
    to = show.names.get(message.channel, message.channel)
    changed = f' <span class="edited">({said("updated", lang)})</span>' if message.revision else ""
    yours = f'<span class="yours">{said("you", lang)}</span>' if pinned else ""
    return (
        f'<article class="{"message pinned" if pinned else "message"}" id="m-{escape(message.ts)}"'
        f' data-revision="{message.revision}{"p" if pinned else ""}"><header><span class="app">B</span><b>Baton</b>'
        f'<span class="badge-app">APP</span><time>{card.at:%m/%d %H:%M}</time>{changed}'
        f'<span class="to">→ {escape(to)}</span>{yours}</header>{rendered(message)}</article>'
    )


def waiting_page(show: Show, lang: Locale, heading: str) -> str:
    """What is shown before and after the numbers can be."""
    steps = "".join(f"<li>{escape(step.of(lang))}</li>" for step in show.steps)
    return (
        f'<!doctype html><html lang="{lang}"><head><meta charset="utf-8"><meta http-equiv="refresh" content="1">'
        f'<title>Baton</title><link rel="icon" href="data:,"><style>{_file("starting.css")}</style></head>'
        f"<body><p class='label'>{LABEL.of(lang)}</p><h1>{heading}</h1>"
        f"<p class='now'>{escape(show.narration.of(lang))}</p><ol>{steps}</ol></body></html>"
    )


@cache
def _file(name: str) -> str:
    return resources.files("services.demo").joinpath(name).read_text("utf-8").strip()
