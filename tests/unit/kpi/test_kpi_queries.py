"""What the pages make of the words in an address."""

import pytest
from starlette.requests import Request

from services.kpi.web import LONGEST_PERIOD_DAYS, _days, _filter


def asked(query: str) -> Request:
    return Request({"type": "http", "query_string": query.encode(), "headers": []})


@pytest.mark.parametrize(
    ("text", "days"), [("30", 30), ("007", 7), ("0", None), ("", None), ("x", None), ("9" * 5000, LONGEST_PERIOD_DAYS)]
)
def test_period_is_a_number_of_days_at_most_ten_years(text: str, days: int | None) -> None:
    assert _days(asked(f"days={text}")) == days


def test_name_that_no_column_can_hold_is_never_sent_to_the_database() -> None:
    assert "\0" not in _filter(asked("stage=%00")).stage
