"""What all activities share. Every field is optional, unknown ones are kept."""

from typing import ClassVar

from shared.events.event import EventData
from shared.events.fields import Key, Memo, Text
from shared.topics import LEAD_ACTIVITY


class ActivityData(EventData):
    topic: ClassVar[str] = LEAD_ACTIVITY

    lead_source: Text | None = None
    account_id: Key | None = None
    campaign_id: Key | None = None
    batch_id: Key | None = None
    rep_id: Key | None = None


class RepAction(ActivityData):
    """Something that a rep did; `rep_id` may be absent, unknown to the playbook, or not the owner's."""

    reason: Text | None = None
    memo: Memo | None = None
