"""A month of a calendar as people read it: weeks as rows, hours and holidays in the cells."""

from collections.abc import Sequence
from datetime import date, timedelta

from rich.markup import escape
from rich.table import Table

from services.commands.days import NOTHING, WEEKDAYS, NamedCalendar, WorkDay, in_hours
from services.commands.output import counted

Weeks = Sequence[Sequence[WorkDay | None]]


def month_table(calendar: NamedCalendar, first: date, weeks: Weeks) -> Table:
    """A row for each week, with its hours in the last column."""
    title = f"{calendar.name}, {first:%B %Y} ({calendar.zone.key})"
    table = Table(*WEEKDAYS, "week", title=escape(title), title_justify="left", show_lines=True)
    for week in weeks:
        table.add_row(*map(_cell, week), in_hours(_worked(week)))
    return table


def _cell(day: WorkDay | None) -> str:
    if day is None:
        return ""
    below = escape(day.off.name) if day.off else in_hours(day.worked) if day.windows else "–"
    return f"{day.day.day}\n{below}"


def summary(weeks: Weeks) -> list[str]:
    """The hours of the working days, every day off by name, and the totals."""
    days = _days(weeks)
    off = [day for day in days if day.off]
    open_days = [day for day in days if day.windows]
    by_company = sum(1 for day in off if day.off and day.off.by_company)
    counts = [
        f"{counted(len(open_days), 'working day')} with {in_hours(_worked(days))}",
        counted(len(off) - by_company, "holiday"),
        counted(by_company, "company day"),
    ]
    return [*_hours(open_days), *map(_day_off, off), ", ".join(counts)]


def _hours(days: Sequence[WorkDay]) -> list[str]:
    """One line for each kind of day that there is, such as `Mon Tue Wed  09:00–12:00, 13:00–18:00`."""
    weekdays: dict[str, dict[str, None]] = {}
    for day in sorted(days, key=lambda one: one.day.weekday()):
        weekdays.setdefault(day.in_words, {})[day.weekday] = None
    return [f"{' '.join(names)}  {hours}" for hours, names in weekdays.items()]


def _day_off(day: WorkDay) -> str:
    name, by_company = (day.off.name, day.off.by_company) if day.off else ("", False)
    return f"{day.day} {day.weekday}  {name}" + (" (company day)" if by_company else "")


def described(calendar: NamedCalendar, first: date, weeks: Weeks) -> dict[str, object]:
    """The month as plain values."""
    days = _days(weeks)
    return {
        "calendar": calendar.name,
        "timezone": calendar.zone.key,
        "month": f"{first:%Y-%m}",
        "days": [day.described() for day in days],
        "working_days": sum(1 for day in days if day.windows),
        "seconds": int(_worked(days).total_seconds()),
    }


def _days(weeks: Weeks) -> list[WorkDay]:
    return [day for week in weeks for day in week if day is not None]


def _worked(days: Sequence[WorkDay | None]) -> timedelta:
    return sum((day.worked for day in days if day is not None), NOTHING)
