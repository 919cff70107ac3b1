from datetime import datetime

import pytest

from services.alerts.notices import Notice, Update
from tests.unit.alerts.alert_stories import DUE, NOON, assigned_to, later, shown, told


def test_deadline_joins_the_message_when_the_clock_starts() -> None:
    story = assigned_to()
    (update,) = story.decides("clock.started", clock="accept", owner_id="rep-1", due_at=DUE)
    assert isinstance(update, Update)
    assert update.alert_id == story.notices[0].alert_id
    assert (update.card.deadlines, update.moot) == ((("accept", DUE),), False)


def test_deadline_of_another_team_does_not_touch_the_message() -> None:
    story = assigned_to()
    story.decides("lead.assigned", team="fs", owner_id="rep-3")
    (update,) = story.decides("clock.started", team="fs", clock="first_touch", owner_id="rep-3", due_at=DUE)
    assert update.card.team == "fs"


def test_breach_found_late_is_told_though_its_deadline_is_long_past() -> None:
    story = assigned_to()
    found = later(DUE, days=3)
    step = {"clock": "accept", "owner_id": "rep-1", "due_at": DUE, "action": "remind", "target": "owner"}
    assert told(story.decides("clock.breached", DUE, read_at=found, decided_at=found, **step))


def test_paused_clock_shows_no_deadline_until_it_goes_on() -> None:
    story = assigned_to()
    story.decides("clock.started", clock="accept", owner_id="rep-1", due_at=DUE)
    (paused,) = story.decides("clock.paused", clock="accept", owner_id="rep-1", due_at=DUE)
    (resumed,) = story.decides("clock.resumed", clock="accept", owner_id="rep-1", due_at=later(DUE, hours=1))
    assert paused.card.deadlines == ()
    assert resumed.card.deadlines == (("accept", later(DUE, hours=1)),)


@pytest.mark.parametrize("goes_on", ["clock.resumed", "clock.moved"])
def test_a_reminder_shows_the_deadline_that_counts_now_and_none_while_the_clock_rests(goes_on: str) -> None:
    story, clock = assigned_to(), {"clock": "accept", "owner_id": "rep-1"}
    story.decides("clock.started", **clock, due_at=DUE)
    story.decides("clock.started", clock="first_touch", owner_id="rep-1", due_at=later(DUE, hours=4))
    story.decides("clock.warned", **clock, due_at=DUE, step=1)
    if goes_on == "clock.resumed":
        assert _reminded(story.decides("clock.paused", **clock, due_at=DUE)) == [()]
    before = {"was_due_at": DUE, "was_playbook": "v1"} if goes_on == "clock.moved" else {}
    notices = story.decides(goes_on, **clock, **before, due_at=later(DUE, hours=1))
    assert _reminded(notices) == [(("accept", later(DUE, hours=1)),)]
    assert told(notices) == []


def test_a_reminder_of_an_earlier_run_keeps_its_deadline() -> None:
    story, clock = assigned_to(), {"clock": "next_touch", "owner_id": "rep-1"}
    story.decides("clock.warned", **clock, due_at=DUE, step=1)
    assert _reminded(story.decides("clock.started", **clock, due_at=later(DUE, hours=4), run=2)) == []


def _reminded(notices: list[Notice]) -> list[tuple[tuple[str, datetime], ...]]:
    return [notice.card.deadlines for notice in notices if notice.card.kind == "reminder"]


def test_owner_is_reminded_before_the_deadline() -> None:
    story = assigned_to()
    notices = story.decides("clock.warned", clock="accept", owner_id="rep-1", due_at=DUE, step=1)
    assert told(notices) == [("reminder", "owner:rep-1")]
    assert notices[0].card.deadlines == (("accept", DUE),)


@pytest.mark.parametrize(
    ("ladder_step", "expected"),
    [
        ({"action": "none"}, []),
        ({"action": "reassign", "target": "pool"}, []),
        ({"action": "remind", "target": "owner"}, [("breach", "owner:rep-1")]),
        ({"action": "notify", "target": "manager"}, [("breach", "manager:boss")]),
        ({"action": "notify", "target": "fallback"}, [("breach", "fallback:rep-9")]),
        ({"action": "notify", "target": "rep-2"}, [("breach", "rep:rep-2")]),
        ({"action": "notify", "target": "channel"}, [("breach", "channel:is")]),
        ({"action": "notify", "target": "nobody we know"}, [("breach", "channel:is")]),
    ],
)
def test_breach_is_told_to_whom_the_ladder_names(ladder_step: dict[str, str], expected: list[tuple[str, str]]) -> None:
    story = assigned_to()
    notices = story.decides("clock.breached", clock="accept", owner_id="rep-1", due_at=DUE, step=1, **ladder_step)
    assert told(notices) == expected


def test_each_step_of_the_ladder_is_told_once() -> None:
    story = assigned_to()
    for step in (1, 1, 2):
        story.decides(
            "clock.breached", clock="accept", owner_id="rep-1", due_at=DUE, step=step, action="remind", target="owner"
        )
    assert told(story.notices).count(("breach", "owner:rep-1")) == 2


def test_accepting_shows_in_every_message_about_the_handoff_and_acknowledges_them_once() -> None:
    story = assigned_to()
    story.decides("clock.warned", clock="accept", owner_id="rep-1", due_at=DUE, step=1)
    notices = story.decides("handoff.changed", status="accepted", owner_id="rep-1")
    assert shown(notices) == [("assigned", "accepted"), ("reminder", "accepted")]
    assert all(isinstance(notice, Update) and notice.moot for notice in notices)
    assert notices[0].card.outcome is not None
    assert notices[0].card.outcome.who == "Sato"
    story.decides("clock.met", clock="accept", owner_id="rep-1", due_at=DUE, met_at=NOON)
    assert story.event_types.count("alert.acknowledged") == 2


def test_clock_that_is_met_ends_its_reminder_and_leaves_the_handoff_open() -> None:
    story = assigned_to()
    story.decides("clock.started", clock="accept", owner_id="rep-1", due_at=DUE)
    story.decides("clock.warned", clock="accept", owner_id="rep-1", due_at=DUE, step=1)
    notices = story.decides("clock.met", clock="accept", owner_id="rep-1", due_at=DUE, met_at=NOON)
    assert shown(notices) == [("reminder", "met"), ("assigned", None)]
    assert [posted.kind for posted in story.state.open.values()] == ["assigned"]


def test_breach_that_was_none_after_all_is_mended_in_the_message() -> None:
    story = assigned_to()
    story.decides("clock.breached", clock="accept", owner_id="rep-1", due_at=DUE, action="notify", target="manager")
    notices = story.decides(
        "clock.corrected",
        clock="accept",
        owner_id="rep-1",
        due_at=DUE,
        was="breached",
        now="met",
        evidence_id="e",
        reported_late_by=60.0,
    )
    assert shown(notices) == [("breach", "corrected")]


def test_cancelled_clock_ends_its_reminder_without_acknowledging_it() -> None:
    story = assigned_to()
    story.decides("clock.warned", clock="accept", owner_id="rep-1", due_at=DUE)
    assert shown(story.decides("clock.cancelled", clock="accept", due_at=DUE, reason="recycled")) == [
        ("reminder", "cancelled")
    ]
    assert "alert.acknowledged" not in story.event_types
