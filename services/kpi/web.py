"""Kpi over HTTP: the page, the leads behind each number, and the numbers as JSON."""

from collections.abc import Awaitable, Callable, Sequence
from datetime import timedelta
from functools import wraps

from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, Response
from starlette.routing import BaseRoute, Route

from services.kpi import queries, store
from services.kpi.pages import Frame, render_leads, render_mistake, render_page
from services.kpi.pages.words import Words
from services.kpi.playbook import KpiPlaybook, load
from services.kpi.queries import QueryError
from services.kpi.report import report
from services.kpi.views import LeadFilter, LeadsView, PageView, leads_json, leads_view, page_view, stuck_json
from shared.active_playbook import ActivePlaybook
from shared.clock import domain_now
from shared.service import Running

REFRESH_SECONDS = 5
MOST_LISTED = 500
Answer = Callable[["Pages", Request], Awaitable[Response]]


def understood(answer: Answer) -> Answer:
    """The answer; where a part of the address means nothing, 400 and a sentence about it."""

    @wraps(answer)
    async def checked(pages: "Pages", request: Request) -> Response:
        try:
            return await answer(pages, request)
        except QueryError as error:
            return await pages.refused(request, error)

    return checked


class Pages:
    """Answers from the database, with the playbook in force; `label` stands on every screen, such as "simulated"."""

    def __init__(self, running: Running) -> None:
        self._pool = running.pool
        self._label = running.settings.label or None
        self._playbook = ActivePlaybook(load)

    @understood
    async def overview(self, request: Request) -> Response:
        lang = queries.language(request)
        view, playbook = await self._page_view(queries.days(request))
        return HTMLResponse(render_page(view, lang or playbook.lang, self._label))

    @understood
    async def stuck(self, request: Request) -> Response:
        view, _ = await self._page_view(queries.days(request))
        return JSONResponse(stuck_json(view))

    @understood
    async def kpi(self, request: Request) -> Response:
        days = queries.days(request)
        async with self._pool.acquire() as connection:
            playbook = (await self._playbook.read(connection)).rules
            now = await domain_now(connection)
            since = (now.astimezone(playbook.zone) - timedelta(days=days)).date() if days else None
            counts = await store.read_counts(connection, since)
        return JSONResponse(report(counts, relay_has_is=playbook.relay_has_is))

    @understood
    async def leads(self, request: Request) -> Response:
        lang, wanted = queries.language(request), queries.lead_filter(request)
        view, playbook = await self._leads_view(wanted)
        if queries.wants_json(request):
            return JSONResponse(leads_json(view))
        return HTMLResponse(render_leads(view, lang or playbook.lang, self._label))

    async def refused(self, request: Request, error: QueryError) -> Response:
        """400 with what was wrong, as JSON for programs, in English, and as a page for people."""
        if queries.wants_json(request):
            return JSONResponse({"error": str(error)}, status_code=400)
        async with self._pool.acquire() as connection:
            playbook, now = (await self._playbook.read(connection)).rules, await domain_now(connection)
        words = Words(playbook.lang if error.name == "lang" else queries.language(request) or playbook.lang)
        frame = Frame(words, words("not_understood"), playbook.company, now, playbook.zone, self._label, "/", None)
        return HTMLResponse(render_mistake(frame, error.told(words)), status_code=400)

    async def _page_view(self, days: int | None) -> tuple[PageView, KpiPlaybook]:
        async with self._pool.acquire() as connection:
            playbook = (await self._playbook.read(connection)).rules
            now = await domain_now(connection)
            since = (now.astimezone(playbook.zone) - timedelta(days=days)).date() if days else None
            counts = await store.read_counts(connection, since)
            standing, stages = await store.in_hand(connection), await store.stage_counts(connection)
        view = page_view(standing, stages, counts, now, playbook, period_days=days, refresh_seconds=REFRESH_SECONDS)
        return view, playbook

    async def _leads_view(self, wanted: LeadFilter) -> tuple[LeadsView, KpiPlaybook]:
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
