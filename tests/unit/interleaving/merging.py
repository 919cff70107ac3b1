"""The four services as consumers of their own: each reads its topics when it is its turn, as far behind as it may be.

A lead's records keep their order within a topic, as Kafka keeps it; nothing else does. Time goes on by itself; what was
published by then may be read, or may not.
"""

from collections import defaultdict, deque
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import timedelta

from services.offline.desks import AlertsDesk, KpiDesk, RoutingDesk, ScoringDesk
from services.offline.timers import VirtualTimers
from services.routing.playbook import load
from shared.events import Event, UnknownActivity
from shared.playbook import PlaybookFolder
from shared.topics import LEAD_ACTIVITY

Place = tuple[str, str, str]
"""(service, topic, key)"""
TIMED = ("scoring", "routing", "alerts")
DAYS_AFTER = 12
"""For so long nothing new is published; clocks run out then, and ladders are climbed."""


@dataclass(frozen=True, slots=True)
class Step:
    """So much time goes by, these services look at their timers, and one service reads so many records at a place."""

    passes: timedelta
    fires: Sequence[str]
    place: Place
    records: int


Choose = Callable[[Sequence[Place]], Step]


def topic_of(event: Event) -> str:
    return LEAD_ACTIVITY if isinstance(event.data, UnknownActivity) else event.data.topic


def _at_once(places: Sequence[Place]) -> Step:
    return Step(timedelta(0), (), places[0], 1)


class Merged:
    """One order of reading. Activities are published in their order, none before its time."""

    def __init__(self, folder: PlaybookFolder, activities: Sequence[Event]) -> None:
        self.now = activities[0].time
        self._coming = deque(activities)
        self._timers = {name: VirtualTimers() for name in TIMED}
        self.scoring = ScoringDesk(folder, self._timers["scoring"])
        self.routing = RoutingDesk(folder, self._timers["routing"])
        self.alerts = AlertsDesk(folder, self._timers["alerts"])
        self.kpi = KpiDesk(folder)
        self.desks = {"scoring": self.scoring, "routing": self.routing, "alerts": self.alerts, "kpi": self.kpi}
        self.logs: dict[tuple[str, str], list[Event]] = defaultdict(list)
        self.published: dict[tuple[str, str], int] = {}
        """The place of each event, by source and id, in the order in which all were published."""
        self._read: dict[Place, int] = defaultdict(int)
        self._taken: dict[str, set[tuple[str, str]]] = defaultdict(set)

    def play(self, choose: Choose) -> None:
        """Read everything as it is chosen, then let time go on until no deadline is left."""
        while self._coming or self.unread():
            self._publish()
            self._take(choose(self.unread()))
        for _ in range(DAYS_AFTER):
            self.now += timedelta(days=1)
            self._fire_and_read(choose)
        self._fire_and_read(_at_once)

    def _fire_and_read(self, choose: Choose) -> None:
        for service in TIMED:
            self.fire(service)
        while places := self.unread():
            self._take(choose(places))

    def take_rules_from(self, folder: PlaybookFolder) -> None:
        """Let routing go on by another version of the playbook."""
        self.routing.rules = load(folder)

    def unread(self) -> list[Place]:
        """Where a service has something to read, in a fixed order."""
        return [
            (service, topic, key)
            for service, desk in self.desks.items()
            for (topic, key), log in sorted(self.logs.items())
            if topic in desk.reads and self._read[service, topic, key] < len(log)
        ]

    def fire(self, service: str) -> None:
        """The service fires what is due; what is held waits until it has read all that there is for it."""
        caught_up = all(place[0] != service for place in self.unread())
        due = []
        while found := self._timers[service].pop_before(self.now, inclusive=True):
            due.append(found)
        for _, (_, kind, subject) in due:
            self._append(self._fired(service, kind, subject, caught_up=caught_up))

    def _fired(self, service: str, kind: str, subject: str, *, caught_up: bool) -> Sequence[Event]:
        if service == "scoring":
            return self.scoring.on_due(kind, subject, self.now)
        desk = self.routing if service == "routing" else self.alerts
        return desk.on_due(kind, subject, self.now, caught_up=caught_up)

    def _publish(self) -> None:
        """Append what has happened by now; with nothing left to read, time goes on to the next activity."""
        if not self.unread() and self._coming:
            self.now = max(self.now, self._coming[0].time)
        while self._coming and self._coming[0].time <= self.now:
            self._append([self._coming.popleft()])

    def _take(self, step: Step) -> None:
        self.now += step.passes
        for service in step.fires:
            self.fire(service)
        for _ in range(step.records):
            self._read_one(step.place)

    def _read_one(self, place: Place) -> None:
        """The service takes in the next record there; one that it has taken in before changes nothing."""
        service, topic, key = place
        log = self.logs[topic, key]
        if self._read[place] == len(log):
            return
        event = log[self._read[place]]
        self._read[place] += 1
        if (event.source, event.id) not in self._taken[service]:
            self._taken[service].add((event.source, event.id))
            self._append(self.desks[service].apply(event, self.now))

    def _append(self, events: Iterable[Event]) -> None:
        for event in events:
            self.logs[topic_of(event), event.subject].append(event)
            self.published.setdefault((event.source, event.id), len(self.published))
