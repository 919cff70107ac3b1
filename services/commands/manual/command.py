"""`baton manual`: the playbook as the operating manual that the departments sign."""

from datetime import datetime
from pathlib import Path
from typing import Annotated

import typer

from services.commands.instants import Instant
from shared.locales import Locale


def manual(
    playbook: Annotated[Path, typer.Option(help="The playbook's folder.")] = Path("deploy/playbook"),
    locale: Annotated[Locale | None, typer.Option(help="By default the playbook's own.")] = None,
    out: Annotated[Path | None, typer.Option(help="Write to this file instead of printing.")] = None,
    at: Annotated[
        datetime | None,
        typer.Option(parser=Instant, help="Tell days off and leave of the year from this time on, not from today on."),
    ] = None,
) -> None:
    """Print the playbook as the operating manual that the departments sign: Markdown, readable as plain text.

    A playbook with a mistake, or with an example that comes out otherwise, has no manual; `baton check` tells more.
    Example: baton manual --locale en --out manual.md
    """
    from services.commands.manual.document import document
    from services.commands.manual.gathering import gather
    from shared.clock import machine_now

    text = document(gather(playbook, at or machine_now()), locale)
    if out is None:
        typer.echo(text, nl=False)
    else:
        out.write_text(text, encoding="utf-8")
