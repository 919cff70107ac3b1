"""Derived events: their ids, what they take from their cause, and that they are as valid as if they had been read."""

import json
from datetime import UTC, datetime, timedelta, timezone
from uuid import uuid5

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.events import BATON_NS, Event, EventData, TimerCause, decode, derived, derived_id, type_registry
from shared.events.catalogue.samples import sample
from shared.transaction import SameIdTwiceError, Transaction
from tests.unit.events.envelopes import written

AT = datetime(2026, 4, 1, 0, 12, 33, tzinfo=UTC)
CAUSE = decode(written(traceparent="00-1-2-01", correlationid="story-1"))
TIMER = TimerCause("urn:baton:routing", "lead-42", ("accept", 1, 2))
DERIVED = sorted(name for name, model in type_registry.items() if model.discriminated_by)


def caused(data: EventData, cause: Event | TimerCause = CAUSE, **more: str) -> Event:
    return Event.caused_by(cause, data, source="urn:baton:scoring", time=AT, **more)


def cooled(cycle: int = 1) -> EventData:
    return derived.LeadCooled(score=1, cycle=cycle)


def test_ids_of_derived_events_never_change_from_release_to_release() -> None:
    assert caused(cooled()).id == "b1a95433-d58f-5802-b98a-b6fb35952ac1"
    assert caused(cooled(), TIMER).id == derived_id(TIMER, "lead.cooled", "lead-42", (1,))
    assert derived_id(TIMER, "lead.cooled", "lead-42", (1,)) == "0ee3b9f2-a62b-5b15-920a-5f7c4c591086"
    assert TIMER.id == '["lead-42","accept",1,2]'


@given(st.text(min_size=1), st.text(min_size=1), st.lists(st.integers() | st.text()))
def test_an_id_is_a_name_based_uuid_of_what_the_catalogue_says(
    subject: str, mark: str, discriminator: list[str]
) -> None:
    given_by = TimerCause("urn:baton:routing", subject, (mark,))
    expected = json.dumps(
        ["urn:baton:routing", given_by.id, "clock.met", subject, discriminator],
        ensure_ascii=False,
        separators=(",", ":"),
    )
    assert derived_id(given_by, "clock.met", subject, discriminator) == str(uuid5(BATON_NS, expected))


def test_another_cycle_another_cause_another_type_and_another_subject_give_other_ids() -> None:
    ids = {
        derived_id(CAUSE, "lead.cooled", "lead-42", (1,)),
        derived_id(CAUSE, "lead.cooled", "lead-42", (2,)),
        derived_id(CAUSE, "lead.cooled", "lead-42", ("1",)),
        derived_id(CAUSE, "lead.scored", "lead-42", (1,)),
        derived_id(CAUSE, "lead.cooled", "lead-43", (1,)),
        derived_id(TIMER, "lead.cooled", "lead-42", (1,)),
        derived_id(decode(written(source="urn:other")), "lead.cooled", "lead-42", (1,)),
    }
    assert len(ids) == 7


@pytest.mark.parametrize("name", DERIVED)
def test_a_change_of_any_field_that_a_type_is_discriminated_by_gives_another_id(name: str) -> None:
    data = sample(name).data
    for field in data.discriminated_by:
        known = data.value(field)
        other = data.model_copy(update={field: known + 1 if isinstance(known, int) else f"{known}-2"})
        assert caused(other).id != caused(data).id


@pytest.mark.parametrize("name", DERIVED)
def test_an_event_that_we_derive_is_the_same_once_it_was_written_and_read(name: str) -> None:
    event = caused(sample(name).data, playbook="2026-04")
    assert decode(event.encode()) == event
    assert Event.model_validate(event.model_dump()) == event


def test_a_derived_event_tells_its_cause_and_its_story_goes_on() -> None:
    event = caused(cooled(), playbook="2026-04")
    assert (event.subject, event.causationid, event.correlationid) == ("lead-42", "8c1", "story-1")
    assert (event.traceparent, event.playbookversion, event.type) == ("00-1-2-01", "2026-04", "lead.cooled")


def test_what_a_timer_causes_begins_a_story_of_its_own() -> None:
    event = caused(cooled(), TIMER)
    assert (event.causationid, event.correlationid, event.playbookversion) == (TIMER.id, TIMER.id, None)
    long = caused(cooled(), TimerCause("urn:baton:routing", "lead-42", ("x" * 300,)))
    assert decode(long.encode()).causationid == long.causationid


def test_the_computed_time_of_a_derived_event_is_written_in_utc() -> None:
    tokyo = timezone(timedelta(hours=9))
    event = Event.caused_by(CAUSE, cooled(), source="urn:baton:scoring", time=datetime(2026, 4, 1, 9, tzinfo=tokyo))
    assert event.time.isoformat() == "2026-04-01T00:00:00+00:00"


@pytest.mark.parametrize("time", [datetime(2026, 4, 1), datetime(2201, 1, 1, tzinfo=UTC)])
def test_a_computed_time_without_zone_or_out_of_range_is_an_error(time: datetime) -> None:
    with pytest.raises(ValueError, match="a time"):
        Event.caused_by(CAUSE, cooled(), source="urn:baton:scoring", time=time)


def test_a_derived_event_can_be_copied_but_not_changed() -> None:
    event = caused(cooled())
    traced = event.model_copy(update={"traceparent": "00-3-4-01"})
    assert (traced.traceparent, event.traceparent) == ("00-3-4-01", "00-1-2-01")
    with pytest.raises(ValueError, match="frozen"):
        event.id = "other"


def test_two_events_of_one_transaction_with_the_same_id_are_an_error_of_ours() -> None:
    transaction = Transaction[None](None, "scoring", AT, None, "2026-04")
    transaction.emit([caused(cooled(1)), caused(cooled(2))])
    with pytest.raises(SameIdTwiceError, match=r"lead\.cooled"):
        transaction.emit([caused(cooled(1))])


def test_two_classes_cannot_claim_the_same_event_type() -> None:
    with pytest.raises(TypeError, match=r"two classes claim the event type lead\.cooled"):
        type("Other", (EventData,), {"event_type": "lead.cooled", "__annotations__": {"event_type": "ClassVar[str]"}})
