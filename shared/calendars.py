"""`calendars.yaml`: zone, hours and days off of each calendar, and the working time that they make."""

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from itertools import pairwise
from typing import Annotated, Final, Self
from zoneinfo import ZoneInfo

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    GetJsonSchemaHandler,
    PlainSerializer,
    PlainValidator,
    WithJsonSchema,
    model_validator,
)
from pydantic.json_schema import JsonSchemaValue
from pydantic_core import CoreSchema

from shared.playbook import Holidays, PlaybookFolder
from shared.time_zones import known_zone
from shared.worktime.calendar import WorkCalendar
from shared.worktime.hours import DAY as ONE_DAY
from shared.worktime.hours import EXPECTED_WINDOW, NO_HOURS, LocalWindow, Week, parse_weekdays
from shared.worktime.statutory import holidays_of_year, known_country, known_subdivision, resolve_holidays

KEPT_YEARS: Final = range(2020, 2051)
"""The years whose statutory holidays a playbook's version keeps."""
EXPECTED_DAY: Final = "expected a day as YYYY-MM-DD, such as 2026-08-13"
_DAY: Final = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")


def read_day(value: object) -> date:
    """A day from YAML: a date, or text YYYY-MM-DD. Raises ValueError for numbers, times and days that do not exist."""
    if isinstance(value, date) and not isinstance(value, datetime):
        return value
    if not isinstance(value, str) or not _DAY.fullmatch(value):
        raise ValueError(f'cannot read "{value}" as a day: {EXPECTED_DAY}')
    try:
        return date.fromisoformat(value)
    except ValueError:
        raise ValueError(f"there is no day {value}: {EXPECTED_DAY}") from None


def _read_window(value: object) -> LocalWindow:
    match value:
        case LocalWindow():
            return value
        case str():
            return LocalWindow.parse(value)
        case _:
            raise ValueError(f'cannot read "{value}" as opening hours: {EXPECTED_WINDOW}')


def _weekdays_key(text: str) -> str:
    parse_weekdays(text)
    return text


def _list_such_as(example: str) -> Callable[[object], object]:
    def require_list(value: object) -> object:
        match value:
            case list() | tuple():
                return value
            case _:
                raise ValueError(f"expected a list such as {example}, or [] for none; got {value!r}")

    return require_list


def _apart(windows: tuple[LocalWindow, ...]) -> tuple[LocalWindow, ...]:
    for earlier, later in pairwise(sorted(windows)):
        if later.opens < earlier.closes:
            over_midnight = " over midnight" if earlier.closes > ONE_DAY else ""
            told = f'"{earlier}" goes on{over_midnight} into "{later}": expected hours that do not overlap'
            raise ValueError(told)
    return windows


Day = Annotated[date, BeforeValidator(read_day)]
TimeZoneName = Annotated[str, AfterValidator(known_zone)]
WeekdaysKey = Annotated[str, AfterValidator(_weekdays_key)]
HoursWindow = Annotated[
    LocalWindow,
    PlainValidator(_read_window),
    PlainSerializer(str, return_type=str),
    WithJsonSchema(
        {"type": "string", "pattern": "^[0-9]{1,2}:[0-9]{2}-[0-9]{1,2}:[0-9]{2}$", "examples": ["09:00-18:00"]}
    ),
]
DayHours = Annotated[
    tuple[HoursWindow, ...], BeforeValidator(_list_such_as('["09:00-12:00", "13:00-18:00"]')), AfterValidator(_apart)
]


class Rules(BaseModel):
    """What a playbook file states: unknown keys are errors, and nothing changes once it is read."""

    model_config = ConfigDict(extra="forbid", frozen=True, validate_by_name=True, validate_by_alias=True)


class DayRange(Rules):
    """Days from `first` to `last`, both included; in YAML `{from:, to:, name:}`, or a single day."""

    first: Day = Field(alias="from")
    last: Day = Field(alias="to")
    name: str = ""

    def __contains__(self, day: date) -> bool:
        return self.first <= day <= self.last

    @model_validator(mode="before")
    @classmethod
    def _single_day(cls, value: object) -> object:
        if isinstance(value, Mapping | DayRange):
            return value
        day = read_day(value)
        return {"from": day, "to": day}

    @model_validator(mode="after")
    def _in_order(self) -> Self:
        if self.first > self.last:
            raise ValueError(f"from {self.first} lies after to {self.last}: expected the earlier day first")
        return self

    @classmethod
    def __get_pydantic_json_schema__(cls, schema: CoreSchema, handler: GetJsonSchemaHandler) -> JsonSchemaValue:
        return {"anyOf": [{"type": "string", "format": "date"}, handler(schema)]}


