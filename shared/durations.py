"""Lengths of time as the playbook writes them: elapsed (`30d`), working time (`4h`) or business days (`1bd`)."""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Annotated, Final, Self, TypeVar

from pydantic import GetCoreSchemaHandler, PlainSerializer, PlainValidator, WithJsonSchema
from pydantic_core import CoreSchema, core_schema

SECOND: Final = timedelta(seconds=1)
ELAPSED_UNITS: Final = {"s": SECOND, "m": timedelta(minutes=1), "h": timedelta(hours=1), "d": timedelta(days=1)}
WORK_UNITS: Final = {unit: length for unit, length in ELAPSED_UNITS.items() if unit != "d"}
LONGEST_WORK: Final = timedelta(hours=87_600)
MOST_BUSINESS_DAYS: Final = 3_650

EXPECTED_ELAPSED: Final = "expected a whole number and one unit of s, m, h or d, such as 90s, 15m, 4h or 30d"
EXPECTED_WORK: Final = (
    "expected working time as a whole number and one unit of s, m or h, such as 15m or 4h, or business days such as 1bd"
)

Length = TypeVar("Length")
_AMOUNT: Final = re.compile(r"([0-9]{1,18})([a-z]+)")


def parse_duration(text: str) -> timedelta:
    """Elapsed time from text such as `90s 15m 4h 30d`. Raises ValueError for anything else."""
    count, unit = _split(text, EXPECTED_ELAPSED)
    if unit not in ELAPSED_UNITS:
        raise ValueError(f'unknown unit "{unit}" in "{text}": {EXPECTED_ELAPSED}')
    return _times(count, ELAPSED_UNITS[unit], timedelta.max, text)


def format_duration(length: timedelta) -> str:
    """The shortest text that `parse_duration` reads back; raises ValueError for parts of a second."""
    return _format(length, ELAPSED_UNITS)


@dataclass(frozen=True, slots=True)
class WorkDuration:
    """Working time, or the closing of the n-th working day when `business_days` is set; never both, never negative."""

    working_time: timedelta = timedelta(0)
    business_days: int | None = None

    def __post_init__(self) -> None:
        if self.working_time < timedelta(0) or (self.business_days or 0) < 0:
            raise ValueError(f"a work duration cannot be negative: {EXPECTED_WORK}")
        if self.working_time and self.business_days is not None:
            raise ValueError(f"working time and business days cannot be mixed: {EXPECTED_WORK}")

    @classmethod
    def parse(cls, text: str) -> Self:
        """From text such as `15m`, `4h` or `1bd`. Raises ValueError for anything else, days (`d`) among them."""
        count, unit = _split(text, EXPECTED_WORK)
        if unit == "bd":
            return cls(business_days=_at_most(MOST_BUSINESS_DAYS, count, text))
        if unit == "d":
            raise ValueError(f'"{text}" is not working time: write {count}bd for business days, or hours such as 8h')
        if unit not in WORK_UNITS:
            raise ValueError(f'unknown unit "{unit}" in "{text}": {EXPECTED_WORK}')
        return cls(working_time=_times(count, WORK_UNITS[unit], LONGEST_WORK, text))

    def __str__(self) -> str:
        return _format(self.working_time, WORK_UNITS) if self.business_days is None else f"{self.business_days}bd"

    @classmethod
    def __get_pydantic_core_schema__(cls, source: type[Self], handler: GetCoreSchemaHandler) -> CoreSchema:
        return core_schema.no_info_plain_validator_function(
            _reader_of(cls, cls.parse, EXPECTED_WORK),
            json_schema_input_schema=core_schema.str_schema(pattern="^[0-9]+(s|m|h|bd)$"),
            serialization=core_schema.to_string_ser_schema(),
        )


def _split(text: str, expected: str) -> tuple[int, str]:
    match = _AMOUNT.fullmatch(text)
    if match is None:
        raise ValueError(f'cannot read "{text}" as a duration: {expected}')
    return int(match[1]), match[2]


def _times(count: int, unit: timedelta, longest: timedelta, text: str) -> timedelta:
    return unit * _at_most(longest // unit, count, text)


def _at_most(limit: int, count: int, text: str) -> int:
    if count > limit:
        raise ValueError(f'"{text}" is too long: expected at most {limit} of that unit')
    return count


def _format(length: timedelta, units: Mapping[str, timedelta]) -> str:
    if length % SECOND:
        raise ValueError(f"{length} has parts of a second, which durations in text do not have")
    largest_first = sorted(units, key=units.__getitem__, reverse=True)
    unit = next((unit for unit in largest_first if length and not length % units[unit]), "s")
    return f"{length // units[unit]}{unit}"


def _reader_of(kind: type[Length], parse: Callable[[str], Length], expected: str) -> Callable[[object], Length]:
    def read(value: object) -> Length:
        if isinstance(value, kind):
            return value
        if isinstance(value, str):
            return parse(value)
        raise ValueError(f"{value!r} is not a duration: {expected}")

    return read


Duration = Annotated[
    timedelta,
    PlainValidator(_reader_of(timedelta, parse_duration, EXPECTED_ELAPSED)),
    PlainSerializer(format_duration, return_type=str),
    WithJsonSchema({"type": "string", "pattern": "^[0-9]+(s|m|h|d)$", "examples": ["15m", "30d"]}),
]
