"""The next version of Baton: ours with a new field in every event, an event type of its own, and a new column."""

import shutil
from collections.abc import Mapping
from pathlib import Path

from shared.settings import REPOSITORY

NEW_FIELD, NEW_TYPE, NEW_MIGRATION = "written_by", "lead.announced", "0099_announcements.sql"
FIELDS_OF_ALL_EVENTS = "    backfill: Flag = False\n"

MIGRATION = """-- migrate:up
ALTER TABLE lead ADD COLUMN announced_at timestamptz;
-- migrate:down
ALTER TABLE lead DROP COLUMN announced_at;
"""

ANNOUNCING = f"""

from typing import ClassVar

from shared.events.event import EventData
from shared.topics import LEAD_HANDOFF


class LeadAnnounced(EventData):
    event_type: ClassVar[str] = "{NEW_TYPE}"
    topic: ClassVar[str] = LEAD_HANDOFF


_emit = Transaction.emit


def emit(self, events):
    events = list(events)
    assigned = [event for event in events if event.type == "lead.assigned"]
    new = [Event.caused_by(one, LeadAnnounced(), source=one.source, time=one.time) for one in assigned]
    _emit(self, [*events, *new])


Transaction.emit = emit
"""


def build_next(folder: Path) -> Mapping[str, str]:
    """Write the next version to the folder; returns what a process is to find in its environment to be of it."""
    for part in ("services", "shared", "deploy"):
        shutil.copytree(REPOSITORY / part, folder / part, ignore=shutil.ignore_patterns("__pycache__"))
    event = folder / "shared" / "events" / "event.py"
    before, found, after = event.read_text().partition(FIELDS_OF_ALL_EVENTS)
    assert found, "the field of all events is not where it was: mend the next version"
    event.write_text(f'{before}{found}    {NEW_FIELD}: Text = "the next version"\n{after}')
    with (folder / "shared" / "transaction.py").open("a") as transaction:
        transaction.write(ANNOUNCING)
    (folder / "deploy" / "migrations" / "routing" / NEW_MIGRATION).write_text(MIGRATION)
    return {"PYTHONPATH": str(folder), "PYTHONSAFEPATH": "1"}
