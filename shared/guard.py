"""The position guard: records are applied from the stored position on, without a hole that nobody has looked at."""

from collections.abc import Iterable, Mapping, Sequence

from shared.positions import Place
from shared.records import Record


class RewindError(Exception):
    """Records before these have not been handled: the reader has to go back to these offsets."""

    def __init__(self, to: Mapping[Place, int]) -> None:
        super().__init__(", ".join(f"{topic}/{partition} to {offset}" for (topic, partition), offset in to.items()))
        self.to = dict(to)


class PositionGuard:
    """What one reader knows of its partitions: where their logs start, how far it has read them without a break, and
    at which positions a hole has been looked at."""

    def __init__(self) -> None:
        self._starts: dict[Place, int] = {}
        self._read_to: dict[Place, int] = {}
        self._looked_at: dict[Place, int] = {}

    def forget(self) -> None:
        """Forget all partitions; they may have been another process's meanwhile."""
        self._starts.clear()
        self._read_to.clear()
        self._looked_at.clear()

    def unknown(self, firsts: Mapping[Place, int]) -> set[Place]:
        """Of the partitions of a batch, by first offset, those whose log's start is to be asked for.

        It is asked for again where the batch leaves a hole behind the last one: the log may have been cut meanwhile.
        """
        return {place for place, first in firsts.items() if place not in self._starts or self._leaps(place, first)}

    def _leaps(self, place: Place, first: int) -> bool:
        read_to = self._read_to.get(place, first)
        return first > read_to and self._looked_at.get(place) != read_to

    def learn(self, starts: Mapping[Place, int]) -> None:
        """Take in the starts of logs, asked for just now: a hole at the end of what was read has been looked at."""
        self._starts.update(starts)
        self._looked_at.update({place: self._read_to[place] for place in starts if place in self._read_to})

    def starts(self, places: Iterable[Place]) -> dict[Place, int]:
        return {place: self._starts[place] for place in places}

    def check(self, records: Sequence[Record], stored: Mapping[Place, int]) -> dict[Place, int]:
        """Records lost to retention, by partition; a hole in the log that lost nothing is passed over.

        Raises RewindError where the first record lies above the stored position, once for each such position: the
        start of the log is then asked for again. Where this reader itself has read up to that position, Kafka had
        nothing to hand out in between, and there is nothing to go back for.
        """
        above = {place: first for place, first in firsts(records).items() if first > stored[place]}
        unseen = {place: stored[place] for place in above if self._looked_at.get(place) != stored[place]}
        if unseen:
            self._looked_at.update(unseen)
            for place in unseen:
                del self._starts[place]
                self._read_to.pop(place, None)
            raise RewindError(unseen)
        self._read_to.update({(record.topic, record.partition): record.offset + 1 for record in records})
        cut = {place: min(first, self._starts[place]) for place, first in above.items()}
        return {place: start - stored[place] for place, start in cut.items() if start > stored[place]}


def firsts(records: Sequence[Record]) -> dict[Place, int]:
    """The first offset of each partition in a batch."""
    found: dict[Place, int] = {}
    for record in records:
        found.setdefault((record.topic, record.partition), record.offset)
    return found
