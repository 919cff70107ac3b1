"""The seeded company: the same seed gives the same events, and they are believable."""

import json
import re
from collections import Counter
from datetime import UTC, datetime, timedelta

import pytest

from services.demo.company import HISTORY_DAYS, day_of, history, pipeline
from services.demo.people import person
from services.demo.records import Sending, seeded
from services.demo.spoilt import spoilt
from shared.events import InvalidEventError, decode

OPENING = datetime(2026, 4, 15, tzinfo=UTC)
TRACEPARENT = re.compile(r"00-[0-9a-f]{32}-[0-9a-f]{16}-01")


def a_day(seed: int = 7) -> list[Sending]:
    return list(day_of(seed, 0, 120, OPENING))


def test_the_same_seed_gives_the_same_company() -> None:
    assert a_day() == a_day()
    assert list(history(7, 50, OPENING)) == list(history(7, 50, OPENING))


def test_another_seed_gives_another_company() -> None:
    assert a_day(seed=7) != a_day(seed=8)


def test_a_longer_history_begins_with_the_shorter_one() -> None:
    shorter, longer = list(history(7, 20, OPENING)), list(history(7, 40, OPENING))

    assert longer[: len(shorter)] == shorter


def test_every_event_is_valid_under_its_leads_key_and_carries_a_trace() -> None:
    for record in [*a_day(), *history(7, 100, OPENING), *pipeline(7, 20, OPENING)]:
        event = decode(record.value)
        assert event.subject == record.key
        assert event.time == record.at.astimezone(UTC)
        assert TRACEPARENT.fullmatch(event.traceparent or "")


def test_no_event_has_the_id_of_another() -> None:
    ids = Counter(decode(record.value).id for record in [*a_day(), *history(7, 300, OPENING)])

    assert max(ids.values()) == 1


def test_history_is_imported_and_over_before_the_company_opens() -> None:
    events = [decode(record.value) for record in history(7, 300, OPENING)]

    assert all(event.backfill for event in events)
    assert all(OPENING - timedelta(days=HISTORY_DAYS) <= event.time < OPENING for event in events)


def test_whoever_asked_for_a_demo_in_the_past_was_brought_to_an_end() -> None:
    ends = {"lead.recycled", "lead.disqualified", "opportunity.won", "opportunity.lost"}
    by_lead: dict[str, set[str]] = {}
    for record in history(7, 400, OPENING):
        by_lead.setdefault(record.key, set()).add(decode(record.value).type)

    asked = [types for types in by_lead.values() if "demo.requested" in types]
    assert all(types & ends for types in asked)
    assert 0.12 < len(asked) / len(by_lead) < 0.26


def test_people_are_believable() -> None:
    people = [person(seeded(f"{n}"), f"lead-{n}") for n in range(2000)]
    employees = sorted(int(str(who.profile["employees"])) for who in people)
    characters = Counter(who.character for who in people)

    assert 120 < employees[1000] < 400
    assert employees[-1] <= 60_000
    assert characters["browsing"] > characters["warm"] > characters["hot"] > characters["student"]
    assert all(str(who.profile["email"]).endswith(".example") for who in people)
    assert {who.character for who in people if who.profile.get("competitor")} == {"competitor"}


@pytest.fixture
def mistakes() -> list[Sending]:
    return list(spoilt(7, 0, OPENING))


def test_a_days_mistakes_are_broken_json_wrong_types_and_missing_zones(mistakes: list[Sending]) -> None:
    refused = 0
    for record in mistakes:
        try:
            decode(record.value)
        except InvalidEventError:
            refused += 1

    assert refused == 6


def test_a_days_mistakes_include_the_future_repeats_and_changed_bodies(mistakes: list[Sending]) -> None:
    by_id: dict[str, list[bytes]] = {}
    for record in mistakes:
        if found := re.search(rb'"id": "([0-9a-f]+)"', record.value):
            by_id.setdefault(found[1].decode(), []).append(record.value)
    twice = [bodies for bodies in by_id.values() if len(bodies) == 2]
    early = [record for record in mistakes if b"2026-05" in record.value]

    assert sorted(len(set(bodies)) for bodies in twice) == [1, 1, 2, 2]
    assert len(early) == 2
    assert all(json.loads(record.value)["time"] > record.at.isoformat() for record in early)
