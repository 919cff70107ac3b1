"""The leads behind a number."""

from html import escape
from typing import Final
from urllib.parse import quote

from services.kpi.pages.frame import Frame, document
from services.kpi.pages.parts import Column, badge, link, moment, number, table
from services.kpi.pages.words import Words
from services.kpi.standing import Standing
from services.kpi.stuck import OpenLead
from services.kpi.views import LeadFilter, LeadsView
from shared.locales import Locale

LEAD_ID: Final = "{lead_id}"
"""Where a lead's id goes in the address of its page in the CRM."""


def render_leads(view: LeadsView, lang: Locale, label: str | None = None) -> str:
    """The list of leads as an HTML document."""
    words = Words(lang, view.labels)
    path = link("/leads", words, **_query(view.chosen))
    path = path.removesuffix(f"lang={lang}").replace("&amp;", "&").rstrip("&?")
    frame = Frame(words, words("lead_list"), view.company, view.at, view.zone, label, path, view.refresh_seconds)
    return document(frame, _body(view, words))


def _query(chosen: LeadFilter) -> dict[str, str | int | None]:
    flags = {name: 1 if getattr(chosen, name) else None for name in ("unowned", "breached", "waiting")}
    return {"stage": chosen.stage, "team": chosen.team, "owner": chosen.owner, **flags}


def _body(view: LeadsView, words: Words) -> str:
    shown = len(view.leads)
    note = words.counted("list_note", shown) if shown == view.total else words("listed_of", n=view.total, shown=shown)
    listed = _table(view, words) if view.leads else f'<p class="empty">{words("no_leads")}</p>'
    return (
        f'<p class="back"><a href="{link("/", words)}">← {words("back")}</a></p>'
        f'<h1 class="answer">{_heading(view, words)}</h1>'
        f'<section class="card wide"><p class="note">{note}</p>{listed}</section>'
    )


def _heading(view: LeadsView, words: Words) -> str:
    chosen = view.chosen
    owner = view.rep_names.get(chosen.owner, chosen.owner) or (words("nobody") if chosen.unowned else "")
    parts = [
        words.named("stage", chosen.stage) if chosen.stage else words("lead_list"),
        words.named("team", chosen.team),
        owner,
        words("breached") if chosen.breached else "",
        words("waiting") if chosen.waiting else "",
    ]
    return escape(" · ".join(part for part in parts if part))


def _table(view: LeadsView, words: Words) -> str:
    columns = (
        Column(words("lead")),
        Column(words("stage")),
        Column(words("owner")),
        Column(words("since")),
        Column(words("hours"), figures=True),
        Column(words("status")),
        Column(words("due")),
    )
    return table(words("lead_list"), columns, [_row(view, lead, words) for lead in view.leads], "stacked")


def _row(view: LeadsView, lead: OpenLead, words: Words) -> list[str]:
    now = lead.standing
    late = f" {badge(words('overdue'), 'bad')}" if lead.overdue else ""
    return [
        _lead(view, now),
        escape(words.named("stage", now.stage)),
        escape(view.rep_names.get(now.owner, now.owner) or words("nobody")),
        moment(now.entered_at, view.zone),
        number(lead.working_hours, 1),
        _status(lead, words),
        moment(now.due_at, view.zone) + late,
    ]


def _lead(view: LeadsView, now: Standing) -> str:
    """The company, the person and the lead's id, which leads to its page in the CRM where there is one."""
    names = "".join(f'<span class="{css}">{escape(name)}</span>' for css, name in _names(now) if name)
    code = f"<code>{escape(now.lead_id)}</code>"
    if not view.lead_page:
        return names + code
    address = escape(view.lead_page.replace(LEAD_ID, quote(now.lead_id, safe="")))
    return f'{names}<a href="{address}" rel="noreferrer">{code}</a>'


def _names(now: Standing) -> tuple[tuple[str, str], ...]:
    return ("firm", now.company), ("person", now.person)


def _status(lead: OpenLead, words: Words) -> str:
    now = lead.standing
    told = (("breached", now.breached, "bad"), ("stale", now.stale, "late"))
    badges = " ".join(badge(words(key), tone) for key, holds, tone in told if holds)
    return f"{escape(words.named('status', now.status))} {badges}"
