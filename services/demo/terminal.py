"""The same in the terminal: a live dashboard where there is one, plain lines where there is none."""

import asyncio
from typing import Final

from rich.console import Console, Group
from rich.live import Live
from rich.markup import escape
from rich.panel import Panel
from rich.table import Table

from services.demo.performance import Performance
from services.demo.show import LABEL, Lang, Show, Told, title
from services.kpi.pages.words import Words
from services.kpi.views import PageView
from shared.resting import told_to_stop

REFRESH_SECONDS: Final = 1.0
LINE_SECONDS: Final = 10.0
ROWS: Final = 8
MESSAGES: Final = 6


class Lines:
    """Prints each line as it comes, while `quiet` is not set."""

    def __init__(self, console: Console, lang: Lang) -> None:
        self._console = console
        self._lang = lang
        self.quiet = False

    def __call__(self, told: Told) -> None:
        if not self.quiet:
            self._console.print(told.of(self._lang), markup=False, highlight=False, soft_wrap=True)


async def report(performance: Performance, lines: Lines, console: Console, stopping: asyncio.Event) -> None:
    """Tell how things stand until the run ends."""
    if console.is_terminal:
        await _dashboard(performance, lines, console, stopping)
    else:
        await _plain(performance, lines, stopping)


async def _dashboard(performance: Performance, lines: Lines, console: Console, stopping: asyncio.Event) -> None:
    while performance.page.is_starting and not stopping.is_set():
        await told_to_stop(stopping, REFRESH_SECONDS / 5)
    lines.quiet = True
    try:
        with Live(console=console, screen=False, auto_refresh=False, transient=True) as live:
            before = 0
            while not stopping.is_set():
                view = await performance.page.view()
                if view:
                    sent, before = performance.sent - before, performance.sent
                    live.update(screen(performance, view, sent / REFRESH_SECONDS), refresh=True)
                await told_to_stop(stopping, REFRESH_SECONDS)
    finally:
        lines.quiet = False


async def _plain(performance: Performance, lines: Lines, stopping: asyncio.Event) -> None:
    while not stopping.is_set():
        view = None if await told_to_stop(stopping, LINE_SECONDS) else await performance.page.view()
        if view:
            now = f"{performance.clock.now():%m/%d %H:%M}"
            lines(Told(f"{now}  {standing(view, 'en')}", f"{now}  {standing(view, 'ja')}"))


def standing(view: PageView, lang: Lang) -> str:
    """The funnel and what is late, in one line."""
    words = Words(lang)
    stages = "  ".join(f"{words.named('stage', stage.stage)} {stage.count:,}" for stage in view.funnel)
    late = sum(row.breached for row in view.stuck)
    waiting = sum(row.waiting for row in view.stuck)
    return f"[{LABEL}]  {stages}  ·  {words('breached')} {late}  {words('waiting')} {waiting}"


def screen(performance: Performance, view: PageView, events_a_second: float) -> Group:
    """The dashboard: what goes on, the funnel, who has what for how long, the newest Slack messages."""
    lang, show, clock = performance.options.lang, performance.show, performance.clock
    head = (
        f"[bold]{clock.now():%Y-%m-%d %a %H:%M}[/]  {clock.rate:.0f}×  {events_a_second:.0f} events/s  "
        f"[underline]{performance.url}[/]  {_first_card(show)}"
    )
    now = Panel(f"{head}\n{escape(show.narration.of(lang))}", title=f"Baton · {LABEL}", title_align="left")
    return Group(now, _funnel(view, lang), _stuck(view, lang), _messages(performance), "Ctrl-C: stop")


def _first_card(show: Show) -> str:
    if show.first_card_seconds is None:
        return ""
    seconds = f"{show.first_card_seconds:.1f}"
    return f"最初のカード {seconds} 秒" if show.lang == "ja" else f"first card {seconds} s"


def _funnel(view: PageView, lang: Lang) -> Table:
    words = Words(lang)
    table = Table(*(words.named("stage", stage.stage) for stage in view.funnel), expand=True)
    table.add_row(*(f"[bold]{stage.count:,}[/]" for stage in view.funnel))
    return table


def _stuck(view: PageView, lang: Lang) -> Table:
    words = Words(lang)
    heads = (
        words("owner"),
        words("stage"),
        words("open_leads"),
        f"{words('oldest')} ({words('h')})",
        words("breached"),
    )
    table = Table(*heads, title=words("stuck"), title_justify="left", expand=True)
    for row in view.stuck[:ROWS]:
        owner = view.rep_names.get(row.owner, row.owner) or words("nobody")
        late = f"[bold red]{row.breached}[/]" if row.breached else ""
        table.add_row(
            escape(owner), words.named("stage", row.stage), str(row.count), f"{row.oldest_working_hours:.1f}", late
        )
    return table


def _messages(performance: Performance) -> Table:
    table = Table("Slack →", "", title="Slack", title_justify="left", expand=True, show_header=False)
    for card in performance.show.latest(MESSAGES):
        to = performance.show.names.get(card.message.channel, card.message.channel)
        table.add_row(f"{card.at:%H:%M} {escape(to)}", escape(title(card.message)))
    return table
