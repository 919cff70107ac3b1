"""How the simulated reps work: in their hours, in order, each with habits of their own."""

from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest

from services.alerts.playbook import load
from services.demo.records import Sending, seeded
from services.demo.reps import Work, handed
from shared.events import decode
from shared.playbook import PlaybookFolder
from shared.settings import DEPLOY
from shared.worktime import WorkCalendar

TOKYO = ZoneInfo("Asia/Tokyo")
LATE = datetime(2026, 4, 15, 17, 30, tzinfo=TOKYO)


@pytest.fixture(scope="module")
def calendar() -> WorkCalendar:
    return load(PlaybookFolder.read(DEPLOY / "playbook")).reps["rep-02"].calendar


def story(calendar: WorkCalendar, team: str, number: int, rep: str = "rep-02") -> list[Sending]:
    return list(handed(Work(seeded(f"{number}"), "lead-1", rep, calendar, LATE), team, "", urgent=False))


@pytest.mark.parametrize("team", ["is", "fs", "cs"])
def test_reps_work_in_their_working_hours_only(calendar: WorkCalendar, team: str) -> None:
    for number in range(60):
        for record in story(calendar, team, number):
            local = record.at.astimezone(TOKYO)
            assert local.weekday() < 5
            assert time(9) <= local.time() <= time(18)


@pytest.mark.parametrize("team", ["is", "fs", "cs"])
def test_a_rep_acts_in_order_and_under_their_own_name(calendar: WorkCalendar, team: str) -> None:
    for number in range(60):
        events = [decode(record.value) for record in story(calendar, team, number)]
        assert [event.time for event in events] == sorted(event.time for event in events)
        assert {event.data.value("rep_id") for event in events} <= {"rep-02"}
        assert all(event.time >= LATE.astimezone(UTC) for event in events)


def test_one_rep_leaves_far_more_leads_lying_than_another(calendar: WorkCalendar) -> None:
    lying = {rep: sum(not story(calendar, "is", n, rep) for n in range(200)) for rep in ("rep-02", "rep-03")}

    assert lying["rep-03"] > 60
    assert lying["rep-02"] < 15


def test_some_leads_become_sqls_and_some_go_back_to_nurturing(calendar: WorkCalendar) -> None:
    last = [story(calendar, "is", n)[-1:] for n in range(300)]
    ends = [decode(record.value).type for records in last for record in records]

    assert 0.3 < ends.count("lead.sales_qualified") / len(ends) < 0.7
    assert 0.2 < ends.count("lead.recycled") / len(ends) < 0.6


def test_a_hand_raise_is_answered_sooner(calendar: WorkCalendar) -> None:
    def first(number: int, *, urgent: bool) -> timedelta:
        records = list(handed(Work(seeded(f"{number}"), "l", "rep-04", calendar, LATE), "is", "", urgent=urgent))
        return records[0].at - LATE if records else timedelta(0)

    assert sum((first(n, urgent=True) for n in range(50)), timedelta(0)) < sum(
        (first(n, urgent=False) for n in range(50)), timedelta(0)
    )
