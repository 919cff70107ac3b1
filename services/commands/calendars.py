"""`baton calendar`: working time by the calendars of a playbook."""

from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from services.commands.instants import Instant
from services.commands.output import RefusalError, print_json
from shared.durations import WorkDuration

if TYPE_CHECKING:
    from shared.worktime import WorkCalendar

calendar_app = typer.Typer(help="Count in the working time of a playbook's calendars.", no_args_is_help=True)


def Work(text: str) -> WorkDuration:  # noqa: N802 - typer shows the parser's name as the type
    """Working time or business days. Raises typer.BadParameter, exit status 2."""
    try:
        return WorkDuration.parse(text)
    except ValueError as error:
        raise typer.BadParameter(str(error)) from None


Folder = Annotated[Path, typer.Option("--playbook", help="The playbook's folder; calendars.yaml in it is enough.")]
Name = Annotated[str, typer.Option("--calendar", help="Which of its calendars.")]
Start = Annotated[datetime, typer.Option(parser=Instant, help="A time with its zone.")]
_AsJson = Annotated[bool, typer.Option("--json", help="Print JSON, which is what it does anyway.")]


@calendar_app.command()
def due(
    playbook: Folder,
    calendar: Name,
    start: Start,
    work: Annotated[WorkDuration, typer.Option(parser=Work, help="Working time (15m, 4h) or business days (1bd).")],
    _json: _AsJson = False,
) -> None:
    """Print when the work is used up, in the calendar's zone; exit 1 where it does not open within ten years.

    Example: baton calendar due --playbook deploy/playbook --calendar tokyo --start 2026-05-01T17:30:00+09:00 --work 4h
    """
    from shared.worktime import NoOpeningError

    hours = _calendar(playbook, calendar)
    try:
        due_by = hours.due(start, work)
    except NoOpeningError as error:
        typer.echo(f"calendar {calendar}: {error}", err=True)
        raise typer.Exit(1) from None
    except ValueError as error:
        raise RefusalError(f"--start: {error}") from None
    print_json({"due": due_by.astimezone(hours.zone).isoformat()})


@calendar_app.command()
def elapsed(
    playbook: Folder,
    calendar: Name,
    start: Start,
    end: Annotated[datetime, typer.Option(parser=Instant, help="A time with its zone; before the start it gives 0.")],
    _json: _AsJson = False,
) -> None:
    """Print the seconds of working time between two times.

    Example: baton calendar elapsed --playbook deploy/playbook --calendar tokyo
    --start 2026-05-01T17:30:00+09:00 --end 2026-05-07T10:00:00+09:00
    """
    try:
        seconds = _calendar(playbook, calendar).elapsed(start, end).total_seconds()
    except ValueError as error:
        raise RefusalError(str(error)) from None
    print_json({"seconds": int(seconds) if seconds.is_integer() else seconds})


def _calendar(folder: Path, name: str) -> "WorkCalendar":
    """Raises PlaybookError, and RefusalError with the nearest name where there is no such calendar."""
    from shared.calendars import CalendarsFile
    from shared.playbook import PlaybookFolder, nearest

    known = PlaybookFolder.read(folder).load("calendars.yaml", CalendarsFile).model.calendars
    if name in known:
        return known[name].build()
    meant = nearest(name, known)
    hint = f"did you mean '{meant}'?" if meant else f"known there: {', '.join(known) or 'none'}"
    raise RefusalError(f"calendars.yaml has no calendar '{name}'; {hint}")
