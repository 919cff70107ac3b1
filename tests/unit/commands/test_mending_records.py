"""What a mended event has to be before it is published in place of a quarantined record."""

import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from services.commands.output import RefusalError
from services.commands.quarantined import Ref, age_in_words, described, how_to_mend, is_same_record, mended_event
from shared.quarantine import Kept
from shared.records import Record

NOON = datetime(2026, 4, 1, 12, tzinfo=UTC)
EVENT = {
    "specversion": "1.0",
    "id": "e1",
    "source": "urn:ma",
    "type": "call.connected",
    "subject": "lead-1",
    "time": "2026-04-01T12:00:00Z",
    "data": {"rep_id": "rep-1"},
}


def kept(value, reason="invalid", status="open"):
    record = Record("lead.activity.v1", 3, 17, b"lead-1", value, [("h", None)], NOON)
    return Kept(5, record, reason, "why", status, None, 0, NOON)


def event(**changed):
    return json.dumps(EVENT | changed).encode()


def test_what_no_service_took_may_keep_its_id():
    line = mended_event(kept(event(time="yesterday")), event(), "f.json")
    assert (line.event.id, line.event.causationid) == ("e1", None)
    assert (line.topic, line.key) == ("lead.activity.v1", "lead-1")


@pytest.mark.parametrize("reason", ["handler", "conflict"])
def test_what_others_took_in_its_old_form_needs_a_new_id(reason):
    with pytest.raises(RefusalError, match="they would hold the mended event for a repeat") as refused:
        mended_event(kept(event(), reason), event(data={"rep_id": "rep-2"}), "f.json")
    assert "Give it a new id" in str(refused.value)


def test_a_record_held_for_its_time_was_taken_by_nobody():
    early = kept(event(time="2036-04-01T12:00:00Z"), "future", "future")
    assert mended_event(early, event(), "f.json").event.id == "e1"
    tried = kept(event(), "future", "open")
    with pytest.raises(RefusalError, match="Give it a new id"):
        mended_event(tried, event(), "f.json")


@pytest.mark.parametrize(
    ("old", "cause"),
    [
        (event(), "e1"),
        (event(time="yesterday"), "e1"),
        (b"{", "lead.activity.v1/3/17"),
        (b"[1]", "lead.activity.v1/3/17"),
        (None, "lead.activity.v1/3/17"),
    ],
)
def test_a_mended_event_with_an_id_of_its_own_names_what_it_comes_from(old, cause):
    line = mended_event(kept(old, "handler"), event(id="e1-mended"), "f.json")
    assert line.event.causationid == cause
    assert json.loads(line.value)["causationid"] == cause


def test_a_cause_that_the_author_names_stays():
    assert mended_event(kept(b"{"), event(id="e2", causationid="mine"), "f.json").event.causationid == "mine"


def test_a_mended_event_is_one_line_however_it_was_written():
    pretty = json.dumps(EVENT, indent=2).encode("utf-8-sig")
    assert b"\n" not in mended_event(kept(b"{"), pretty, "f.json").value


def test_content_that_is_still_no_event_is_refused():
    with pytest.raises(RefusalError, match=r"f\.json is no event: time: "):
        mended_event(kept(b"{"), event(time="yesterday"), "f.json")


@pytest.mark.parametrize(
    "text", ["scoring", "scoring/", "scoring/x", "sales/3", "17", "scoring/-1", f"scoring/{'9' * 30}"]
)
def test_a_record_is_named_by_service_and_number(text):
    with pytest.raises(RefusalError, match="scoring/17 is expected"):
        Ref.parse(text)


def test_bytes_that_are_no_text_are_shown_in_base64():
    shown = described(Ref("scoring", 5), kept(b"\xff\xfe"), whole=True)
    assert (shown["value"], shown["key"], shown["headers"]) == ("base64://4=", "lead-1", {"h": None})


def test_a_list_shows_neither_key_nor_content():
    assert not {"key", "value", "headers"} & described(Ref("scoring", 5), kept(event())).keys()


@pytest.mark.parametrize(
    ("age", "words"),
    [(0, "0s"), (59, "59s"), (60, "1m"), (3600, "1h"), (86399, "23h"), (86400, "1d"), (-5, "0s")],
)
def test_ages_are_told_in_the_largest_whole_unit(age, words):
    assert age_in_words(timedelta(seconds=age)) == words


def test_trying_again_is_offered_only_where_it_can_help():
    assert "To try it as it is" not in how_to_mend(Ref("scoring", 5), kept(b"{"))
    assert "retry scoring/5 --with FILE" in how_to_mend(Ref("scoring", 5), kept(b"{"))
    assert "To try it as it is: baton quarantine retry scoring/5" in how_to_mend(
        Ref("scoring", 5), kept(b"{", "handler")
    )


def test_a_record_of_a_topic_made_anew_is_another_one_at_the_same_place():
    one = kept(event())
    of_the_new_topic = replace(one, record=one.record._replace(appended_at=NOON + timedelta(milliseconds=1)))

    assert is_same_record(one, kept(b"another service keeps the same record", "handler"))
    assert not is_same_record(one, of_the_new_topic)
