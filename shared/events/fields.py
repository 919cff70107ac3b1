"""The value types that event data is made of: bounded, without NUL, times always aware."""

from datetime import UTC, date, datetime
from typing import Annotated

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    JsonValue,
    Strict,
    TypeAdapter,
)
from pydantic_core import PydanticCustomError

EARLIEST = datetime(1900, 1, 1, tzinfo=UTC)
LATEST = datetime(2200, 1, 1, tzinfo=UTC)
LARGEST_NUMBER = 10**15
DEEPEST_NESTING = 16
LONGEST_NAME_SHOWN = 60
NO_CONTROLS = r"\A[^\x00-\x1f\x7f]+\z"
NO_NUL = r"\A[^\x00]*\z"
CURRENCY = r"\A[A-Z]{3}\z"
COMMON_FORM = "--T"

_ANY_TIME: TypeAdapter[datetime] = TypeAdapter(datetime)


def in_range(value: datetime) -> datetime:
    """The time in UTC. Raises ValueError without a zone, or outside the years 1900 to 2200."""
    if value.tzinfo is None:
        raise PydanticCustomError("time_zone", "a time needs its zone, such as 2026-04-01T09:12:33+09:00")
    try:
        at = value.astimezone(UTC)
    except OverflowError:
        at = LATEST
    if not EARLIEST <= at < LATEST:
        raise PydanticCustomError("time_range", "a time lies between the years 1900 and 2200")
    return at


def _read_time(value: object) -> datetime:
    if isinstance(value, datetime):
        return in_range(value)
    if isinstance(value, str) and ":" in value and (read := _parsed(value)):
        return in_range(read)
    raise PydanticCustomError("time_text", "a time is written as text with its zone, such as 2026-04-01T09:12:33+09:00")


def _parsed(text: str) -> datetime | None:
    """The common form is read by the standard library, which is four times faster; all others by pydantic."""
    for read in (datetime.fromisoformat, _ANY_TIME.validate_python)[text[4:11:3] != COMMON_FORM :]:
        try:
            return read(text)
        except ValueError:
            continue
    return None


def _written_date(value: object) -> object:
    if isinstance(value, date) or (isinstance(value, str) and "-" in value):
        return value
    raise PydanticCustomError("date_text", "a date is written as text, such as 2026-04-01")


def check_plain(value: JsonValue, depth: int = 0) -> JsonValue:
    """Refuse in an undeclared field what no store of ours could keep: NUL, numbers beyond 10^15, nesting beyond 16."""
    match value:
        case str():
            _expect("\x00" not in value, "text without NUL characters")
        case bool() | None:
            pass
        case int() | float():
            _expect(-LARGEST_NUMBER <= value <= LARGEST_NUMBER, "a finite number of at most 10^15")
        case dict() | list():
            _check_nested(value, depth)
    return value


def _expect(holds: bool, expected: str) -> None:
    if not holds:
        raise PydanticCustomError("plain_field", "{expected} is expected", {"expected": expected})


def _check_nested(value: dict[str, JsonValue] | list[JsonValue], depth: int) -> None:
    _expect(depth < DEEPEST_NESTING, "at most 16 levels of nesting")
    if isinstance(value, dict):
        for name in value:
            check_plain(name)
    for item in value.values() if isinstance(value, dict) else value:
        check_plain(item, depth + 1)


Key = Annotated[str, Strict(), Field(min_length=1, max_length=200, pattern=NO_CONTROLS)]
Text = Annotated[str, Strict(), Field(max_length=4_000, pattern=NO_NUL)]
Memo = Annotated[str, Strict(), Field(max_length=20_000, pattern=NO_NUL)]
Count = Annotated[int, Strict(), Field(ge=0, le=LARGEST_NUMBER)]
Number = Annotated[float, Strict(), Field(ge=-LARGEST_NUMBER, le=LARGEST_NUMBER, allow_inf_nan=False)]
Flag = Annotated[bool, Strict()]
Instant = Annotated[datetime, BeforeValidator(_read_time)]
Day = Annotated[date, BeforeValidator(_written_date)]
Currency = Annotated[str, Strict(), Field(pattern=CURRENCY)]
PlainName = Annotated[str, Field(max_length=200, pattern=NO_NUL)]
PlainValue = Annotated[JsonValue, AfterValidator(check_plain)]


class Money(BaseModel):
    """An amount in major units of an ISO 4217 currency."""

    model_config = ConfigDict(frozen=True, extra="forbid")
    amount: Number
    currency: Currency
