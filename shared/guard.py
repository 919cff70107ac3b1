"""The position guard: records are applied from the stored position on, without a hole that nobody has looked at."""

from collections.abc import Collection, Iterable, Mapping, Sequence

from shared.positions import Place
from shared.records import Record


class RewindError(Exception):
    """Records before these have not been handled: the reader has to go back to these offsets."""

    def __init__(self, to: Mapping[Place, int]) -> None:
        super().__init__(", ".join(f"{topic}/{partition} to {offset}" for (topic, partition), offset in to.items()))
        self.to = dict(to)


class PositionGuard:
    """What one reader knows of its partitions: where their logs start, and to which position it has gone back."""

    def __init__(self) -> None:
        self._starts: dict[Place, int] = {}
        self._sought: dict[Place, int] = {}

    def forget(self) -> None:
        """Forget all partitions; they may have been another process's meanwhile."""
        self._starts.clear()
        self._sought.clear()

    def unknown(self, places: Collection[Place]) -> set[Place]:
        return set(places) - self._starts.keys()

    def learn(self, starts: Mapping[Place, int]) -> None:
        self._starts.update(starts)

    def starts(self, places: Iterable[Place]) -> dict[Place, int]:
        return {place: self._starts[place] for place in places}

    def check(self, records: Sequence[Record], stored: Mapping[Place, int]) -> dict[Place, int]:
        """Records lost to retention, by partition; a hole in the log that lost nothing is passed over.

        Raises RewindError where the first record lies above the stored position, once for each such position: the
        start of the log is then asked for again, for it may have moved.
        """
        above = {place: stored[place] for place, first in firsts(records).items() if first > stored[place]}
        unseen = {place: offset for place, offset in above.items() if self._sought.get(place) != offset}
        if unseen:
            self._sought.update(unseen)
            for place in unseen:
                del self._starts[place]
            raise RewindError(unseen)
        return {place: self._starts[place] - offset for place, offset in above.items() if self._starts[place] > offset}


def firsts(records: Sequence[Record]) -> dict[Place, int]:
    """The first offset of each partition in a batch."""
    found: dict[Place, int] = {}
    for record in records:
        found.setdefault((record.topic, record.partition), record.offset)
    return found
