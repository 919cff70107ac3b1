"""What a change of the playbook does to numbers that are there already."""

from collections import Counter
from datetime import UTC, date, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.kpi.counting import Cell, cost_of, counts, delta
from services.kpi.facts import NOTHING, QUARTER, quarter_of, start_of
from services.kpi.playbook import compiled, load
from shared.playbook import PlaybookFolder
from tests.unit.kpi.kpi_events import DAY, MONDAY, assigned, entered, event, facts_of, qualified
from tests.unit.kpi.test_kpi_convergence import interleaved, topics

CALENDARS = """\
calendars:
  tokyo:
    timezone: Asia/Tokyo
    hours: {mon-fri: ["09:00-18:00"], fri: ["09:00-15:00"]}
    holidays: {country: JP, closed: [{from: 2026-08-13, to: 2026-08-15, name: Obon}]}
  osaka: {timezone: Asia/Tokyo, hours: {mon-fri: ["10:00-19:00"]}}
"""
ROUTING = "reps: [{id: rep-1, name: Sato, team: is, calendar: osaka}, {id: rep-2, team: fs}]\n"
FILES = {
    "company.yaml": "name: Minato\ntimezone: Asia/Tokyo\nlocale: ja\n",
    "kpi.yaml": "response_within: 2h\ncalendar: tokyo\ntargets: {win: 0.3}\n",
    "calendars.yaml": CALENDARS,
    "routing.yaml": ROUTING,
}
HOLIDAYS = {"tokyo": {date(2026, 4, 29): "Showa Day"}}
COUNTS_OTHERWISE = {
    "zone": {"company.yaml": "name: Minato\ntimezone: Asia/Kathmandu\nlocale: ja\n"},
    "response time": {"kpi.yaml": "response_within: 40h\ncalendar: tokyo\n"},
    "calendar of the company": {"kpi.yaml": "response_within: 2h\ncalendar: osaka\n"},
    "hours": {"calendars.yaml": CALENDARS.replace("09:00-15:00", "09:00-16:00")},
    "days off": {"calendars.yaml": CALENDARS.replace("2026-08-15", "2026-08-16")},
    "team of a rep": {"routing.yaml": ROUTING.replace("rep-2, team: fs", "rep-2, team: is")},
    "calendar of a rep": {"routing.yaml": ROUTING.replace("team: is, calendar: osaka", "team: is")},
}
COUNTS_THE_SAME = {
    "name of the company": {"company.yaml": "name: Minato & Co\ntimezone: Asia/Tokyo\nlocale: ja\n"},
    "language": {"company.yaml": "name: Minato\ntimezone: Asia/Tokyo\nlocale: en\n"},
    "name of a rep": {"routing.yaml": ROUTING.replace("Sato", "Suzuki")},
    "order of the reps": {"routing.yaml": "reps: [{id: rep-2, team: fs}, {id: rep-1, team: is, calendar: osaka}]\n"},
    "target": {"kpi.yaml": "response_within: 2h\ncalendar: tokyo\ntargets: {win: 0.4}\n"},
    "scoring": {"scoring.yaml": "anything: at all\n"},
    "calendar that nobody works by": {
        "calendars.yaml": CALENDARS + '  nara: {timezone: Asia/Tokyo, hours: {mon: ["10:00-11:00"]}}\n'
    },
}


def loaded(changed=None, holidays=HOLIDAYS):
    return load(PlaybookFolder.of(FILES | (changed or {}), holidays))


PLAYBOOKS = [loaded(), loaded({"company.yaml": "{}"}), *map(loaded, COUNTS_OTHERWISE.values())]


@pytest.mark.parametrize("changed", COUNTS_OTHERWISE.values(), ids=COUNTS_OTHERWISE)
def test_what_moves_a_number_makes_other_rules(changed):
    assert loaded(changed).rules.digest != loaded().rules.digest


def test_the_same_files_with_other_holidays_make_other_rules():
    assert loaded(holidays={"tokyo": {date(2026, 4, 30): "moved"}}).rules.digest != loaded().rules.digest


