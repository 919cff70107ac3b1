"""Opens and clicks by mail scanners: known by what they say, by where they come from, and by their company."""

from datetime import timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from services.scoring.contributions import assess
from services.scoring.machines import MOST_MAILS
from shared.playbook import PlaybookError
from tests.unit.scoring.scoring_leads import HOUR, NOON, activity, live, playbook, score, total

RULES = """
MACHINES
engagement:
  groups: [{id: mail, rules: [{id: click, on: email.clicked, points: 4}, {id: open, on: email.opened, points: 1}]}]
"""
SECOND = timedelta(seconds=1)


def rules(machines: str = ""):
    return playbook(RULES.replace("MACHINES", f"machines: {{{machines}}}" if machines else ""))


PLAIN = rules()
OPENS_COUNT = rules("open_within: 1d")


def clicked(seconds: float = 0, link: str = "a", email: str = "m1", **data):
    return activity("email.clicked", NOON + seconds * SECOND, email_id=email, link=link, **data)


def opened(seconds: float = 0, email: str = "m1"):
    return activity("email.opened", NOON + seconds * SECOND, email_id=email)


def delivered(seconds: float = 0, email: str = "m1"):
    return activity("email.delivered", NOON + seconds * SECOND, email_id=email)


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        ({"machine": True}, "machine: it says so"),
        ({"user_agent": "Barracuda Sentinel (EE)"}, "machine: agent barracuda"),
        ({"ip": "198.51.100.7"}, "machine: address in 198.51.100.0/24"),
        ({"ip": "2001:db8::1"}, "machine: address in 2001:db8::/32"),
    ],
)
def test_a_machines_click_gives_nothing_and_says_why(data, reason):
    known = rules("networks: [198.51.100.0/24, '2001:db8::/32']")
    found = score(known, [clicked(**data)])
    assert [(line.rule, line.value, line.reason) for line in found.lines] == [("click", 0, reason)]


@pytest.mark.parametrize("data", [{"ip": "203.0.113.7"}, {"ip": "no address"}, {"user_agent": "Mozilla/5.0"}, {}])
def test_a_persons_click_counts(data):
    assert total(rules("networks: [198.51.100.0/24]"), [clicked(**data)]) == 4.0


def test_several_links_within_two_seconds_are_a_machines_the_first_one_too():
    found = score(PLAIN, [clicked(0, "a"), clicked(1.9, "b")])
    assert found.total == 0
    assert {line.reason for line in found.lines} == {"machine: several links at once"}


@pytest.mark.parametrize("second", [clicked(2, "b"), clicked(1, "a"), clicked(1, "b", email="m2")])
def test_one_link_twice_two_mails_and_unhurried_clicks_are_a_persons(second):
    assert total(PLAIN, [clicked(0, "a"), second]) == 8.0


def test_an_open_within_seconds_of_the_delivery_is_a_machines():
    assert total(PLAIN, [delivered(0), opened(4.9)]) == 0.0
    assert total(PLAIN, [delivered(0), opened(5)]) == 1.0
    assert total(PLAIN, [delivered(0, "m2"), opened(1)]) == 1.0


def test_a_click_without_an_open_is_a_machines_where_the_playbook_says_so():
    assert total(PLAIN, [clicked()]) == 4.0
    assert total(OPENS_COUNT, [clicked()]) == 0.0
    assert total(OPENS_COUNT, [clicked(0), opened(60)]) == 5.0


def test_another_playbook_judges_the_same_clicks_anew():
    lead, _ = live(PLAIN, past := [clicked(0, "a"), clicked(1, "b")])
    off = rules("links_within: null")
    after, _ = live(off, [clicked(HOUR / SECOND, "c")], lead, past)
    assert assess(after, off, after.latest).total == 12_000_000


def test_a_lead_that_a_scanner_clicked_through_does_not_qualify():
    eager = playbook(RULES.replace("MACHINES", "mql: {threshold: 8}"))
    burst = [clicked(n / 10, str(n)) for n in range(5)]
    assert [event.type for event in live(eager, burst)[1]] == []


mails = st.lists(
    st.builds(
        lambda make, seconds, more: make(seconds, **more),
        st.sampled_from([clicked, opened, delivered]),
        st.sampled_from([0, 1, 1.5, 3, 4, 60, 3600, 90_000]),
        st.fixed_dictionaries({"email": st.sampled_from(["m1", "m2"])}),
    ),
    max_size=25,
)


@settings(deadline=None)
@given(mails, st.randoms(use_true_random=False), st.sampled_from([PLAIN, OPENS_COUNT]))
def test_the_verdicts_do_not_depend_on_the_order_of_arrival(events, rnd, known):
    def of(arrival):
        lead, _ = live(known, arrival)
        return assess(lead, known, lead.latest)

    assert of(rnd.sample(events, len(events))) == of(events)


def test_verdicts_stay_right_where_more_mails_come_at_once_than_are_kept():
    scanner = [clicked(n / 100, str(n)) for n in range(3 * MOST_MAILS)]
    in_order, _ = live(PLAIN, scanner)
    reverse, _ = live(PLAIN, scanner[::-1])
    assert assess(in_order, PLAIN, in_order.latest) == assess(reverse, PLAIN, reverse.latest)
    assert (len(in_order.mails.kept), assess(in_order, PLAIN, in_order.latest).total) == (MOST_MAILS, 0)


def test_a_range_of_addresses_that_is_none_is_refused_with_its_place():
    with pytest.raises(PlaybookError, match=r"scoring.yaml:2:\d+: .*is no range of addresses"):
        rules("networks: [198.51.100.0/99]")
