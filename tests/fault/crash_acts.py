"""A small company's hour: what happens to its leads, and what each service reads of it."""

import json
from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from pathlib import Path

from services.offline.shell import OfflineShell
from shared.events import Event, decode
from shared.playbook import PlaybookFolder
from shared.topics import LEAD_ACTIVITY
from tests.fault.world import Act, Sent
from tests.support.live import activity

BEGAN_AT = datetime(2026, 4, 6, 1, tzinfo=UTC)
"""Ten o'clock on a Monday in Tokyo."""
WAIT = timedelta(minutes=11)
"""Until the second act: a clock has run out, and a score has fallen."""


def _at(minutes: int) -> str:
    return (BEGAN_AT + timedelta(minutes=minutes)).isoformat()


def activities() -> list[bytes]:
    """A hand raised, three downloads that add up, one that does not, a repeat, and a record that is no activity."""
    raised = activity("raise", "demo.requested", "lead-1", _at(0))
    downloads = [activity(f"load-{n}", "content.downloaded", "lead-2", _at(0)) for n in range(3)]
    events = [raised, *downloads, activity("once", "content.downloaded", "lead-3", _at(0)), raised]
    later = [activity("later", "content.downloaded", "lead-3", _at(11))]
    return [json.dumps(event).encode() for event in (*events, *later)]


def acts_of(topics: Iterable[str], playbook: Path) -> list[Act]:
    """What a service that reads these topics is sent, act by act."""
    ends_at = BEGAN_AT + WAIT
    sent = [(event.time, _record(event)) for event in _happened(playbook, ends_at) if event.data.topic in topics]
    first = [(LEAD_ACTIVITY, b"lead-1", b"{"), *(record for at, record in sent if at <= BEGAN_AT)]
    second = [record for at, record in sent if BEGAN_AT < at <= ends_at]
    return [Act(BEGAN_AT, tuple(first)), Act(ends_at, tuple(second))]


def _happened(playbook: Path, ends_at: datetime) -> list[Event]:
    """The activities, and all that the services make of them."""
    derived: list[Event] = []
    shell = OfflineShell(PlaybookFolder.read(playbook), derived.append)
    played = [decode(body) for body in activities()]
    for event in {event.id: event for event in played}.values():
        shell.play(event)
    shell.finish(ends_at)
    return sorted([*played, *derived], key=lambda event: event.time)


def _record(event: Event) -> Sent:
    return event.data.topic, event.subject.encode(), event.encode()