@pytest.mark.parametrize("changed", COUNTS_THE_SAME.values(), ids=COUNTS_THE_SAME)
def test_what_moves_no_number_recounts_nothing(changed):
    assert loaded(changed).rules.digest == loaded().rules.digest


def test_rules_read_back_are_the_rules_that_were_kept():
    for playbook in PLAYBOOKS:
        assert compiled(playbook.rules.document).rules.document == playbook.rules.document


@given(st.data())
def test_rules_read_back_count_the_same(data):
    facts = facts_of(*data.draw(interleaved(data.draw(topics()))))
    for playbook in PLAYBOOKS:
        assert counts(facts, compiled(playbook.rules.document)) == counts(facts, playbook)


@given(st.data())
def test_whenever_the_rules_change_the_changes_add_up_to_the_numbers_under_the_last_ones(data):
    """Events may be read, or the lead recounted, under any rules in turn."""
    events = data.draw(interleaved(data.draw(topics())))
    turns = data.draw(st.permutations([*events, *[None] * data.draw(st.integers(0, 3))]))
    rollup, facts, earlier = Counter(), NOTHING, PLAYBOOKS[0]
    for turn in [*turns, None]:
        playbook = data.draw(st.sampled_from(PLAYBOOKS))
        after = facts_of(turn, start=facts) if turn else facts
        rollup.update(delta(facts, after, playbook, earlier))
        facts, earlier = after, playbook
    assert {cell: n for cell, n in rollup.items() if n} == dict(counts(facts, earlier))


def test_longer_response_time_makes_an_answer_of_earlier_one_in_time():
    facts = facts_of(qualified(), entered("mql"), assigned(), event("call.attempted", MONDAY + DAY, rep_id="rep-2"))
    change = delta(facts, facts, loaded(COUNTS_OTHERWISE["response time"]), loaded())
    assert dict(change) == {Cell(MONDAY.date(), "responded", "unknown", "is", "rep-1"): 1}


def test_call_moves_to_the_day_that_the_new_zone_gives_it():
    facts = facts_of(event("call.attempted", datetime(2026, 4, 6, 18, 20, tzinfo=UTC), rep_id="rep-2"))
    days = {cell.day for cell, n in counts(facts, loaded()).items() if cell.metric == "calls"}
    moved = {cell.day for cell in counts(facts, loaded({"company.yaml": "timezone: UTC"})) if cell.metric == "calls"}
    assert (days, moved) == ({date(2026, 4, 7)}, {date(2026, 4, 6)})


@pytest.mark.parametrize(("minutes", "day"), [(14, date(2026, 4, 6)), (15, date(2026, 4, 7))])
def test_day_begins_to_the_minute_in_a_zone_off_by_three_quarters_of_an_hour(minutes, day):
    facts = facts_of(event("call.attempted", datetime(2026, 4, 6, 18, minutes, tzinfo=UTC)))
    kathmandu = loaded(COUNTS_OTHERWISE["zone"])
    assert {cell.day for cell in counts(facts, kathmandu) if cell.metric == "calls"} == {day}


def test_cost_without_a_day_is_counted_on_that_of_its_time_in_the_zone():
    late = datetime(2026, 4, 6, 20, tzinfo=UTC)
    cost = cost_of(event("campaign.cost", late, lead="c-1", amount={"amount": 5.0, "currency": "EUR"}))
    assert dict(cost.counts(loaded().zone)) == {Cell(date(2026, 4, 7), "cost:EUR", "unknown"): 500}
    assert dict(cost.counts(UTC)) == {Cell(date(2026, 4, 6), "cost:EUR", "unknown"): 500}


@given(st.datetimes(max_value=datetime(9999, 12, 31), timezones=st.just(UTC)))
def test_quarter_of_an_hour_begins_at_most_fifteen_minutes_before(at):
    start = start_of(quarter_of(at))
    assert start <= at < start + QUARTER
    assert (start.minute % 15, start.second) == (0, 0)
