"""The active playbook in a real Postgres: its holidays are those of its activation, whatever the library says later."""

from collections.abc import Iterable
from datetime import UTC, date, datetime

import pytest

from shared import calendars
from shared.active_playbook import ActivePlaybook, activate
from shared.calendars import load_calendars
from shared.db import Connection
from shared.playbook import PlaybookFolder
from shared.worktime import WorkCalendar
from tests.integration.tiny import Tiny

AT = datetime(2026, 5, 1, tzinfo=UTC)
MOVED = date(2026, 5, 11)
FOLDER = PlaybookFolder.of(
    {
        "calendars.yaml": "calendars: {tokyo: {timezone: Asia/Tokyo, hours: {mon-fri: ['09:00-18:00']}, "
        "holidays: {country: JP}}}"
    }
)


def another_release(country: str, years: Iterable[int], subdivision: str | None = None) -> dict[date, str]:
    return {MOVED: "a day that parliament added later"}


async def tokyo(connection: Connection) -> WorkCalendar:
    active = await ActivePlaybook(lambda folder: load_calendars(folder).build(folder.holidays)).read(connection)
    return active.rules["tokyo"]


async def test_a_new_release_of_the_holiday_library_moves_no_deadline_by_itself(
    tiny: Tiny, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with tiny.pool.acquire() as connection:
        assert await activate(connection, FOLDER, "one", AT)
        assert not await activate(connection, FOLDER, "one", AT)
        monkeypatch.setattr(calendars, "resolve_holidays", another_release)
        assert (await tokyo(connection)).windows(MOVED)
        assert not (await tokyo(connection)).windows(date(2026, 5, 5))

        assert await activate(connection, FOLDER, "one", AT)
        assert not (await tokyo(connection)).windows(MOVED)
