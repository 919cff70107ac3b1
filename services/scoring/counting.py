"""Which of the events that meet a rule are counted: its repeat rule, in event-time order."""

import json
from hashlib import blake2b

from services.scoring.rules import AtMost, EngagementRule, OncePer, decay
from services.scoring.state import Counted, Entry
from shared.events import Event, EventData

LONGEST_OBJECT = 16
MOST_OBJECTS = 2000
"""A rule counts so many objects of a lead, the first by event time: nobody reads more documents, only machines do."""
_NOTHING = Counted()


class DataFields:
    """The data of an event as conditions read it."""

    __slots__ = ("_data",)

    def __init__(self, data: EventData) -> None:
        self._data = data

    def get(self, name: str, /) -> object:
        return self._data.value(name)


def count(rule: EngagementRule, counted: Counted | None, event: Event, at: int) -> Counted | None:
    """What the rule has counted after an event that meets it, the latest so far; None where that is a repeat.

    `at` is in microseconds since 1970.
    """
    before = counted or _NOTHING
    match rule.repeat:
        case AtMost(times, per) if _is_used_up(before, times, at - per):
            return None
        case OncePer(field):
            about = object_key(event.data.value(field)) if field else ""
            if about in before.objects or len(before.objects) >= MOST_OBJECTS:
                return None
            return _with(rule, before, (at, event.id), before.objects | {about})
    return _with(rule, before, (at, event.id), before.objects)


def _is_used_up(before: Counted, times: int, since: int) -> bool:
    """Whether `times` events were counted after `since`."""
    return times == 0 or (len(before.entries) >= times and before.entries[-times][0] > since)


def _with(rule: EngagementRule, before: Counted, entry: Entry, objects: frozenset[str]) -> Counted:
    entries = (*before.entries, entry)[-rule.remembers :]
    mass = 0.0 if rule.half_life is None else _mass(rule.half_life, rule.keep, before, entry[0])
    return Counted(entries, before.total + 1, mass, objects)


def _mass(half_life: int, keep: int, before: Counted, at: int) -> float:
    """The sum of decay factors as of `at`, with the new event at 1 and without the one that falls out of `keep`."""
    if not before.entries:
        return 1.0
    mass = before.mass * decay(at - before.entries[-1][0], half_life) + 1.0
    if len(before.entries) >= keep:
        mass -= decay(at - before.entries[-keep][0], half_life)
    return mass


def object_key(value: object) -> str:
    """A short text that tells the objects of a `once_per` field apart; a missing field is one object."""
    whole = int(value) if isinstance(value, float) and value.is_integer() else value
    written = json.dumps(whole, ensure_ascii=False, sort_keys=True, default=str)
    if len(written) <= LONGEST_OBJECT:
        return written
    return blake2b(written.encode(errors="surrogatepass"), digest_size=8).hexdigest()
