"""Each service's pure functions with its states in memory: event or due timer in, derived events out."""

from collections import Counter, defaultdict
from collections.abc import Sequence
from datetime import datetime

from services.alerts import domain as alerts
from services.alerts.notices import AlertsDecided, Notice
from services.alerts.playbook import load as load_alerts
from services.alerts.state import LeadAlerts
from services.kpi.counting import Counts, cost_of, delta
from services.kpi.domain import fold
from services.kpi.facts import NOTHING, Facts
from services.kpi.playbook import load as load_kpi
from services.offline.timers import VirtualTimers
from services.routing import domain as routing
from services.routing.desk import Desk
from services.routing.playbook import load as load_routing
from services.routing.records import Record
from services.routing.state import LeadRouting
from services.routing.turn import Routed
from services.scoring import domain as scoring
from services.scoring.payloads import scored_data
from services.scoring.playbook import load as load_scoring
from services.scoring.state import SOURCE as SCORING
from services.scoring.state import LeadScore
from shared.decided import Decided
from shared.events import Event, TimerCause
from shared.playbook import PlaybookFolder
from shared.topics import CAMPAIGN, LEAD_ACTIVITY, LEAD_ALERTED, LEAD_HANDOFF, LEAD_QUALIFIED, REP_STATUS


class ScoringDesk:
    reads = frozenset({LEAD_ACTIVITY})

    def __init__(self, folder: PlaybookFolder, timers: VirtualTimers) -> None:
        self._playbook = load_scoring(folder)
        self._timers = timers
        self._history: dict[str, list[Event]] = defaultdict(list)
        self.leads: dict[str, LeadScore] = defaultdict(LeadScore)

    def apply(self, event: Event, _: datetime) -> Sequence[Event]:
        lead, history = self.leads[event.subject], self._history[event.subject]
        late = scoring.needs_history(lead, event, self._playbook)
        decided = scoring.apply(lead, event, self._playbook, history if late else None)
        history.append(event)
        return self._keep(event.subject, decided)

    def on_due(self, _: str, subject: str, at: datetime) -> Sequence[Event]:
        return self._keep(subject, scoring.on_due(self.leads[subject], subject, at, self._playbook))

    def _keep(self, lead_id: str, decided: Decided[LeadScore]) -> Sequence[Event]:
        self.leads[lead_id] = decided.state
        self._timers.set(("scoring", "cool", lead_id), scoring.next_due(decided.state))
        return decided.events

    def scores(self) -> list[Event]:
        """The newest `lead.scored` of every lead, by lead id."""
        found = []
        for lead_id, state in sorted(self.leads.items()):
            score = scored_data(state, self._playbook)
            cause = TimerCause(SCORING, lead_id, ("scored",))
            found.append(
                Event.caused_by(cause, score, source=SCORING, time=score.as_of, playbook=self._playbook.version)
            )
        return found


class RoutingDesk:
    reads = frozenset({LEAD_ACTIVITY, LEAD_QUALIFIED, REP_STATUS})

    def __init__(self, folder: PlaybookFolder, timers: VirtualTimers) -> None:
        self.rules = load_routing(folder)
        self._timers = timers
        self._desk = Desk()
        self._waiting: dict[str, dict[str, datetime]] = defaultdict(dict)
        self.leads: dict[str, LeadRouting] = {}
        self.records: list[Record] = []

    def apply(self, event: Event, at: datetime) -> Sequence[Event]:
        if event.data.topic == REP_STATUS:
            routing.apply_rep(self._desk, event, at, self.rules)
            self._wake_pools()
            return ()
        if event.type not in routing.types_read(self.rules):
            return ()
        state = self.leads.get(event.subject) or LeadRouting(event.subject)
        return self._keep(routing.apply(state, event, at, self._desk, self.rules))

    def on_due(self, kind: str, subject: str, at: datetime, *, caught_up: bool = True) -> Sequence[Event]:
        if kind == "pool":
            return self._drain(subject, at)
        state = self.leads[subject]
        return self._keep(routing.on_due(state, at, at, caught_up=caught_up, desk=self._desk, rules=self.rules))

    def _drain(self, pool_id: str, at: datetime) -> Sequence[Event]:
        oldest_first = sorted(self._waiting[pool_id].items(), key=lambda item: (item[1], item[0]))
        drained = routing.drain([self.leads[lead] for lead, _ in oldest_first], pool_id, at, self._desk, self.rules)
        events = [event for routed in drained.routed for event in self._keep(routed)]
        self._desk.wake(pool_id, drained.next_at)
        self._wake_pools()
        return events

    def _keep(self, routed: Routed) -> Sequence[Event]:
        state = routed.state
        for queue in self._waiting.values():
            queue.pop(state.lead, None)
        if handoff := state.waiting:
            self._waiting[handoff.pool or ""][state.lead] = handoff.decided_at
        self.leads[state.lead] = state
        self.records += routed.records
        self._timers.set(("routing", "lead", state.lead), routing.next_due(state))
        self._wake_pools()
        return routed.events

    def _wake_pools(self) -> None:
        for pool_id, at in self._desk.wakes.items():
            self._timers.set_earlier(("routing", "pool", pool_id), at)
        self._desk.wakes.clear()


class AlertsDesk:
    reads = frozenset({LEAD_ACTIVITY, LEAD_QUALIFIED, LEAD_HANDOFF})

    def __init__(self, folder: PlaybookFolder, timers: VirtualTimers) -> None:
        self._playbook = load_alerts(folder)
        self._timers = timers
        self.leads: dict[str, LeadAlerts] = {}
        self.notices: list[Notice] = []

    def apply(self, event: Event, at: datetime) -> Sequence[Event]:
        if event.type not in alerts.READS:
            return ()
        state = self.leads.get(event.subject) or LeadAlerts(event.subject)
        return self._keep(alerts.apply(state, event, at, self._playbook))

    def on_due(self, _: str, subject: str, at: datetime, *, caught_up: bool = True) -> Sequence[Event]:
        return self._keep(alerts.on_due(self.leads[subject], at, at, caught_up, self._playbook))

    def _keep(self, decided: AlertsDecided) -> Sequence[Event]:
        self.leads[decided.state.lead] = decided.state
        self.notices += decided.notices
        self._timers.set(("alerts", "lead", decided.state.lead), alerts.next_due(decided.state))
        return decided.events


class KpiDesk:
    reads = frozenset({LEAD_ACTIVITY, LEAD_QUALIFIED, LEAD_HANDOFF, LEAD_ALERTED, CAMPAIGN})

    def __init__(self, folder: PlaybookFolder) -> None:
        self.playbook = load_kpi(folder)
        self.leads: dict[str, Facts] = {}
        self.counts: Counts = Counter()

    def apply(self, event: Event, _: datetime) -> Sequence[Event]:
        if event.data.topic == CAMPAIGN:
            if cost := cost_of(event):
                self.counts.update(cost.counts(self.playbook.zone))
            return ()
        before = self.leads.get(event.subject, NOTHING)
        after = fold(before, event)
        if after is not before:
            self.leads[event.subject] = after
            self.counts.update(delta(before, after, self.playbook))
        return ()
