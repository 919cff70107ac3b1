"""Times on the command line: ISO 8601 with a zone."""

from datetime import date, datetime

import typer


def Instant(text: str) -> datetime:  # noqa: N802 - typer shows the parser's name as the type
    """An aware time. Raises typer.BadParameter, exit status 2."""
    try:
        at = datetime.fromisoformat(text)
    except ValueError:
        raise typer.BadParameter(f"{text!r} is no time; one such as 2026-04-01T09:00:00+09:00 is expected") from None
    if at.tzinfo is None:
        raise typer.BadParameter(f"{text!r} has no zone; one such as 2026-04-01T09:00:00+09:00 is expected")
    return at


def Month(text: str) -> date:  # noqa: N802 - typer shows the parser's name as the type
    """The first day of a month. Raises typer.BadParameter, exit status 2."""
    try:
        return date.fromisoformat(f"{text}-01")
    except ValueError:
        raise typer.BadParameter(f"{text!r} is no month; one such as 2026-05 is expected") from None
