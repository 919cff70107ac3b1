"""The first screen: what is stuck where, with whom, how many, for how many working hours."""

from html import escape

from services.kpi.pages import days, figures
from services.kpi.pages.frame import Frame, document
from services.kpi.pages.parts import Column, badge, card, link, number, percent, table
from services.kpi.pages.words import Words
from services.kpi.stuck import FunnelStage, StuckRow
from services.kpi.views import PageView
from shared.locales import Locale

JOINTS = {
    "mql": "lead_to_mql_cohort",
    "sql": "mql_to_sql_cohort",
    "opportunity": "sql_to_opportunity_cohort",
    "customer": "win_cohort",
}
"""The rate with which leads came to a stage from the one before."""
PERIODS = (7, 30, 90, None)


def render_page(view: PageView, lang: Locale, label: str | None = None, slack_cards_html: str = "") -> str:
    """The overview as an HTML document; `slack_cards_html` is put beside it as it is."""
    words = Words(lang, view.labels)
    period = f"/?days={view.period_days}" if view.period_days else "/"
    frame = Frame(words, words("title"), view.company, view.at, view.zone, label, period, view.refresh_seconds)
    body = _answer(view, words) + _relay(view, words) + _stuck(view, words) + _numbers(view, words)
    return document(frame, body, slack_cards_html)


def _answer(view: PageView, words: Words) -> str:
    """The state of the relay in a sentence or three."""
    if not view.stuck:
        return f'<h1 class="answer">{words("nothing_in_hand")}</h1>'
    breached = sum(row.breached for row in view.stuck)
    waiting = sum(row.waiting for row in view.stuck)
    worst = max(view.stuck, key=lambda row: row.oldest_working_hours)
    first = f'<strong class="bad">{words.counted("past", breached)}</strong>' if breached else words("all_moving")
    second = f' <strong class="late">{words.counted("waiting", waiting)}</strong>' if waiting else ""
    longest = words(
        "longest",
        hours=number(worst.oldest_working_hours, 1),
        stage=escape(words.named("stage", worst.stage)),
        owner=_owner(view, worst.owner, words),
    )
    return f'<h1 class="answer">{first}{second}</h1><p class="longest">{longest}</p>'


def _owner(view: PageView, owner: str, words: Words) -> str:
    return escape(view.rep_names.get(owner, owner) or words("nobody"))


def _relay(view: PageView, words: Words) -> str:
    stages = "".join(_stage(view, stage, words) for stage in view.funnel)
    return card(words("relay"), f'<ol class="relay">{stages}</ol>', words("relay_note"), "wide")


def _stage(view: PageView, stage: FunnelStage, words: Words) -> str:
    rate = view.report["rates"].get(JOINTS.get(stage.stage, ""))
    joint = f'<span class="joint">{percent(rate, 0)}</span>' if rate is not None else ""
    name = escape(words.named("stage", stage.stage))
    figure = f'<span class="count">{stage.count:,}</span>'
    badges = "".join(
        f'<a href="{link("/leads", words, stage=stage.stage, **{key: 1})}">{badge(f"{words(key)} {n:,}", tone)}</a>'
        for key, n, tone in (("breached", stage.breached, "bad"), ("waiting", stage.waiting, "late"))
        if n
    )
    hours = stage.oldest_working_hours
    idle = f'<span class="idle">{words("oldest")} {number(hours, 1)} {words("h")}</span>' if hours else ""
    tone = "bad" if stage.breached else "late" if stage.waiting else "calm"
    return (
        f'<li class="stage {tone}">{joint}<a class="open" href="{link("/leads", words, stage=stage.stage)}">'
        f'<span class="name">{name}</span>{figure}</a><span class="marks">{badges}{idle}</span></li>'
    )


def _stuck(view: PageView, words: Words) -> str:
    if not view.stuck:
        return card(words("stuck"), f'<p class="empty">{words("nothing_stuck")}</p>', css="main-table")
    columns = (
        Column(words("owner")),
        Column(words("stage")),
        Column(words("team")),
        Column(words("open_leads"), figures=True),
        Column(f"{words('oldest')} ({words('h')})", figures=True),
        Column(words("state")),
    )
    longest = max(row.oldest_working_hours for row in view.stuck)
    rows = [_stuck_row(view, row, longest, words) for row in view.stuck]
    return card(words("stuck"), table(words("stuck"), columns, rows, "stacked"), words("stuck_note"), "main-table")


def _stuck_row(view: PageView, row: StuckRow, longest: float, words: Words) -> list[str]:
    address = link("/leads", words, stage=row.stage, team=row.team, owner=row.owner, unowned=None if row.owner else 1)
    filled = 100 * row.oldest_working_hours / longest if longest else 0
    return [
        f'<a href="{address}">{_owner(view, row.owner, words)}</a>',
        escape(words.named("stage", row.stage)),
        escape(words.named("team", row.team)) or "–",
        f'<a href="{address}">{row.count:,}</a>',
        f'<span class="hours" style="--filled:{filled:.0f}%">{number(row.oldest_working_hours, 1)}</span>',
        _state(row, words),
    ]


def _state(row: StuckRow, words: Words) -> str:
    told = (("breached", row.breached, "bad"), ("waiting", row.waiting, "late"), ("stale", row.stale, "late"))
    badges = [badge(f"{words(key)} {n:,}", tone) for key, n, tone in told if n]
    return " ".join(badges) or badge(words("on_track"), "good")


def _numbers(view: PageView, words: Words) -> str:
    chips = "".join(_period_chip(view, period, words) for period in PERIODS)
    head = f'<nav class="periods" aria-label="{words("period")}">{chips}</nav>'
    return (
        f'<div class="side">{figures.deadlines(view, words)}</div>'
        f'<div class="numbers">{head}{figures.answers(view, words)}'
        f"{figures.conversion(view, words)}{days.by_day(view, words)}"
        f"{figures.by_source(view, words)}{figures.by_rep(view, words)}</div>"
    )


def _period_chip(view: PageView, period: int | None, words: Words) -> str:
    text = words("days", n=period) if period else words("all_time")
    current = ' aria-current="true"' if period == view.period_days else ""
    return f'<a href="{link("/", words, days=period)}"{current}>{text}</a>'
