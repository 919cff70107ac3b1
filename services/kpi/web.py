"""Kpi over HTTP: the page, the leads behind each number, and the numbers as JSON."""

from collections.abc import Sequence
from datetime import timedelta
from typing import Literal

from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, Response
from starlette.routing import BaseRoute, Route

from services.kpi import store
from services.kpi.pages import render_leads, render_page
from services.kpi.playbook import KpiPlaybook, load
from services.kpi.report import report
from services.kpi.views import LeadFilter, LeadsView, PageView, leads_json, leads_view, page_view, stuck_json
from shared.active_playbook import ActivePlaybook
from shared.clock import domain_now
from shared.service import Running

REFRESH_SECONDS = 5
MOST_LISTED = 500
LONGEST_PERIOD_DAYS = 3660
NUL = "\x00"
"""No column of Postgres holds it, so nothing is found under a name with one."""


class Pages:
    """Answers from the database, with the playbook in force; `label` stands on every screen, such as "simulated"."""

    def __init__(self, running: Running) -> None:
        self._pool = running.pool
        self._label = running.settings.label or None
        self._playbook = ActivePlaybook(load)

    async def overview(self, request: Request) -> Response:
        view, playbook = await self._page_view(_days(request))
        return HTMLResponse(render_page(view, _lang(request, playbook), self._label))

    async def stuck(self, request: Request) -> Response:
        view, _ = await self._page_view(_days(request))
        return JSONResponse(stuck_json(view))

    async def kpi(self, request: Request) -> Response:
        async with self._pool.acquire() as connection:
            playbook = (await self._playbook.read(connection)).rules
            now, days = await domain_now(connection), _days(request)
            since = (now.astimezone(playbook.zone) - timedelta(days=days)).date() if days else None
            counts = await store.read_counts(connection, since)
        return JSONResponse(report(counts, relay_has_is=playbook.relay_has_is))

    async def leads(self, request: Request) -> Response:
        view, playbook = await self._leads_view(request)
        if request.query_params.get("format") == "json" or "application/json" in request.headers.get("accept", ""):
            return JSONResponse(leads_json(view))
        return HTMLResponse(render_leads(view, _lang(request, playbook), self._label))

    async def _page_view(self, days: int | None) -> tuple[PageView, KpiPlaybook]:
        async with self._pool.acquire() as connection:
            playbook = (await self._playbook.read(connection)).rules
            now = await domain_now(connection)
            since = (now.astimezone(playbook.zone) - timedelta(days=days)).date() if days else None
            counts = await store.read_counts(connection, since)
            standing, stages = await store.in_hand(connection), await store.stage_counts(connection)
        view = page_view(standing, stages, counts, now, playbook, period_days=days, refresh_seconds=REFRESH_SECONDS)
        return view, playbook

    async def _leads_view(self, request: Request) -> tuple[LeadsView, KpiPlaybook]:
        wanted = _filter(request)
        async with self._pool.acquire() as connection:
            playbook = (await self._playbook.read(connection)).rules
            found, total = await store.chosen(connection, wanted, MOST_LISTED)
            now = await domain_now(connection)
        return leads_view(found, total, wanted, now, playbook, refresh_seconds=REFRESH_SECONDS), playbook


def routes(running: Running) -> Sequence[BaseRoute]:
    pages = Pages(running)
    return [
        Route("/", pages.overview),
        Route("/stuck", pages.stuck),
        Route("/kpi", pages.kpi),
        Route("/leads", pages.leads),
    ]


def _lang(request: Request, playbook: KpiPlaybook) -> Literal["en", "ja"]:
    asked: dict[str, Literal["en", "ja"]] = {"en": "en", "ja": "ja"}
    return asked.get(request.query_params.get("lang", ""), playbook.lang)


def _days(request: Request) -> int | None:
    """How many days back; None, for all time, where it is absent or no number of days."""
    digits = request.query_params.get("days", "").lstrip("0")
    if not digits.isascii() or not digits.isdigit():
        return None
    return LONGEST_PERIOD_DAYS if len(digits) > len(str(LONGEST_PERIOD_DAYS)) else min(int(digits), LONGEST_PERIOD_DAYS)


def _filter(request: Request) -> LeadFilter:
    query = {name: text.replace(NUL, "\ufffd") for name, text in request.query_params.items()}
    return LeadFilter(
        stage=query.get("stage", ""),
        team=query.get("team", ""),
        owner=query.get("owner", ""),
        unowned=bool(query.get("unowned")),
        breached=bool(query.get("breached")),
        waiting=bool(query.get("waiting")),
    )
