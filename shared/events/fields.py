"""The value types that event data is made of: bounded, without NUL, times always aware."""

from datetime import UTC, date, datetime
from typing import Annotated

from pydantic import AfterValidator, AwareDatetime, BaseModel, BeforeValidator, ConfigDict, Field, JsonValue, Strict
from pydantic_core import PydanticCustomError

EARLIEST = datetime(1900, 1, 1, tzinfo=UTC)
LATEST = datetime(2200, 1, 1, tzinfo=UTC)
LARGEST_NUMBER = 10**15
DEEPEST_NESTING = 16
NO_NUL = r"\A[^\x00]*\z"


def _written_time(value: object) -> object:
    if isinstance(value, datetime) or (isinstance(value, str) and ":" in value):
        return value
    raise PydanticCustomError("time_text", "a time is written as text with its zone, such as 2026-04-01T09:12:33+09:00")


def _in_utc(value: datetime) -> datetime:
    if not EARLIEST <= value < LATEST:
        raise PydanticCustomError("time_range", "a time lies between the years 1900 and 2200")
    return value.astimezone(UTC)


def _written_date(value: object) -> object:
    if isinstance(value, date) or (isinstance(value, str) and "-" in value):
        return value
    raise PydanticCustomError("date_text", "a date is written as text, such as 2026-04-01")


Key = Annotated[str, Strict(), Field(min_length=1, max_length=200, pattern=r"\A[^\x00-\x1f\x7f]+\z")]
Text = Annotated[str, Strict(), Field(max_length=4_000, pattern=NO_NUL)]
Memo = Annotated[str, Strict(), Field(max_length=20_000, pattern=NO_NUL)]
Count = Annotated[int, Strict(), Field(ge=0, le=LARGEST_NUMBER)]
Number = Annotated[float, Strict(), Field(ge=-LARGEST_NUMBER, le=LARGEST_NUMBER, allow_inf_nan=False)]
Flag = Annotated[bool, Strict()]
Instant = Annotated[AwareDatetime, BeforeValidator(_written_time), AfterValidator(_in_utc)]
Day = Annotated[date, BeforeValidator(_written_date)]
Currency = Annotated[str, Strict(), Field(pattern=r"\A[A-Z]{3}\z")]


class Money(BaseModel):
    """An amount in major units of an ISO 4217 currency."""

    model_config = ConfigDict(frozen=True, extra="forbid")
    amount: Number
    currency: Currency


def check_plain(value: JsonValue, field: str, depth: int = 0) -> None:
    """Refuse in an undeclared field what no store of ours could keep: NUL, numbers beyond 10^15, nesting beyond 16."""
    match value:
        case str():
            _expect("\x00" not in value, field, "text without NUL characters")
        case bool() | None:
            return
        case int() | float():
            _expect(-LARGEST_NUMBER <= value <= LARGEST_NUMBER, field, "a finite number of at most 10^15")
        case dict() | list():
            _check_nested(value, field, depth)


def _expect(holds: bool, field: str, expected: str) -> None:
    if not holds:
        text = "{field}: {expected} is expected"
        raise PydanticCustomError("plain_field", text, {"field": field, "expected": expected})


def _check_nested(value: dict[str, JsonValue] | list[JsonValue], field: str, depth: int) -> None:
    _expect(depth < DEEPEST_NESTING, field, "at most 16 levels of nesting")
    if isinstance(value, dict):
        for name in value:
            check_plain(name, field)
    for item in value.values() if isinstance(value, dict) else value:
        check_plain(item, field, depth + 1)
