"""How often a rule counts: repeat rules in event-time order, and the latest that it keeps."""

import pytest

from services.scoring.counting import MOST_OBJECTS, object_key
from tests.unit.scoring.scoring_leads import DAY, HOUR, NOON, download, live, one_rule, score, total


def counted(rules, events):
    return [line.event_id for line in score(rules, events).lines]


def test_always_counts_every_event():
    assert total(one_rule("points: 2"), [download(NOON + n * HOUR) for n in range(5)]) == 10.0


def test_once_counts_the_first_by_event_time_even_if_it_arrives_last():
    events = [download(NOON + HOUR, event_id="later"), download(NOON, event_id="first")]
    assert counted(one_rule("points: 2, repeat: once"), events) == ["first"]


def test_once_per_object_counts_each_object_once_and_a_missing_one_is_one_object():
    assets = ["a", "b", "a", None, None, "b"]
    events = [download(NOON + n * HOUR, event_id=str(n), asset_id=asset) for n, asset in enumerate(assets)]
    assert counted(one_rule("points: 2, repeat: {once_per: asset_id}"), events) == ["0", "1", "3"]


def test_objects_are_told_apart_by_value_and_type():
    assert object_key(3) == object_key(3.0) != object_key("3")
    assert object_key(None) != object_key("")
    assert len(object_key("x" * 4000)) < 64 < len("x" * 4000)
    assert object_key("x" * 4000) != object_key("x" * 3999)


@pytest.mark.parametrize(
    ("hours", "expected"),
    [
        ([0, 1, 2, 3], ["0", "1", "2"]),
        ([0, 1, 2, 24], ["0", "1", "2", "3"]),  # exactly one period after the first: it has left (t - D, t]
        ([0, 1, 2, 23, 25], ["0", "1", "2", "4"]),  # what was refused uses nothing up
    ],
)
def test_at_most_three_a_day_looks_at_what_was_counted_in_the_day_before_each_event(hours, expected):
    events = [download(NOON + hour * HOUR, event_id=str(n)) for n, hour in enumerate(hours)]
    assert counted(one_rule("points: 2, repeat: {at_most: 3, per: 1d}"), events) == expected


def test_a_late_event_takes_its_place_in_the_count_and_pushes_a_later_one_out():
    events = [download(NOON + hour * HOUR, event_id=str(hour)) for hour in (1, 2, 0)]
    assert counted(one_rule("points: 2, repeat: {at_most: 2, per: 1d}"), events) == ["0", "1"]


def test_at_most_none_counts_nothing():
    assert total(one_rule("points: 2, repeat: {at_most: 0, per: 1d}"), [download()]) == 0.0


@pytest.mark.parametrize("order", [[0, 1, 2], [2, 1, 0], [1, 2, 0]])
def test_events_of_one_time_are_counted_by_source_then_id_never_by_arrival(order):
    events = [
        download(event_id="b", source="urn:a"),
        download(event_id="a", source="urn:b"),
        download(event_id="c", source="urn:a"),
    ]
    arrived = [events[place] for place in order]
    assert counted(one_rule("points: 2, repeat: {at_most: 2, per: 1d}"), arrived) == ["b", "c"]


def test_only_the_latest_that_a_rule_keeps_give_points_and_the_older_show_as_one_line_of_zero():
    events = [download(NOON + n * HOUR, event_id=str(n)) for n in range(5)]
    lines = score(one_rule("points: 2, keep: 2"), events).lines
    assert [(line.event_id, line.value) for line in lines] == [(None, 0), ("3", 2_000_000), ("4", 2_000_000)]


def test_two_hundred_are_kept_by_default():
    events = [download(NOON + n * HOUR) for n in range(201)]
    assert [line.value for line in score(one_rule("points: 1"), events[:200]).lines] == [1_000_000] * 200
    assert [line.value for line in score(one_rule("points: 1"), events).lines] == [0, *[1_000_000] * 200]


def test_what_is_kept_is_chosen_after_the_repeat_rule():
    days = [0, 0, 2, 2, 4, 4]
    events = [download(NOON + day * DAY + n * HOUR, event_id=str(n)) for n, day in enumerate(days)]
    lines = score(one_rule("points: 1, keep: 2, repeat: {at_most: 1, per: 1d}"), events).lines
    assert [line.event_id for line in lines] == [None, "2", "4"]


def test_a_repeat_rule_may_look_back_over_more_events_than_give_points():
    events = [download(NOON + n * HOUR, event_id=str(n)) for n in range(6)]
    rules = one_rule("points: 1, keep: 1, repeat: {at_most: 4, per: 30d}")
    assert counted(rules, events) == [None, "3"]


def test_a_lead_with_more_objects_than_anybody_reads_does_not_make_its_state_grow():
    rules = one_rule("points: 1, repeat: {once_per: asset_id}")
    many = [download(NOON + n * HOUR, asset_id=f"a rather long name of a document, number {n}") for n in range(2300)]
    lead, _ = live(rules, many)
    assert len(lead.counted["it"].objects) == lead.counted["it"].total == MOST_OBJECTS
    assert max(len(about) for about in lead.counted["it"].objects) == 16
