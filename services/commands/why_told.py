"""What `baton why` tells of a score: the shape of its JSON."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True)
class ContributionTold:
    """A part of the score; `base` and `value` in points."""

    rule: str
    place: str | None
    condition: str
    activity: str | None
    event_id: str | None
    time: datetime | None
    base: float
    decay: float
    value: float
    why: str


@dataclass(frozen=True, slots=True)
class Check:
    """What was counted anew from the log, and whether it agrees; None where there is nothing to compare with yet."""

    what: str
    agrees: bool | None
    detail: str


@dataclass(frozen=True, slots=True)
class BlockerTold:
    condition: str
    found: Mapping[str, object]
    place: str


@dataclass(frozen=True, slots=True)
class ChangeTold:
    """A rule that would have been met, or, where `meets` is False, held no longer, with the first of its activities."""

    rule: str
    place: str | None
    meets: bool
    activity: str
    data: Mapping[str, object]
    times: int = 1


@dataclass(frozen=True, slots=True)
class SuggestionTold:
    """Changes that, in this order, would have made the lead an MQL."""

    changes: tuple[ChangeTold, ...]
    gain: float
    score: float


@dataclass(frozen=True, slots=True)
class MissingTold:
    """What keeps the lead from qualifying; points in points."""

    points: float
    fit: float
    blockers: tuple[BlockerTold, ...]
    obstacles: tuple[str, ...]
    suggestions: tuple[SuggestionTold, ...]


@dataclass(frozen=True, slots=True)
class QualifiedTold:
    """With which activity the lead qualified last in its cycle; `why` where that was no activity of the lead's own."""

    at: datetime
    activity: str
    event_id: str
    why: str
    backfill: bool


@dataclass(frozen=True, slots=True)
class ScoreTold:
    """A lead's score as of a time, its parts, which sum to it exactly, and what was checked."""

    lead_id: str
    as_of: datetime
    zone: str
    playbook: str
    active_playbook: str
    score: float
    fit: float
    engagement: float
    stage: str
    cycle: int
    qualified: bool
    threshold: float | None
    threshold_place: str
    min_fit: float | None
    contributions: tuple[ContributionTold, ...]
    checks: tuple[Check, ...]
    missing: MissingTold | None
    qualified_by: QualifiedTold | None = None

    @property
    def agrees(self) -> bool:
        return all(check.agrees is not False for check in self.checks)
