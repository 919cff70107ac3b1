"""What an operator asks of Baton for one lead; requests lie in the log, so a replay answers them the same way."""

from typing import ClassVar

from shared.events.activities.base import ActivityData
from shared.events.fields import Key


class OperatorRequest(ActivityData):
    """Nothing that happened to the lead."""


class RescoreRequested(OperatorRequest):
    """The lead is to be judged by the playbook in force now, without waiting for its next activity; it may qualify."""

    event_type: ClassVar[str] = "rescore.requested"
    playbook: Key | None = None


class ClocksMoveRequested(OperatorRequest):
    """The lead's running clocks are to go on under the playbook in force now, instead of the one they started under."""

    event_type: ClassVar[str] = "clocks.move_requested"
    playbook: Key | None = None
