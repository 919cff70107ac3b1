"""The same in the terminal: a live dashboard where there is one, plain lines where there is none."""

import asyncio
from typing import Final

from rich.console import Console, Group
from rich.live import Live
from rich.markup import escape
from rich.panel import Panel
from rich.table import Table

from services.demo.performance import Performance
from services.demo.phrases import EVENTS_A_SECOND, FIRST_CARD, SECONDS, STOP_HINT
from services.demo.show import LABEL, Show, Told, title, weekday_ja
from services.demo.tables import funnel, share, stuck
from services.demo.wrapping import wrapped
from services.kpi.pages.words import Words
from services.kpi.views import PageView
from shared.locales import Locale
from shared.resting import told_to_stop

REFRESH_SECONDS: Final = 1.0
LINE_SECONDS: Final = 10.0
MESSAGES: Final = 6
PANEL_CELLS: Final = 4
"""What the frame of a panel and its padding take of a line."""
MESSAGE_RATIOS: Final = (3, 8)


class Lines:
    """Prints each line as it comes, while `quiet` is not set."""

    def __init__(self, console: Console, lang: Locale) -> None:
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
                    live.update(screen(performance, view, sent / REFRESH_SECONDS, console.width), refresh=True)
                await told_to_stop(stopping, REFRESH_SECONDS)
    finally:
        lines.quiet = False


async def _plain(performance: Performance, lines: Lines, stopping: asyncio.Event) -> None:
    while not stopping.is_set():
        view = None if await told_to_stop(stopping, LINE_SECONDS) else await performance.page.view()
        if view:
            now = performance.clock.now()
            lines(
                Told(
                    f"{now:%a %H:%M}  {standing(view, 'en')}", f"{weekday_ja(now)} {now:%H:%M}  {standing(view, 'ja')}"
                )
            )


def standing(view: PageView, lang: Locale) -> str:
    """The funnel and what is late, in one line."""
    words = Words(lang)
    stages = "  ".join(f"{words.named('stage', stage.stage)} {stage.count:,}" for stage in view.funnel)
    late = sum(row.breached for row in view.stuck)
    waiting = sum(row.waiting for row in view.stuck)
    return f"[{LABEL.of(lang)}]  {stages}  ·  {words('breached')} {late}  {words('waiting')} {waiting}"


def screen(performance: Performance, view: PageView, events_a_second: float, width: int) -> Group:
    """The dashboard: what goes on, the funnel, who has what for how long, the newest Slack messages."""
    lang, show = performance.options.lang, performance.show
    told = wrapped(show.narration.of(lang), width - PANEL_CELLS, show.names.values())
    head = _head(performance, events_a_second)
    now = Panel("\n".join((head, *map(escape, told))), title=f"Baton · {LABEL.of(lang)}", title_align="left")
    return Group(
        now,
        funnel(view.funnel, lang),
        stuck(view.stuck, view.rep_names, lang),
        _messages(performance),
        STOP_HINT.of(lang),
    )


def _head(performance: Performance, events_a_second: float) -> str:
    lang, clock = performance.options.lang, performance.clock
    at = clock.now()
    day = f"{at:%Y-%m-%d}（{weekday_ja(at)}）" if lang == "ja" else f"{at:%Y-%m-%d %a} "
    return (
        f"[bold]{day}{at:%H:%M}[/]  {clock.rate:.0f}×  {events_a_second:.0f} {EVENTS_A_SECOND.of(lang)}"
        f"{_first_card(performance.show)}\n[underline]{performance.url}[/]"
    )


def _first_card(show: Show) -> str:
    if show.first_card_seconds is None:
        return ""
    return f"  {FIRST_CARD.of(show.lang)} {show.first_card_seconds:.1f} {SECONDS.of(show.lang)}"


def _messages(performance: Performance) -> Table:
    columns = (share("", ratio) for ratio in MESSAGE_RATIOS)
    table = Table(*columns, title="Slack", title_justify="left", expand=True, show_header=False)
    for card in performance.show.latest(MESSAGES):
        to = performance.show.names.get(card.message.channel, card.message.channel)
        table.add_row(f"{card.at:%H:%M} {escape(to)}", escape(title(card.message)))
    return table
