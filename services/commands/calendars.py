"""`baton calendar`: working time by the calendars of a playbook."""

from collections.abc import Iterable, Sequence
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.markup import escape
from rich.table import Table

from services.commands.instants import Instant, Month
from services.commands.output import RefusalError, counted, print_json, print_table
from shared.durations import WorkDuration

if TYPE_CHECKING:
    from services.commands.days import NamedCalendar, WorkDay

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
Explained = Annotated[bool, typer.Option("--explain", help="Tell day by day which hours count, and why others do not.")]
AsJson = Annotated[bool, typer.Option("--json", help="Print JSON with --explain too; without it the answer is JSON.")]


@calendar_app.command()
def due(
    playbook: Folder,
    calendar: Name,
    start: Start,
    work: Annotated[WorkDuration, typer.Option(parser=Work, help="Working time (15m, 4h) or business days (1bd).")],
    explain: Explained = False,
    as_json: AsJson = False,
) -> None:
    """Print when the work is used up, in the calendar's zone; exit 1 where it does not open within ten years.

    Example: baton calendar due --playbook deploy/playbook --calendar tokyo --start 2026-05-01T17:30:00+09:00 --work 4h
    """
    from shared.worktime import NoOpeningError

    named = _calendar(playbook, calendar)
    try:
        due_by = named.hours.due(start, work).astimezone(named.zone)
    except NoOpeningError as error:
        typer.echo(f"calendar {calendar}: {error}", err=True)
        raise typer.Exit(1) from None
    except ValueError as error:
        raise RefusalError(f"--start: {error}") from None
    days = list(named.between(start, due_by)) if explain else []
    if explain and not as_json:
        _tell(days, f"{work} is used up at", due_by)
        return
    print_json({"due": due_by.isoformat(), **_explained(days)})


@calendar_app.command()
def elapsed(
    playbook: Folder,
    calendar: Name,
    start: Start,
    end: Annotated[datetime, typer.Option(parser=Instant, help="A time with its zone; before the start it gives 0.")],
    explain: Explained = False,
    as_json: AsJson = False,
) -> None:
    """Print the seconds of working time between two times.

    Example: baton calendar elapsed --playbook deploy/playbook --calendar tokyo
    --start 2026-05-01T17:30:00+09:00 --end 2026-05-07T10:00:00+09:00
    """
    named = _calendar(playbook, calendar)
    try:
        worked = named.hours.elapsed(start, end)
    except ValueError as error:
        raise RefusalError(str(error)) from None
    days = list(named.between(start, end)) if explain and start < end else []
    if explain and not as_json:
        _tell_worked(days, worked, start, end.astimezone(named.zone))
        return
    print_json({"seconds": _seconds(worked), **_explained(days)})


@calendar_app.command()
def show(
    name: Annotated[str, typer.Argument(help="Which calendar.")],
    playbook: Folder = Path("deploy/playbook"),
    month: Annotated[date | None, typer.Option(parser=Month, help="Such as 2026-05; else this one.")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
) -> None:
    """Print a month of a calendar: working hours, holidays, company days and totals.

    Example: baton calendar show tokyo --month 2026-05
    """
    from services.commands.months import described, month_table, summary
    from shared.clock import machine_now

    named = _calendar(playbook, name)
    first = month or machine_now().astimezone(named.zone).date()
    weeks = named.month(first)
    if as_json:
        print_json(described(named, first, weeks))
        return
    print_table(month_table(named, first, weeks))
    for line in summary(weeks):
        typer.echo(line)


def _tell_worked(days: "Sequence[WorkDay]", worked: timedelta, start: datetime, end: datetime) -> None:
    from services.commands.days import in_hours

    if end < start:
        typer.echo("0h of working time: the end lies before the start")
        return
    _tell(days, f"{in_hours(worked)} ({_seconds(worked):,} seconds) of working time until", end)


def _seconds(length: timedelta) -> int | float:
    seconds = length.total_seconds()
    return int(seconds) if seconds.is_integer() else seconds


def _explained(days: "Iterable[WorkDay]") -> dict[str, object]:
    told = [day.described() for day in days]
    return {"days": told} if told else {}


def _tell(days: "Iterable[WorkDay]", ending: str, at: datetime) -> None:
    from services.commands.days import NOTHING, in_hours

    table, total, opened = Table("day", "", "hours", "worked", "in all"), NOTHING, 0
    for one in days:
        total += one.worked
        opened += bool(one.windows)
        worked = (in_hours(one.worked), in_hours(total)) if one.windows else ("", "")
        table.add_row(one.day.isoformat(), one.weekday, escape(one.in_words), *worked)
    print_table(table)
    typer.echo(f"{ending} {at.isoformat(' ', 'seconds')}, on {counted(opened, 'working day')}")


def _calendar(folder: Path, name: str) -> "NamedCalendar":
    """Raises PlaybookError, and RefusalError with the names that there are where this is none of them."""
    from services.commands.days import NamedCalendar
    from shared.calendars import CalendarsFile
    from shared.playbook import PlaybookError, PlaybookFolder, nearest

    try:
        known = PlaybookFolder.read(folder).load("calendars.yaml", CalendarsFile).model.calendars
    except PlaybookError as error:
        raise error.under(folder) from None
    if name in known:
        return NamedCalendar.of(name, known[name])
    meant = nearest(name, known)
    hint = f"; did you mean '{meant}'?" if meant else ";"
    raise RefusalError(f"calendars.yaml has no calendar '{name}'{hint} known there: {', '.join(known) or 'none'}")
