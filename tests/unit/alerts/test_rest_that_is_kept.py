"""What a card promises of an acknowledged breach is what routing does: the example company, played offline."""

from datetime import datetime, timedelta
from pathlib import Path

import pytest

from services.alerts.notices import Update
from services.offline.shell import OfflineShell
from shared.events import Event
from shared.events.event import type_registry
from shared.playbook import PlaybookFolder
from tests.unit.alerts.alert_stories import TOKYO, later

FOLDER = PlaybookFolder.read(Path(__file__).parents[3] / "deploy" / "playbook")
MONDAY = datetime(2026, 5, 11, 10, tzinfo=TOKYO)
FRIDAY = datetime(2026, 5, 15, 16, tzinfo=TOKYO)
BREACH = timedelta(minutes=16)


def happened(event_type: str, at: datetime, **data: object) -> Event:
    kind = type_registry[event_type].model_validate(data)
    return Event(id=f"{event_type}@{at}", source="urn:test", type=event_type, subject="lead-42", time=at, data=kind)


def seen_to(asked_at: datetime) -> tuple[datetime | None, list[datetime]]:
    """(until when the steps rest by the cards, the times of those that follow) of a demo request left alone."""
    derived: list[Event] = []
    shell = OfflineShell(FOLDER, derived.append)
    shell.play(
        happened("profile.updated", asked_at, name="山田 太郎", company="青葉商事", email="y@aoba.example.co.jp")
    )
    shell.play(happened("demo.requested", asked_at, message="デモを見たい"))
    shell.play(happened("lead.acknowledged", asked_at + BREACH, rep_id="rep-01"))
    shell.finish(later(asked_at, days=5))
    shown = [notice.card.outcome for notice in shell.alerts.notices if isinstance(notice, Update)]
    (until,) = {outcome.until for outcome in shown if outcome and outcome.what == "acknowledged"}
    steps = [event for event in derived if event.type == "clock.breached" and event.data.value("step")]
    of_accept = [event.time for event in steps if event.data.value("clock") == "accept_hand_raise"]
    return until, [at for at in of_accept if at > asked_at + BREACH]


@pytest.mark.parametrize("asked_at", [MONDAY, FRIDAY])
def test_the_next_step_comes_when_the_card_says_that_the_rest_is_over(asked_at: datetime) -> None:
    until, steps = seen_to(asked_at)
    assert until is not None
    assert until.date() == (asked_at.date() if asked_at == MONDAY else datetime(2026, 5, 18, tzinfo=TOKYO).date())
    assert steps[0] == until
