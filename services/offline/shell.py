"""Plays events through all four services in virtual time, timers included."""

from collections import deque
from collections.abc import Callable, Iterable, Sequence
from datetime import datetime

from services.offline.desks import AlertsDesk, KpiDesk, RoutingDesk, ScoringDesk
from services.offline.timers import VirtualTimers
from shared.events import Event, UnknownActivity
from shared.playbook import PlaybookFolder
from shared.topics import LEAD_ACTIVITY

Derived = Callable[[Event], None]
Fire = Callable[[str, str, datetime], Sequence[Event]]


class OfflineShell:
    """Virtual time is the latest event time seen; `on_derived` hears of every event that the services derive."""

    def __init__(self, folder: PlaybookFolder, on_derived: Derived) -> None:
        self._on_derived = on_derived
        self._timers = VirtualTimers()
        self.scoring = ScoringDesk(folder, self._timers)
        self.routing = RoutingDesk(folder, self._timers)
        self.alerts = AlertsDesk(folder, self._timers)
        self.kpi = KpiDesk(folder)
        self._fires: dict[str, Fire] = {
            "scoring": self.scoring.on_due,
            "routing": self.routing.on_due,
            "alerts": self.alerts.on_due,
        }
        self._desks = (self.scoring, self.routing, self.alerts, self.kpi)
        self.now: datetime | None = None

    def play(self, event: Event) -> None:
        """Apply one event that was not played before; at equal time events come before timers."""
        self.now = max(self.now or event.time, event.time)
        self._fire_before(self.now)
        self._spread([event], self.now)

    def finish(self, until: datetime | None) -> None:
        """Fire what is due up to the last event's time, or to `until`."""
        end = until or self.now
        if end is not None:
            self._fire_before(end, inclusive=True)
            self.now = end

    def _fire_before(self, end: datetime, *, inclusive: bool = False) -> None:
        while due := self._timers.pop_before(end, inclusive=inclusive):
            at, (service, kind, subject) = due
            self._spread(self._derived(self._fires[service](kind, subject, at)), at)

    def _spread(self, events: Iterable[Event], at: datetime) -> None:
        """Give events to every service that reads them, and what they derive likewise, in order."""
        queue = deque(events)
        while queue:
            event = queue.popleft()
            topic = LEAD_ACTIVITY if isinstance(event.data, UnknownActivity) else event.data.topic
            for desk in self._desks:
                if topic in desk.reads:
                    queue.extend(self._derived(desk.apply(event, at)))

    def _derived(self, events: Iterable[Event]) -> list[Event]:
        derived = list(events)
        for event in derived:
            self._on_derived(event)
        return derived