class Leave(DayRange):
    """Days off of one person; with `hours`, such as `"13:00-15:00"`, only that part of each day."""

    hours: HoursWindow | None = None


DayRanges = Annotated[tuple[DayRange, ...], BeforeValidator(_list_such_as("[2026-08-13]"))]


@dataclass(frozen=True, slots=True)
class DayOff:
    """The name of a day off, and whether the company gave it or the state."""

    name: str
    by_company: bool


class HolidayRules(Rules):
    """Days off: statutory ones of a country less `open` ones, and `closed` ones, which beat `open`."""

    country: Annotated[str, AfterValidator(known_country)] | None = None
    subdivision: str | None = None
    open: DayRanges = ()
    closed: DayRanges = ()

    @model_validator(mode="after")
    def _known_subdivision(self) -> Self:
        if self.subdivision is not None:
            if self.country is None:
                raise ValueError(f'subdivision "{self.subdivision}" needs its country, such as country: DE')
            known_subdivision(self.country, self.subdivision)
        return self

    def resolve(self, years: Iterable[int]) -> dict[date, str]:
        """The statutory holidays of these years and their names, before `open` and `closed`."""
        return resolve_holidays(self.country, years, self.subdivision) if self.country is not None else {}

    def days_off(self, resolved: Mapping[date, str] | None = None) -> Callable[[date], bool]:
        """Whether a day is off; years of which no statutory holiday is given are resolved by the library."""
        named = self.named_days_off(resolved)
        return lambda day: named(day) is not None

    def named_days_off(self, resolved: Mapping[date, str] | None = None) -> Callable[[date], "DayOff | None"]:
        """As `days_off`, with the name of the day off."""
        kept = resolved or {}
        kept_years = {day.year for day in kept}

        def statutory(day: date) -> str | None:
            if day.year in kept_years:
                return kept.get(day)
            known = holidays_of_year(self.country, self.subdivision, day.year) if self.country is not None else {}
            return known.get(day)

        def day_off(day: date) -> DayOff | None:
            if closed := next((days for days in self.closed if day in days), None):
                return DayOff(closed.name or statutory(day) or "closed", by_company=True)
            name = statutory(day)
            return None if name is None or any(day in days for days in self.open) else DayOff(name, by_company=False)

        return day_off


class CalendarRules(Rules):
    """One calendar: hours by weekday (later keys win) in an IANA zone, less the days off."""

    timezone: TimeZoneName
    hours: dict[WeekdaysKey, DayHours]
    holidays: HolidayRules = HolidayRules()

    @property
    def week(self) -> Week:
        """Windows by weekday, Monday first; a weekday without hours is closed."""
        by_number = dict(enumerate(NO_HOURS))
        for weekdays, windows in self.hours.items():
            by_number |= dict.fromkeys(parse_weekdays(weekdays), windows)
        return tuple(by_number.values())

    def build(self, resolved_holidays: Mapping[date, str] | None = None) -> WorkCalendar:
        """The calendar; holidays given (see `HolidayRules.resolve`) are taken as complete for their years."""
        return WorkCalendar(ZoneInfo(self.timezone), self.week, self.holidays.days_off(resolved_holidays))


class CalendarsFile(Rules):
    """The whole of `calendars.yaml`."""

    calendars: dict[str, CalendarRules]

    def resolve_holidays(self) -> Holidays:
        """Statutory holidays of the years to come by calendar, to be kept with the playbook's version."""
        return {name: rules.holidays.resolve(KEPT_YEARS) for name, rules in self.calendars.items()}

    def build(self, kept_holidays: Holidays | None = None) -> dict[str, WorkCalendar]:
        """Every calendar by its name, over the holidays kept with the version, else as the library knows them."""
        kept = kept_holidays or {}
        return {name: rules.build(kept.get(name)) for name, rules in self.calendars.items()}


def load_calendars(folder: PlaybookFolder) -> CalendarsFile:
    """The playbook's calendars; none where it has no such file. Raises PlaybookError."""
    if "calendars.yaml" in folder.files:
        return folder.load("calendars.yaml", CalendarsFile).model
    return CalendarsFile(calendars={})
