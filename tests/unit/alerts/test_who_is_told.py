from pydantic import TypeAdapter

from services.alerts import domain
from services.alerts.notices import Notify
from services.alerts.state import LeadAlerts
from shared.events.derived import AlertRaised
from tests.unit.alerts.alert_stories import DUE, NOON, Story, assigned_to, later, playbook, shown, tokyo, told


def test_owner_is_told_of_a_new_lead_with_who_and_why() -> None:
    story = assigned_to()
    (notice,) = story.notices
    assert isinstance(notice, Notify)
    assert (notice.target, notice.address, notice.fallbacks) == ("owner:rep-1", "U1", ("C-IS", "U9"))
    assert notice.not_before is None
    card = notice.card
    assert (card.name, card.company, card.title, card.owner, card.stage) == (
        "山田 太郎",
        "青葉商事",
        "部長",
        "Sato",
        "mql",
    )
    assert [(reason.rule, reason.value) for reason in card.reasons] == [("director", 20), ("case_study", 15)]


def test_alert_is_raised_once_for_each_person_told() -> None:
    story = assigned_to()
    (raised,) = (event.data for event in story.events)
    assert isinstance(raised, AlertRaised)
    assert (raised.kind, raised.target, raised.decided_at) == ("assigned", "owner:rep-1", NOON)


def test_same_assignment_read_again_tells_nobody_again() -> None:
    story = assigned_to()
    assert told(story.decides("lead.assigned", owner_id="rep-1")) == []


def test_same_situation_has_the_same_alert_id_whatever_caused_it() -> None:
    first, again = assigned_to().notices[0], assigned_to().notices[0]
    assert first.alert_id == again.alert_id


def test_reassignment_tells_both_owners_and_shows_in_the_old_message() -> None:
    story = assigned_to()
    notices = story.decides(
        "lead.reassigned", attempt=2, owner_id="rep-2", previous_owner_id="rep-1", reason="breach of accept"
    )
    assert told(notices) == [("reassigned", "owner:rep-2"), ("moved", "owner:rep-1")]
    assert shown(notices) == [("assigned", "moved")]
    assert [notice.card.other for notice in notices] == ["", "Sato", "Kato"]


def test_what_is_decided_about_a_handoff_that_was_overtaken_changes_nothing() -> None:
    story = assigned_to()
    story.decides("lead.reassigned", attempt=2, owner_id="rep-2", previous_owner_id="rep-1", reason="breach")
    assert story.decides("handoff.changed", attempt=1, status="accepted", owner_id="rep-1") == []
    assert story.decides("clock.started", attempt=1, clock="accept", owner_id="rep-1", due_at=DUE) == []
    assert (story.state.handoffs["is"].status, story.state.handoffs["is"].clocks) == ("assigned", {})


def test_previous_owner_is_told_for_the_last_time() -> None:
    story = assigned_to()
    story.decides("lead.reassigned", attempt=2, owner_id="rep-2", previous_owner_id="rep-1", reason="breach")
    assert [posted.kind for posted in story.state.open.values()] == ["reassigned"]


def test_rejected_lead_goes_back_to_the_giver_who_is_told_once_and_why() -> None:
    story = assigned_to()
    story.decides("handoff.changed", status="done", owner_id="rep-1")
    story.decides("lead.assigned", team="fs", owner_id="rep-3")
    notices = story.decides("handoff.changed", team="fs", status="rejected", owner_id="rep-3", reason="no budget")
    notices += story.decides(
        "lead.reassigned", attempt=2, owner_id="rep-1", previous_owner_id="rep-3", reason="no budget"
    )
    assert told(notices) == [("returned", "owner:rep-1")]
    assert shown(notices) == [("assigned", "rejected")]
    assert (notices[-1].card.other, notices[-1].card.detail) == ("Mori", "no budget")


def test_rep_who_gave_the_lead_up_is_not_told_who_has_it_now() -> None:
    story = assigned_to()
    story.decides("handoff.changed", status="rejected", owner_id="rep-1", reason="not_mine")
    notices = story.decides(
        "lead.reassigned", attempt=2, owner_id="rep-2", previous_owner_id="rep-1", reason="not_mine"
    )
    assert told(notices) == [("reassigned", "owner:rep-2")]


def test_owner_who_gets_the_same_lead_once_more_is_told_once() -> None:
    story = assigned_to()
    notices = story.decides(
        "lead.reassigned", attempt=2, owner_id="rep-1", previous_owner_id="rep-1", reason="expansion"
    )
    assert told(notices) == [("again", "owner:rep-1")]


def test_finished_handoff_ends_its_messages() -> None:
    story = assigned_to()
    assert shown(story.decides("handoff.changed", status="done", owner_id="rep-1")) == [("assigned", "ended")]
    assert story.state.open == {}


def test_manager_is_told_when_a_lead_has_waited_too_long_in_working_time() -> None:
    story = Story()
    story.decides("lead.waiting", tokyo(1, 17, 50), pool="is-all")
    due = tokyo(2, 9, 20)
    assert domain.next_due(story.state) == due
    assert told(story.time_comes(due)) == [("waiting", "manager:boss")]
    assert domain.next_due(story.state) is None
    assert shown(story.decides("lead.assigned", due, owner_id="rep-1")) == [("waiting", "assigned")]


