"""The smallest changes with which a lead would have qualified: each is tried with `apply`, so it does. Pure."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import permutations

from pydantic import ValidationError

from services.scoring.changes import Possible, possible
from services.scoring.contributions import assess
from services.scoring.domain import apply
from services.scoring.instants import to_instant
from services.scoring.rules import ScoringPlaybook
from services.scoring.state import LeadScore
from services.scoring.witness import Fields
from services.scoring.written import ScoringFile
from shared.events import Event

MOST_SUGGESTIONS = 5
MOST_PAIRED = 16
"""Of so many changes that do not do alone, two are tried together."""
SUPPOSED = "urn:baton:supposed"
"""The source of activities that did not happen."""


@dataclass(frozen=True, slots=True)
class Change:
    """Activities by which a rule is met, or, where `meets` is False, holds no longer."""

    rule: str
    meets: bool
    events: tuple[Event, ...]


@dataclass(frozen=True, slots=True)
class Suggestion:
    """Changes that, had they happened now in this order, would have qualified the lead; points in micro-points."""

    changes: tuple[Change, ...]
    gain: int
    total: int

    @property
    def events(self) -> tuple[Event, ...]:
        return tuple(event for change in self.changes for event in change.events)


@dataclass(frozen=True, slots=True)
class _Tried:
    """The lead after some changes."""

    state: LeadScore
    history: tuple[Event, ...]
    changes: tuple[Change, ...] = ()
    qualifies: bool = False

    @property
    def told(self) -> frozenset[tuple[str, str]]:
        """What happens in them, whatever the rules."""
        return frozenset((event.type, event.data.model_dump_json()) for one in self.changes for event in one.events)


def suggestions(
    state: LeadScore, history: Sequence[Event], content: ScoringFile, playbook: ScoringPlaybook, at: int
) -> tuple[Suggestion, ...]:
    """At most five, smallest first: one change each, or, where none does, two of a bounded number of changes.

    `at` in microseconds; `history` holds the activities that the state is made of.
    """
    trial = _Trial(playbook, max(at, state.latest + 1), history[0].subject if history else "lead")
    start = _Tried(state, tuple(history))
    found = dict[frozenset[tuple[str, str]], _Tried]()
    partial = list[tuple[Possible, _Tried]]()
    for one in possible(state, content, playbook):
        for tried in trial.repeated(start, one):
            if tried.qualifies:
                found.setdefault(tried.told, tried)
            elif len(tried.changes[-1].events) == 1:
                partial.append((one, tried))
    before = assess(state, playbook, trial.at).total
    if not found:
        found = {tried.told: tried for tried in reversed(list(_pairs(trial, _likeliest(partial, trial, before))))}
    told = [trial.suggestion(tried, before) for tried in found.values()]
    return tuple(sorted(told, key=_size)[:MOST_SUGGESTIONS])


def _size(one: Suggestion) -> tuple[int, int, list[str]]:
    return len(one.events), one.gain, [change.rule for change in one.changes]


def _likeliest(partial: list[tuple[Possible, _Tried]], trial: "_Trial", before: int) -> list[tuple[Possible, _Tried]]:
    """What takes a hindrance away and what is instant, and then what gives most."""

    def rank(item: tuple[Possible, _Tried]) -> tuple[bool, int, str]:
        one, tried = item
        is_first = not one.meets or one.rule in trial.playbook.mql.instant
        return not is_first, before - trial.total(tried), one.rule

    return sorted(partial, key=rank)[:MOST_PAIRED]


def _pairs(trial: "_Trial", partial: Sequence[tuple[Possible, _Tried]]) -> Iterator[_Tried]:
    for (_, first), (second, alone) in permutations(partial, 2):
        (event,) = alone.changes[0].events
        tried = trial.next(first, second, event.type, event.data.model_dump(exclude_unset=True))
        if tried and tried.qualifies:
            yield tried


@dataclass(frozen=True, slots=True)
class _Trial:
    """The playbook, the time (microseconds) from which on things are supposed to happen, and the lead's id."""

    playbook: ScoringPlaybook
    at: int
    subject: str

    def repeated(self, start: _Tried, one: Possible) -> Iterator[_Tried]:
        """The lead after one, two, … of the activities, as long as each has its effect, until it qualifies."""
        tried: _Tried | None = start
        for number in range(one.most):
            if tried is None or tried.qualifies:
                return
            tried = self._best(tried, one, number)
            if tried:
                yield tried

    def _best(self, before: _Tried, one: Possible, number: int) -> _Tried | None:
        """The first attempt that qualifies the lead, else the first that has its effect."""
        best = None
        for name, fields in one.attempts(number):
            tried = self.next(before, one, name, fields)
            if tried and tried.qualifies:
                return tried
            best = best or tried
        return best

    def next(self, before: _Tried, one: Possible, name: str, fields: Fields) -> _Tried | None:
        """The lead after such an activity; None where its type does not allow the data, or it has not the effect."""
        done = len(before.history)
        written = {"id": f"supposed-{done}", "source": SUPPOSED, "type": name, "subject": self.subject}
        at = max(self.at, before.state.latest + 1)
        try:
            event = Event.model_validate({**written, "time": to_instant(at), "data": dict(fields)})
        except ValidationError:
            return None
        decided = apply(before.state, event, self.playbook, before.history)
        if not one.has_effect(before.state, decided.state, event):
            return None
        qualifies = any(each.type == "lead.qualified" for each in decided.events)
        return _Tried(decided.state, (*before.history, event), _with(before.changes, one, event), qualifies)

    def total(self, tried: _Tried) -> int:
        return assess(tried.state, self.playbook, tried.state.latest).total

    def suggestion(self, tried: _Tried, before: int) -> Suggestion:
        total = self.total(tried)
        return Suggestion(tried.changes, total - before, total)


def _with(changes: tuple[Change, ...], one: Possible, event: Event) -> tuple[Change, ...]:
    """The changes with one more activity; a further one for the same rule belongs to the same change."""
    if changes and changes[-1].rule == one.rule and changes[-1].meets is one.meets:
        return (*changes[:-1], Change(one.rule, one.meets, (*changes[-1].events, event)))
    return (*changes, Change(one.rule, one.meets, (event,)))
