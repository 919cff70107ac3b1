"""Merged windows with running totals: what makes working time a matter of two binary searches."""

from bisect import bisect_left, bisect_right
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Self

Window = tuple[datetime, datetime]


def merge(windows: Iterable[Window]) -> list[Window]:
    """In order of time, without empty ones, overlapping and touching ones made one."""
    merged: list[Window] = []
    for opens_at, closes_at in sorted(windows):
        if opens_at >= closes_at:
            continue
        if merged and opens_at <= merged[-1][1]:
            merged[-1] = merged[-1][0], max(merged[-1][1], closes_at)
        else:
            merged.append((opens_at, closes_at))
    return merged


@dataclass(frozen=True, slots=True)
class OpenTime:
    """The open time between two instants; `worked[i]` is what has passed of it at `closings[i]`."""

    openings: list[datetime]
    closings: list[datetime]
    worked: list[timedelta]

    @classmethod
    def between(cls, start: datetime, end: datetime, windows: Iterable[Window]) -> Self:
        """Of any windows, in any order, the part from `start` to `end`."""
        merged = merge((max(opens_at, start), min(closes_at, end)) for opens_at, closes_at in windows)
        worked, total = [], timedelta(0)
        for opens_at, closes_at in merged:
            total += closes_at - opens_at
            worked.append(total)
        return cls([opens_at for opens_at, _ in merged], [closes_at for _, closes_at in merged], worked)

    @property
    def total(self) -> timedelta:
        """All of the open time."""
        return self.worked[-1] if self.worked else timedelta(0)

    def worked_until(self, at: datetime) -> timedelta:
        """Open time that has passed at this instant."""
        ahead = bisect_right(self.openings, at)
        if ahead == 0:
            return timedelta(0)
        left = self.closings[ahead - 1] - at
        return self.worked[ahead - 1] - left if left > timedelta(0) else self.worked[ahead - 1]

    def opening_from(self, at: datetime) -> datetime | None:
        """This instant when open, else the next opening; None when there is none."""
        ahead = bisect_right(self.closings, at)
        return max(at, self.openings[ahead]) if ahead < len(self.openings) else None

    def when_worked(self, work: timedelta) -> datetime:
        """The instant at which this much (over 0, at most the total) has passed: a closing, not the next opening."""
        used_up = bisect_left(self.worked, work)
        return self.closings[used_up] - (self.worked[used_up] - work)
