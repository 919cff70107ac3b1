"""The four services as consumers of their own: each reads its topics when it is its turn, as far behind as it may be.

A lead's records keep their order within a topic, as Kafka keeps it; nothing else does.
"""

from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from datetime import datetime, timedelta

from services.offline.desks import AlertsDesk, KpiDesk, RoutingDesk, ScoringDesk
from services.offline.timers import VirtualTimers
from shared.events import Event, UnknownActivity
from shared.playbook import PlaybookFolder
from shared.topics import LEAD_ACTIVITY

Place = tuple[str, str, str]
"""(service, topic, key)"""
PASSES = timedelta(minutes=7)
"""So much time goes by between two readings."""


class Merged:
    """One order of reading; `now` goes on with every record that is read."""

    def __init__(self, folder: PlaybookFolder, now: datetime) -> None:
        self.now = now
        self._timers = {name: VirtualTimers() for name in ("scoring", "routing", "alerts")}
        self.scoring = ScoringDesk(folder, self._timers["scoring"])
        self.routing = RoutingDesk(folder, self._timers["routing"])
        self.alerts = AlertsDesk(folder, self._timers["alerts"])
        self.kpi = KpiDesk(folder)
        self.desks = {"scoring": self.scoring, "routing": self.routing, "alerts": self.alerts, "kpi": self.kpi}
        self.logs: dict[tuple[str, str], list[Event]] = defaultdict(list)
        self._read: dict[Place, int] = defaultdict(int)
        self._taken: dict[str, set[tuple[str, str]]] = defaultdict(set)

    def append(self, events: Iterable[Event]) -> None:
        for event in events:
            topic = LEAD_ACTIVITY if isinstance(event.data, UnknownActivity) else event.data.topic
            self.logs[topic, event.subject].append(event)

    def unread(self) -> list[Place]:
        """Where a service has something to read, in a fixed order."""
        return [
            (service, topic, key)
            for service, desk in self.desks.items()
            for (topic, key), log in sorted(self.logs.items())
            if topic in desk.reads and self._read[service, topic, key] < len(log)
        ]

    def read(self, place: Place) -> None:
        """The service takes in the next record there; one that it has taken in before changes nothing."""
        service, topic, key = place
        event = self.logs[topic, key][self._read[place]]
        self._read[place] += 1
        self.now += PASSES
        if (event.source, event.id) in self._taken[service]:
            return
        self._taken[service].add((event.source, event.id))
        self.append(self.desks[service].apply(event, self.now))

    def fire(self, service: str) -> None:
        """The service fires what is due, where it has read all that there is for it."""
        if any(place[0] == service for place in self.unread()):
            return
        desk = self.desks[service]
        while not isinstance(desk, KpiDesk) and (due := self._timers[service].pop_before(self.now, inclusive=True)):
            _, (_, kind, subject) = due
            self.append(desk.on_due(kind, subject, self.now))

    def play(self, choose: Callable[[Sequence[Place]], tuple[Place, bool]]) -> None:
        """Read everything; `choose` says where next, and whether timers fire before."""
        while places := self.unread():
            place, fires = choose(places)
            if fires:
                self.fire(place[0])
            self.read(place)