def test_lead_that_was_taken_in_time_is_told_of_to_nobody() -> None:
    story = Story()
    story.decides("lead.waiting", pool="is-all")
    story.decides("lead.assigned", owner_id="rep-1")
    assert told(story.time_comes(later(NOON, hours=5))) == []


def test_what_happened_long_ago_is_recorded_and_told_to_nobody() -> None:
    story = Story()
    (notice,) = story.decides("lead.assigned", NOON, read_at=later(NOON, days=1, seconds=1), owner_id="rep-1")
    assert isinstance(notice, Notify)
    assert notice.suppressed == "older than 1d"
    assert (story.events, story.state.open) == ([], {})


def test_what_happened_exactly_the_allowed_time_ago_is_told() -> None:
    story = Story()
    assert told(story.decides("lead.assigned", NOON, read_at=later(NOON, days=1), owner_id="rep-1"))


def test_backfill_tells_nobody() -> None:
    story = Story()
    assert story.decides("lead.assigned", owner_id="rep-1", backfill=True) == []
    assert story.events == []


def test_without_an_alerts_file_nobody_is_told_anything() -> None:
    rules = playbook()
    story = assigned_to(story=Story(rules=type(rules)(reps=rules.reps, teams=rules.teams, active=False)))
    assert (story.notices, story.events) == ([], [])


def test_message_outside_the_reps_hours_waits_for_the_opening() -> None:
    story = assigned_to(at=tokyo(3, 19))
    assert isinstance(story.notices[0], Notify)
    assert story.notices[0].not_before == tokyo(6, 9)


def test_urgent_message_goes_out_at_night() -> None:
    story = assigned_to()
    notices = story.decides(
        "clock.breached", tokyo(1, 22), clock="accept", owner_id="rep-1", due_at=DUE, action="notify", target="manager"
    )
    assert isinstance(notices[0], Notify)
    assert notices[0].not_before is None


def test_without_quiet_hours_every_message_goes_out_at_once() -> None:
    story = assigned_to(story=Story(rules=playbook("quiet_hours: false")), at=tokyo(3, 19))
    assert isinstance(story.notices[0], Notify)
    assert story.notices[0].not_before is None


def test_rep_without_slack_is_told_through_the_team() -> None:
    story = assigned_to("rep-9")
    assert isinstance(story.notices[0], Notify)
    assert story.notices[0].address == "C-IS"


def test_alert_that_has_no_address_at_all_is_raised_for_the_sender_to_settle() -> None:
    story = Story(rules=playbook(routing="teams: [is]\nreps: [{id: rep-1, team: is}]"))
    story.decides("lead.assigned", owner_id="rep-1")
    assert story.event_types == ["alert.raised"]
    assert isinstance(story.notices[0], Notify)
    assert story.notices[0].address == ""


def test_lead_source_is_the_first_by_event_time() -> None:
    story = Story()
    story.happens("form.submitted", NOON, lead_source="web", message="見積もりを希望")
    story.happens("business_card.exchanged", later(NOON, days=-2), lead_source="trade show", memo="予算あり")
    assert story.state.source == (later(NOON, days=-2), "trade show")
    assert [note.text for note in story.state.notes] == ["予算あり", "見積もりを希望"]


def test_packet_fills_in_what_was_not_read_yet() -> None:
    story = Story()
    packet = {
        "company": "青葉商事",
        "score": 61.0,
        "contributions": [
            {"rule": "cap:intent", "value": -5.0},
            {"rule": "demo_request", "value": 50.0, "time": None},
        ],
        "notes": [{"time": NOON.isoformat(), "type": "call.connected", "text": "来週また", "rep_id": "rep-2"}],
    }
    (notice,) = story.decides("lead.assigned", owner_id="rep-1", packet=packet)
    card = notice.card
    assert (card.company, card.score, card.reasons[0].rule) == ("青葉商事", 61.0, "demo_request")
    assert (card.notes[0].text, card.notes[0].by) == ("来週また", "Kato")


def test_what_the_lead_itself_told_beats_the_packet() -> None:
    story = Story()
    story.happens("profile.updated", NOON, company="新社名")
    (notice,) = story.decides(
        "lead.assigned", owner_id="rep-1", packet={"company": "旧社名", "notes": "none", "score": "?"}
    )
    assert notice.card.company == "新社名"


def test_attribute_that_was_true_earlier_does_not_replace_a_later_one() -> None:
    story = Story()
    story.happens("profile.updated", NOON, company="新社名", title="部長")
    story.happens("profile.updated", later(NOON, days=-1), company="旧社名", name="山田 太郎")
    assert {name: value for name, (_, value) in story.state.profile.items()} == {
        "company": "新社名",
        "title": "部長",
        "name": "山田 太郎",
    }


def test_state_survives_storage_exactly() -> None:
    story = assigned_to()
    story.decides("clock.started", clock="accept", owner_id="rep-1", due_at=DUE)
    story.happens("call.attempted", NOON, rep_id="rep-1", memo="不在")
    stored = TypeAdapter(LeadAlerts)
    assert stored.validate_json(stored.dump_json(story.state)) == story.state


def test_open_messages_stay_bounded_however_many_are_told() -> None:
    story = assigned_to()
    for step in range(100):
        story.decides("clock.warned", clock="accept", owner_id="rep-1", due_at=DUE, step=step)
    assert len(story.state.open) == 32


def test_events_that_do_not_concern_alerts_leave_the_state_alone() -> None:
    story = Story()
    before = story.state
    assert story.happens("web.visited", page="pricing") == []
    assert story.state is before
