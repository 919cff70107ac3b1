"""`baton demo`: the whole system on this machine with a seeded company at speed."""

import asyncio
import logging
import os
import signal
import webbrowser
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.console import Console

from services.commands.output import RefusalError, answer
from shared.locales import Locale

if TYPE_CHECKING:
    from services.demo.performance import Options

FOLDER = Path(".baton") / "demo"
FRIENDLY_PORT = 8765


def demo(
    port: Annotated[
        int, typer.Option(min=0, max=65535, help="Of the page; another where it is taken, or for 0.")
    ] = FRIENDLY_PORT,
    leads: Annotated[
        int, typer.Option(min=0, max=100_000, help="Known at the start; a 25th as many come a day.")
    ] = 3000,
    seed: Annotated[int, typer.Option(help="The same seed, the same company.")] = 7,
    speed: Annotated[float, typer.Option(min=1, max=3600, help="Simulated seconds a second, after the opening.")] = 60,
    seconds: Annotated[float | None, typer.Option("--for", min=1, help="Stop so long after the system is up.")] = None,
    days: Annotated[int | None, typer.Option(min=1, help="Stop after so many simulated working days.")] = None,
    browser: Annotated[bool, typer.Option("--browser/--no-browser", help="Open the page.")] = True,
    lang: Annotated[Locale, typer.Option(help="Of the page and the terminal.")] = "ja",
    data: Annotated[
        Path,
        typer.Option(help="Where this run keeps its data: a new folder, or one of an earlier demo, which is emptied."),
    ] = FOLDER,
    fresh: Annotated[bool, typer.Option("--fresh", help="Fetch Kafka anew too, as on a machine's first run.")] = False,
) -> None:
    """See the whole system at work: real Kafka and Postgres, a simulated Japanese B2B company, Slack on a page.

    It opens with one lead that you may accept with the button of its Slack card, or let lapse. Ctrl-C stops all.
    Example: baton demo --lang en
    """
    from services.demo.performance import Options
    from services.demo.serving import free_port
    from shared.embedded import EmbeddedStackError
    from shared.settings import DEPLOY

    if fresh:
        os.environ["BATON_CACHE"] = str((data / "fetched").resolve())
    options = Options(data, DEPLOY / "playbook", free_port(port), leads, seed, speed, seconds, days, lang)
    try:
        lost = _in_its_folder(options, wanted_port=port, browser=browser)
    except EmbeddedStackError as error:
        raise RefusalError(str(error)) from None
    answer(lost == 0)


def _in_its_folder(options: "Options", *, wanted_port: int, browser: bool) -> int:
    """How many activities were lost. Raises RefusalError and EmbeddedStackError for a folder that is not to be had."""
    from services.demo.show import in_both
    from services.local.data_folder import empty, owned_folder

    console = Console(highlight=False)
    with owned_folder(options.folder, "demo", lambda step: console.print(in_both(step).of(options.lang))):
        empty(options.folder)
        # Libraries warn of what they mend themselves; the terminal is for the company.
        logging.basicConfig(filename=options.folder / "demo.log", level=logging.WARNING)
        return asyncio.run(_run(options, console, wanted_port=wanted_port, browser=browser))


async def _run(options: "Options", console: Console, *, wanted_port: int, browser: bool) -> int:
    from services.demo.performance import Performance
    from services.demo.phrases import STOPPED, STOPPING, address
    from services.demo.serving import served
    from services.demo.show import LABEL
    from services.demo.terminal import Lines, report

    stopping = asyncio.Event()
    stop_on_signals(stopping, lambda: console.print(STOPPING.of(options.lang)))
    lines = Lines(console, options.lang)
    performance = Performance(options, lines)
    async with served(performance.page.app, options.port) as performance.url:
        console.print(f"Baton · {LABEL.of(options.lang)}")
        console.print(address(performance.url, wanted_port, options.port).of(options.lang), soft_wrap=True)
        if browser:
            webbrowser.open(performance.url)
        try:
            reporting = asyncio.create_task(report(performance, lines, console, stopping))
            text = await performance.run(stopping)
            stopping.set()
            await reporting
            lines.quiet = True
            console.print(text, markup=False, soft_wrap=True)
        finally:
            stopping.set()
            await performance.stop()
    console.print(STOPPED.of(options.lang))
    return performance.lost


def stop_on_signals(stopping: asyncio.Event, tell: Callable[[], None]) -> None:
    """The first Ctrl-C ends in good order, the second at once: what we started ends with us."""

    def stop() -> None:
        if stopping.is_set():
            os._exit(130)
        tell()
        stopping.set()

    for number in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(number, stop)
