"""Partitions that Kafka does not take records for: passed over for a while, then tried with half as many records."""

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from aiokafka.errors import InvalidTimestampError, MessageSizeTooLargeError, RecordListTooLargeError

from shared.outbox import Outgoing
from shared.partition_sending import Outcome
from shared.positions import Place
from shared.publisher import UNKNOWN_PARTITION

FIRST_HOLD_SECONDS = 1.0
LONGEST_HOLD_SECONDS = 15.0
SHORTEST_PATIENCE_SECONDS, LONGEST_PATIENCE_SECONDS = 2.0, 5.0
RECORD_FAULTS = (MessageSizeTooLargeError, RecordListTooLargeError, InvalidTimestampError)
"""Refusals for which a record itself is the reason. A missing right or topic is the partition's, and waits."""


@dataclass(slots=True)
class _Held:
    most_records: int
    seconds: float
    until: float
    keys: set[str] = field(default_factory=set)
    """Of records that wait for it, as far as they have been met."""


class Holding:
    """What one relay remembers of failing partitions. Instants are of the monotonic clock, in seconds."""

    def __init__(self, place_of: Callable[[Outgoing], Place]) -> None:
        self._place_of = place_of
        self._held: dict[Place, _Held] = {}

    def keys(self, now: float) -> list[tuple[str, str]]:
        """(topic, key) of what is to be passed over."""
        return [(topic, key) for (topic, _), held in self._held.items() if held.until > now for key in held.keys]

    def free(self, rows: Sequence[Outgoing], now: float) -> list[Outgoing]:
        """The rows that may be sent, in order; the keys of the others are remembered."""
        found, taken = [], Counter[Place]()
        for row in rows:
            place = self._place_of(row)
            held = self._held.get(place)
            if held and held.until > now:
                held.keys.add(row.key)
            elif not held or taken[place] < held.most_records:
                taken[place] += 1
                found.append(row)
        return found

    def patience(self, rows: Sequence[Outgoing]) -> float:
        """How long to wait for partitions that answer later than others: the longer, the more often it was in vain."""
        tried = [held.seconds for held in map(self._held.get, set(map(self._place_of, rows))) if held]
        return min(max([SHORTEST_PATIENCE_SECONDS, *tried]), LONGEST_PATIENCE_SECONDS)

    def learn(self, outcome: Outcome[Outgoing], now: float) -> None:
        """Hold a partition that failed; at once to be tried with less where a record is at fault."""
        before = self._held.pop(outcome.place, None)
        if outcome.place[1] != UNKNOWN_PARTITION:
            self._held.pop((outcome.place[0], UNKNOWN_PARTITION), None)
        if not outcome.failure or culprit(outcome):
            return
        seconds = min(before.seconds * 2, LONGEST_HOLD_SECONDS) if before else FIRST_HOLD_SECONDS
        until = now if isinstance(outcome.failure, RECORD_FAULTS) else now + seconds
        keys = (before.keys if before else set()) | {row.key for row in outcome.unsent}
        self._held[outcome.place] = _Held(max(1, len(outcome.unsent) // 2), seconds, until, keys)


def culprit(outcome: Outcome[Outgoing]) -> Outgoing | None:
    """The one record that Kafka refuses for what it is; None where it is not alone yet, or not at fault."""
    alone = len(outcome.unsent) == 1 and isinstance(outcome.failure, RECORD_FAULTS)
    return outcome.unsent[0] if alone else None
