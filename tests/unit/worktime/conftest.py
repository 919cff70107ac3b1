from collections.abc import Callable

import pytest

from shared.calendars import CalendarRules
from shared.worktime import WorkCalendar

CalendarMaker = Callable[..., WorkCalendar]


@pytest.fixture(scope="session")
def tokyo() -> WorkCalendar:
    """A Japanese office with a lunch break, closed at the turn of the year and for one summer day."""
    rules = {
        "timezone": "Asia/Tokyo",
        "hours": {"mon-fri": ["09:00-12:00", "13:00-18:00"], "sat": []},
        "holidays": {
            "country": "JP",
            "closed": [{"from": "2026-12-29", "to": "2027-01-03", "name": "年末年始"}, "2026-08-13"],
        },
    }
    return CalendarRules.model_validate(rules).build()


@pytest.fixture(scope="session")
def calendar() -> CalendarMaker:
    """A calendar from a zone, hours by weekday and, where it has any, days off."""

    def make(timezone: str, hours: dict[str, list[str]], **holidays: object) -> WorkCalendar:
        rules = {"timezone": timezone, "hours": hours, "holidays": holidays}
        return CalendarRules.model_validate(rules).build()

    return make
