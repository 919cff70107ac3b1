"""The active playbook in a real Postgres: its holidays are those of its activation, whatever the library says later."""

import asyncio
from collections.abc import Iterable
from datetime import UTC, date, datetime

import pytest

from shared import calendars
from shared.active_playbook import ActivePlaybook, NoPlaybookError, activate
from shared.calendars import load_calendars
from shared.db import Connection
from shared.playbook import PlaybookFolder
from shared.worktime import WorkCalendar
from tests.integration.tiny import Tiny, numbered, until

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


# A playbook that the running program cannot load


class Loader:
    """Loads the company's name, unless it is one that this program cannot read, and notes each attempt."""

    def __init__(self) -> None:
        self.unreadable = {"bad", "worse"}
        self.asked: list[str] = []

    def __call__(self, folder: PlaybookFolder) -> str:
        name = folder.files["company.yaml"].removeprefix("name: ")
        self.asked.append(name)
        if name in self.unreadable:
            raise KeyError(name)
        return name


async def activated(tiny: Tiny, *names: str) -> None:
    async with tiny.pool.acquire() as connection:
        for name in names:
            await activate(connection, PlaybookFolder.of({"company.yaml": f"name: {name}"}), name, AT)


async def in_force(tiny: Tiny, playbook: ActivePlaybook[str]) -> str:
    async with tiny.pool.acquire() as connection:
        return (await playbook.read(connection)).rules


def shown(tiny: Tiny, playbook: ActivePlaybook[str]) -> tuple[list[str], float]:
    """(names that are shown as in force, whether a newer one is shown as refused)."""
    playbook.show(tiny.metrics)
    samples = [sample for metric in tiny.metrics.playbook.collect() for sample in metric.samples]
    return [sample.labels["name"] for sample in samples], tiny.counted("baton_playbook_refused")


async def test_a_playbook_that_cannot_be_loaded_leaves_the_last_good_one_in_force_until_it_is_mended(
    tiny: Tiny,
) -> None:
    load = Loader()
    playbook = ActivePlaybook(load)
    await activated(tiny, "good")
    assert await in_force(tiny, playbook) == "good"
    assert shown(tiny, playbook) == (["good"], 0)

    await activated(tiny, "bad")
    assert [await in_force(tiny, playbook) for _ in range(3)] == ["good"] * 3
    assert shown(tiny, playbook) == (["good"], 1)

    await activated(tiny, "mended")
    assert await in_force(tiny, playbook) == "mended"
    assert shown(tiny, playbook) == (["mended"], 0)
    assert load.asked == ["good", "bad", "mended"], "each is tried once"


async def test_a_service_that_starts_works_by_the_newest_playbook_that_it_can_load(tiny: Tiny) -> None:
    await activated(tiny, "older", "good", "bad", "worse")
    load = Loader()

    assert await in_force(tiny, ActivePlaybook(load)) == "good"
    assert load.asked == ["worse", "bad", "good"]


async def test_a_service_that_can_load_no_playbook_at_all_says_so(tiny: Tiny) -> None:
    load = Loader()
    load.unreadable.add("Test")
    await activated(tiny, "bad")

    for _ in range(2):
        with pytest.raises(NoPlaybookError, match="can load no playbook"):
            await in_force(tiny, playbook := ActivePlaybook(load))
    assert shown(tiny, playbook) == ([], 1)


async def test_a_service_goes_on_under_the_last_good_playbook_and_tells_the_operators(tiny: Tiny) -> None:
    tiny.playbook = ActivePlaybook(Loader())
    runner, stopping = tiny.runner(), asyncio.Event()
    running = asyncio.create_task(tiny.timers().run(stopping))
    await runner.take(numbered(0))

    await activated(tiny, "bad")
    await runner.take(numbered(1))
    await until(lambda: tiny.counted("baton_playbook_refused") == 1)
    stopping.set()
    await running

    assert await tiny.applied() == ["e0-0", "e0-1"]
