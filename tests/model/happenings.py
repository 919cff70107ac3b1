"""What may happen in the model, and to whom."""

from enum import Enum
from typing import NamedTuple


class Kind(Enum):
    """What happens to a turn on its way."""

    HALT = "it stands still until something makes it go on"
    FAILURE = "the call that it was about to make fails"
    CRASH = "its process ends"


class Trouble(NamedTuple):
    """Before that step, counted from 1; a turn that has fewer, or for 0, comes to its end."""

    step: int
    kind: Kind


NO_TROUBLE = Trouble(0, Kind.HALT)


class Meanwhile(Enum):
    """What happens outside of the replicas, apart from activities."""

    TIME_PASSES = "half an hour, on all clocks"
    LEASE_ENDS = "in Postgres, and its holder, whose clock is slow, does not know"
    COMMITS_FAIL = "from now on"
    COMMITS_ARE_LATE = "from now on, and their senders get no answer"
    COMMITS_ARRIVE = "those that were late, whatever the generation is by now"
    GROUP_IS_MOVED = "by hand, to the last record of each partition"
    ALL_IS_FORGOTTEN = "by the inbox, whose days are over, and by the group; only once all is done"
