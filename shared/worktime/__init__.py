"""Working time: hours in a zone, less the days off."""

from shared.worktime.calendar import ALWAYS_OPEN, NoOpeningError, WorkCalendar
from shared.worktime.hours import NO_HOURS, LocalWindow, Week, parse_weekdays
from shared.worktime.open_time import Window
from shared.worktime.statutory import resolve_holidays

__all__ = [
    "ALWAYS_OPEN",
    "NO_HOURS",
    "LocalWindow",
    "NoOpeningError",
    "Week",
    "Window",
    "WorkCalendar",
    "parse_weekdays",
    "resolve_holidays",
]
