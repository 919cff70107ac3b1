"""Whatever happens to replicas, records and commits: each activity counts once, in its order, and so does what follows.

Baton's own lanes, runners, relays and timer loops on a real Postgres, with Kafka in memory; nothing is left to chance
but what Hypothesis draws. `BATON_TEST_EXAMPLES` sets how much that is.
"""

import os

import pytest
from hypothesis import HealthCheck, Phase, settings
from hypothesis.stateful import run_state_machine_as_test

from tests.fault.sometimes import sometimes
from tests.integration.tiny import sample
from tests.model import stories
from tests.model.checks import BrokenPromiseError
from tests.model.conftest import Create
from tests.model.planted import LEAVES_BATCH, PLANTED, SOUND
from tests.model.replica import Parts
from tests.model.stage import Stage
from tests.model.stories import Story

EXAMPLES = int(os.environ.get("BATON_TEST_EXAMPLES", "40"))
DRAWN = settings(
    stateful_step_count=30,
    derandomize=True,
    database=None,
    deadline=None,
    phases=[Phase.generate, Phase.shrink],
    report_multiple_bugs=False,
    suppress_health_check=list(HealthCheck),
)
KEPT = [
    ("commit before effect", stories.one_call_fails),
    ("no seek after an exception", stories.a_batch_is_left_and_its_reader_goes_on),
    ("no seek after an exception", stories.the_group_is_moved_to_the_last_record),
    ("inbox without position", stories.the_group_is_moved_to_the_last_record),
    ("inbox without position", stories.all_is_read_again_once_the_inbox_has_forgotten),
    ("outbox selected by id > last", stories.a_batch_commits_after_one_that_wrote_later_was_sent),
    ("outbox selected by id > last", stories.one_partition_does_not_take_what_is_sent),
    ("timer with a running state", stories.a_process_ends_while_it_fires),
]
OFTEN = (
    "a call that failed in the middle of a turn",
    "a crash in the middle of a turn",
    "a rebalance in the middle of a batch",
)
SELDOM = (
    "a zombie that reads on",
    "a zombie woken in the middle of its batch",
    "read: another's lock was waited for",
)


def happened(stage: Stage, *faults: str) -> None:
    """Assert that they did, and tell it at the end of the run."""
    for fault in faults:
        sometimes(f"model: {fault}", stage.seen[fault])
        assert stage.seen[fault], f"{fault} never happened: this proves nothing"


def counted(stage: Stage, name: str, **labels: str) -> float:
    return sample(stage.ground.metrics.registry, name, service="routing", **labels)


def told(create: Create, parts: Parts, story: Story) -> None:
    """Play a story, then let all come to rest. Raises BrokenPromiseError."""
    model = create(parts)
    try:
        story(model)
    finally:
        model.teardown()


@pytest.mark.row(10, 12, 15, 25, 26, 39, 50)
def test_whatever_happens_each_activity_and_what_follows_from_it_count_once(create: Create, stage: Stage) -> None:
    run_state_machine_as_test(lambda: create(SOUND), settings=settings(DRAWN, max_examples=EXAMPLES // 2))
    happened(stage, *OFTEN)


@pytest.mark.long
@pytest.mark.timeout(3600)
@pytest.mark.row(10, 12, 15, 25, 26, 39, 50)
def test_whatever_else_happens_each_activity_and_what_follows_from_it_count_once(create: Create, stage: Stage) -> None:
    many = settings(DRAWN, max_examples=10 * EXAMPLES, stateful_step_count=50)
    run_state_machine_as_test(lambda: create(SOUND), settings=many)
    happened(stage, *OFTEN, *SELDOM)


@pytest.mark.parametrize(("bug", "story"), KEPT, ids=lambda each: each if isinstance(each, str) else each.__name__)
def test_the_story_kept_of_a_planted_bug_tells_it_from_what_is_sound(create: Create, bug: str, story: Story) -> None:
    told(create, SOUND, story)
    with pytest.raises(BrokenPromiseError):
        told(create, PLANTED[bug], story)


def test_a_first_batch_that_was_left_at_an_error_is_gone_back_for(create: Create, stage: Stage) -> None:
    told(create, LEAVES_BATCH, stories.a_batch_is_left_and_its_reader_goes_on)
    assert counted(stage, "baton_rewinds_total", topic="lead.activity.v1") == 1


@pytest.mark.long
@pytest.mark.timeout(3600)
@pytest.mark.parametrize("bug", PLANTED)
def test_each_planted_bug_is_found_and_its_shortest_story_shown(create: Create, bug: str) -> None:
    with pytest.raises(BrokenPromiseError) as found:
        run_state_machine_as_test(lambda: create(PLANTED[bug]), settings=settings(DRAWN, max_examples=1000))
    print(f"\n{bug}: {found.value}", *found.value.__notes__, sep="\n")
    sometimes(f"model: planted bug found: {bug}")


@pytest.mark.row(10)
def test_replicas_that_come_and_go_in_the_middle_of_batches_lose_and_repeat_nothing(
    create: Create, stage: Stage
) -> None:
    told(create, SOUND, stories.replicas_come_and_go_in_the_middle_of_batches)
    happened(stage, "a rebalance in the middle of a batch", "a zombie woken in the middle of its batch")


@pytest.mark.row(12, 25, 26)
def test_a_zombie_whose_heir_waits_for_it_commits_once_for_both(create: Create, stage: Stage) -> None:
    told(create, SOUND, stories.a_zombie_wakes_before_its_commit_and_its_heir_waits_for_it)
    happened(stage, "a zombie woken in the middle of its batch", "read: another's lock was waited for")
    assert counted(stage, "baton_records_skipped_total", topic="lead.activity.v1") >= 2
    assert counted(stage, "baton_records_duplicate_total", topic="lead.activity.v1") == 1


@pytest.mark.row(12, 25)
def test_a_zombie_that_wakes_when_its_heir_has_read_on_changes_nothing(create: Create, stage: Stage) -> None:
    told(create, SOUND, stories.a_zombie_wakes_when_its_heir_has_read_on)
    happened(stage, "a zombie woken in the middle of its batch", "a zombie that reads on")


@pytest.mark.row(15)
def test_commits_that_fail_or_come_after_the_next_rebalance_change_nothing(create: Create, stage: Stage) -> None:
    told(create, SOUND, stories.commits_fail_or_come_after_the_next_rebalance)
    assert counted(stage, "baton_commit_failures_total") >= 2


@pytest.mark.row(39)
@pytest.mark.parametrize(
    ("story", "waits"),
    [(stories.a_timer_is_cancelled_while_it_fires, "fire"), (stories.a_timer_fires_while_it_is_cancelled, "read")],
)
def test_a_timer_is_cancelled_or_fires_and_never_both(create: Create, stage: Stage, story: Story, waits: str) -> None:
    told(create, SOUND, story)
    happened(stage, f"{waits}: another's lock was waited for")


@pytest.mark.row(50)
def test_two_relays_of_which_one_does_not_know_that_its_lease_is_over_publish_each_event(
    create: Create, stage: Stage
) -> None:
    told(create, SOUND, stories.two_relays_send_under_one_lease)
    assert counted(stage, "baton_records_duplicate_total", topic="lead.scored.v1") >= 1


@pytest.mark.row(50)
def test_two_timer_loops_that_fire_the_same_timers_fire_each_once(create: Create, stage: Stage) -> None:
    told(create, SOUND, stories.two_timer_loops_fire_the_same)
    happened(stage, "fire: another's lock was waited for")
