"""What happens to a qualified lead whose score falls: it may be armed again, and it is told when it cools."""

import pytest

from services.scoring.domain import apply, next_due, on_due
from tests.unit.scoring.scoring_leads import DAY, HOUR, NOON, activity, download, live, playbook, qualified

RULES = """
engagement: {half_life: 30d, groups: [{id: all, rules: [{id: paper, on: content.downloaded, points: 31}]}]}
mql: {threshold: 60, instant: [demo.requested] MORE}
"""


def rules(more: str = ""):
    return playbook(RULES.replace("MORE", more))


PLAIN = rules()


FADING_LOSS = """
fit: {rules: [{id: far, when: {field: industry, op: eq, value: food}, points: -35}]}
engagement: {groups: [{id: g, rules: [
  {id: gain, on: content.downloaded, points: 100, half_life: 30d},
  {id: loss, on: web.visited, points: LOSS, window: 3d}]}]}
mql: {threshold: 60}
"""


REARMING = rules(", rearm_below: 40")
REJECTED = activity("lead.rejected", NOON + 2 * HOUR, reason="too early")


@pytest.mark.parametrize(
    ("events", "times"),
    [
        ([REJECTED, download(NOON + 60 * DAY), download(NOON + 60 * DAY)], 2),
        ([download(NOON + 60 * DAY), download(NOON + 60 * DAY), download(NOON + 60 * DAY)], 1),
        ([REJECTED, download(NOON + 5 * DAY)], 1),
        ([activity("lead.rejected", NOON - HOUR, reason="too early"), *[download(NOON + 60 * DAY)] * 2], 1),
        ([activity("lead.sales_qualified", NOON + HOUR), REJECTED, *[download(NOON + 60 * DAY)] * 2], 1),
        ([activity("lead.rejected", NOON + 2 * HOUR, reason="not_mine"), *[download(NOON + 60 * DAY)] * 2], 1),
    ],
    ids=[
        "fell while with marketing",
        "fell while in hand",
        "did not fall",
        "before",
        "back to Inside Sales",
        "goes to another rep",
    ],
)
def test_falling_below_the_mark_arms_again_only_while_nobody_has_the_lead(events, times):
    start = [download(NOON), download(NOON + HOUR)]
    distinct = [event.model_copy(update={"id": f"n{place}"}) for place, event in enumerate(events)]
    assert len(qualified(REARMING, start + distinct)) == times


def test_a_loss_that_is_over_by_the_next_activity_has_armed_the_lead_again():
    falling = playbook(FADING_LOSS.replace("LOSS", "-70").replace("threshold: 60", "threshold: 60, rearm_below: 40"))
    events = [download(NOON), REJECTED, activity("web.visited", NOON + 3 * HOUR), download(NOON + 4 * DAY)]
    assert [event.time for event in qualified(falling, events)] == [NOON, NOON + 4 * DAY]


def test_without_the_mark_falling_arms_nobody():
    start = [download(NOON), download(NOON + HOUR), REJECTED]
    assert len(qualified(PLAIN, [*start, *(download(NOON + 60 * DAY) for _ in range(3))])) == 1


def test_falling_below_the_threshold_by_time_alone_is_told_with_its_moment():
    lead, _ = live(PLAIN, first := [download(NOON), download(NOON), download(NOON)])
    _, emitted = live(PLAIN, [activity("call.attempted", NOON + 90 * DAY)], lead, first)
    [event] = emitted
    assert (event.type, event.data.cycle) == ("lead.cooled", 1)
    assert event.data.score < 60.0
    assert event.data.score == pytest.approx(60.0, abs=1e-4)
    assert event.time == pytest.approx(NOON + 18.967 * DAY, abs=HOUR)


def test_cooling_is_told_once_however_many_activities_follow():
    events = [*(download(NOON) for _ in range(3)), *(activity("call.attempted", NOON + n * DAY) for n in range(90))]
    assert [event.type for event in live(PLAIN, events)[1]] == ["lead.qualified", "lead.cooled"]


def test_a_lead_below_the_threshold_that_raised_its_hand_does_not_cool():
    events = [activity("demo.requested"), activity("call.attempted", NOON + 90 * DAY)]
    assert [event.type for event in live(PLAIN, events)[1]] == ["lead.qualified"]


@pytest.mark.parametrize(
    ("loss", "days", "told"),
    [
        (-38, [1 / 24, 2], [0, 1]),  # 62 points, below 60 for a day, above again when the loss is over
        (-38, [1 / 24, 4], [0, 1]),  # told late, with the moment at which it was below
        (-50, [1, 5, 30], [0, 0, 1]),  # 50 points, 89 when the loss is over, below 60 after 22 days
    ],
)
def test_cooling_is_found_though_a_loss_is_over_meanwhile(loss, days, told):
    fading = playbook(FADING_LOSS.replace("LOSS", str(loss)))
    events = [download(NOON), activity("web.visited", NOON)]
    lead, _ = live(fading, events)
    found = []
    for day in days:
        decided = apply(lead, activity("call.attempted", NOON + day * DAY), fading)
        lead = decided.state
        found.append(len(decided.events))
    assert found == told


def test_cooling_is_found_after_the_fit_has_fallen():
    fading = playbook(FADING_LOSS.replace("LOSS", "-1"))
    events = [
        download(NOON),
        activity("call.attempted", NOON + HOUR),
        activity("profile.updated", NOON + 2 * HOUR, industry="food"),
        activity("call.attempted", NOON + 3 * DAY),
    ]
    assert [event.type for event in live(fading, events)[1]] == ["lead.qualified", "lead.cooled"]


def test_a_score_that_falls_is_told_without_waiting_for_the_next_activity():
    lead, _ = live(PLAIN, [download(NOON), download(NOON)])
    due = next_due(lead)
    assert NOON + 1 * DAY < due < NOON + 2 * DAY
    assert on_due(lead, "lead-1", due - HOUR, PLAIN).events == ()
    [event] = on_due(lead, "lead-1", due, PLAIN).events
    assert (event.type, event.time, event.data.cycle) == ("lead.cooled", due, 1)


def test_a_gain_meanwhile_puts_the_fall_off_when_the_timer_asks():
    lead, _ = live(PLAIN, [download(NOON), download(NOON), download(NOON + DAY)])
    early = next_due(lead)
    asked = on_due(lead, "lead-1", early, PLAIN)
    assert asked.events == ()
    assert next_due(asked.state) > early + 10 * DAY


def test_a_score_that_never_fades_is_not_watched():
    lasting = playbook(RULES.replace("half_life: 30d, ", "").replace("MORE", ""))
    lead, _ = live(lasting, [download(NOON), download(NOON)])
    assert next_due(lead) is None
