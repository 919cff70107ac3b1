from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import BaseModel, TypeAdapter, ValidationError

from shared.durations import Duration, WorkDuration, format_duration, parse_duration


class Clock(BaseModel):
    within: WorkDuration
    half_life: Duration = timedelta(days=30)


@pytest.mark.parametrize(
    ("text", "length"),
    [
        ("90s", timedelta(seconds=90)),
        ("15m", timedelta(minutes=15)),
        ("4h", timedelta(hours=4)),
        ("30d", timedelta(days=30)),
        ("0s", timedelta(0)),
    ],
)
def test_a_duration_is_a_whole_number_and_a_unit(text: str, length: timedelta) -> None:
    assert parse_duration(text) == length


@pytest.mark.parametrize("text", ["", "4", "h", "1.5h", "-1h", "4H", "4 h", "1h30m", "１５m", "9" * 40 + "h"])
def test_other_text_is_refused_with_what_was_expected_and_an_example(text: str) -> None:
    with pytest.raises(
        ValueError, match=r"cannot read .* expected a whole number and one unit of s, m, h or d, such as"
    ):
        parse_duration(text)
    with pytest.raises(ValueError, match=r"cannot read .* expected working time .* such as 15m .* such as 1bd"):
        WorkDuration.parse(text)


def test_an_unknown_unit_is_named() -> None:
    with pytest.raises(ValueError, match='unknown unit "w" in "2w": expected'):
        parse_duration("2w")
    with pytest.raises(ValueError, match='unknown unit "w" in "2w": expected'):
        WorkDuration.parse("2w")


def test_business_days_are_not_elapsed_time() -> None:
    with pytest.raises(ValueError, match='unknown unit "bd"'):
        parse_duration("1bd")


def test_working_time_has_no_days_and_the_error_says_what_to_write() -> None:
    with pytest.raises(ValueError, match="write 3bd for business days, or hours such as 8h"):
        WorkDuration.parse("3d")


@pytest.mark.parametrize("text", ["87601h", "3651bd"])
def test_work_of_more_than_ten_years_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="too long: expected at most"):
        WorkDuration.parse(text)


def test_elapsed_time_that_no_clock_can_hold_is_refused() -> None:
    with pytest.raises(ValueError, match="too long: expected at most 999999999 of that unit"):
        parse_duration("1000000000d")


@pytest.mark.parametrize(
    ("text", "work"),
    [
        ("15m", WorkDuration(timedelta(minutes=15))),
        ("4h", WorkDuration(timedelta(hours=4))),
        ("0bd", WorkDuration(business_days=0)),
        ("3bd", WorkDuration(business_days=3)),
    ],
)
def test_work_is_working_time_or_business_days(text: str, work: WorkDuration) -> None:
    assert WorkDuration.parse(text) == work
    assert str(work) == text


def test_a_work_duration_is_one_of_the_two_and_not_negative() -> None:
    with pytest.raises(ValueError, match="cannot be mixed"):
        WorkDuration(timedelta(hours=1), business_days=1)
    with pytest.raises(ValueError, match="cannot be negative"):
        WorkDuration(timedelta(hours=-1))
    with pytest.raises(ValueError, match="cannot be negative"):
        WorkDuration(business_days=-1)


def test_parts_of_a_second_cannot_be_written() -> None:
    with pytest.raises(ValueError, match="parts of a second"):
        format_duration(timedelta(milliseconds=1))


@given(st.integers(0, 10**9))
def test_a_written_duration_reads_back_the_same(seconds: int) -> None:
    length = timedelta(seconds=seconds)
    assert parse_duration(format_duration(length)) == length


@given(st.builds(timedelta, seconds=st.integers(0, 87_600 * 3_600)))
def test_written_working_time_reads_back_the_same(length: timedelta) -> None:
    assert WorkDuration.parse(str(WorkDuration(length))) == WorkDuration(length)


def test_models_read_and_write_durations_as_text() -> None:
    clock = Clock.model_validate({"within": "90m", "half_life": "14d"})
    assert clock == Clock(within=WorkDuration(timedelta(minutes=90)), half_life=timedelta(days=14))
    assert clock.model_dump(mode="json") == {"within": "90m", "half_life": "14d"}
    assert Clock.model_validate_json(clock.model_dump_json()) == clock


@pytest.mark.parametrize("value", [15, None, 1.5, ["15m"]])
def test_models_refuse_what_is_not_text(value: object) -> None:
    with pytest.raises(ValidationError, match=r"is not a duration: expected working time .*(?s:.*)is not a duration"):
        Clock.model_validate({"within": value, "half_life": value})


def test_the_schema_for_editors_shows_text_with_a_unit() -> None:
    assert TypeAdapter(WorkDuration).json_schema() == {"type": "string", "pattern": "^[0-9]+(s|m|h|bd)$"}
    assert TypeAdapter(Duration).json_schema()["pattern"] == "^[0-9]+(s|m|h|d)$"
