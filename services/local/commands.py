"""`baton up` and `baton down`: the whole system on this machine, its data kept in a folder."""

import os
import signal
import threading
import time
from pathlib import Path
from types import FrameType
from typing import Annotated

import typer
from rich.console import Console

from services.commands.output import RefusalError

FOLDER = Path(".baton") / "up"
USUAL = (FOLDER, Path(".baton") / "demo")

Data = Annotated[Path, typer.Option(help="The folder that holds the data: new, empty, or of an earlier `baton up`.")]
console = Console(highlight=False)


def up(
    data: Data = FOLDER,
    playbook: Annotated[Path | None, typer.Option(help="A folder of rules; the example company's by default.")] = None,
) -> None:
    """Run Kafka, Postgres and the four services until Ctrl-C; the data stays in a folder.

    Example: baton up --playbook deploy/playbook
    """
    from services.local.data_folder import owned_folder
    from services.local.whole_system import WholeSystem
    from shared.embedded import EmbeddedStackError
    from shared.embedded.steps import Step
    from shared.settings import DEPLOY

    stopping = _stop_signals()
    began = time.monotonic()

    def tell(step: Step) -> None:
        console.print(f"{time.monotonic() - began:5.1f} s  {step}", markup=False)

    try:
        with owned_folder(data, "up", tell):
            system = WholeSystem(data, playbook or DEPLOY / "playbook", {}, tell)
            try:
                system.start_servers()
                if not stopping.is_set():
                    system.start_services()
                    _tell(system.kafka, system.dsn, system.url("kpi"), system.url("alerts"))
                    stopping.wait()
            finally:
                console.print("stopping …")
                system.stop()
    except EmbeddedStackError as error:
        raise RefusalError(str(error)) from None
    console.print("stopped: nothing is left running")


def _stop_signals() -> threading.Event:
    """Set by the first Ctrl-C; the second ends this process at once, and with it all that it started."""
    stopping = threading.Event()

    def stop(_number: int, _frame: FrameType | None) -> None:
        if stopping.is_set():
            os._exit(130)
        stopping.set()

    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, stop)
    return stopping


def _tell(kafka: str, dsn: str, page: str, alerts: str) -> None:
    console.print(
        f"\npage      {page}/\nSlack     {alerts}/slack/interactions\n\n"
        f"export BATON_KAFKA={kafka}\nexport BATON_POSTGRES={dsn}\n"
        "baton publish events.jsonl     # send events; then: baton lead ID\n\nCtrl-C stops all; the data stays.",
        markup=False,
        soft_wrap=True,
    )


def down(
    data: Annotated[list[Path] | None, typer.Option(help="Data folders; by default those of up and demo.")] = None,
) -> None:
    """Stop what a crashed `baton up` or `baton demo` left running; a run that is alive is stopped by its Ctrl-C.

    Example: baton down
    """
    from services.local.data_folder import stop_left_behind
    from shared.embedded import EmbeddedStackError
    from shared.embedded.steps import Step

    found: list[Step] = []
    for folder in data or [usual for usual in USUAL if usual.exists()]:
        try:
            stop_left_behind(folder, found.append)
        except EmbeddedStackError as error:
            raise RefusalError(str(error)) from None
    console.print("\n".join(map(str, found)) or "nothing was left running", markup=False)
