"""A small office for tests: reps, pools and clocks as a playbook, leads in memory, and time that is told."""

from collections import Counter
from collections.abc import Sequence
from datetime import datetime, timedelta
from itertools import count
from typing import Any
from zoneinfo import ZoneInfo

from services.routing import domain
from services.routing.desk import Desk
from services.routing.playbook import load
from services.routing.records import Record
from services.routing.rules import RoutingRules
from services.routing.state import LeadRouting
from shared.events import Event
from shared.playbook import PlaybookFolder

TOKYO = ZoneInfo("Asia/Tokyo")
MONDAY = datetime(2026, 4, 6, tzinfo=TOKYO)

CALENDARS = """
calendars:
  tokyo:
    timezone: Asia/Tokyo
    hours: {mon-fri: ["09:00-12:00", "13:00-18:00"]}
  always:
    timezone: Asia/Tokyo
    hours: {mon-sun: ["00:00-24:00"]}
"""

RELAY = """
teams: [is, fs, cs]
reps:
  - {id: aoki, team: is, calendar: tokyo}
  - {id: baba, team: is, calendar: tokyo}
  - {id: chiba, team: fs, calendar: tokyo}
  - {id: doi, team: fs, calendar: tokyo}
  - {id: endo, team: cs, calendar: tokyo}
pools:
  - {id: is-all, team: is, members: [aoki, baba]}
  - {id: fs-all, team: fs, members: [chiba, doi]}
  - {id: cs-all, team: cs, members: [endo]}
rules:
  - {id: is-rest, team: is, pool: is-all}
  - {id: fs-rest, team: fs, pool: fs-all}
  - {id: cs-rest, team: cs, pool: cs-all}
"""

ACCEPT = """
clocks:
  - id: accept
    team: is
    starts: assigned
    stops: [lead.accepted, lead.rejected]
    within: 15m
    warn: [10m]
    on_breach: [{remind: owner}, {after: 10m, reassign: pool}, {after: 30m, notify: manager}]
"""


def at(clock: str, day: int = 0) -> datetime:
    """The wall time in Tokyo, so many days after Monday, 6 April 2026."""
    hour, minute, *rest = map(int, clock.split(":"))
    return MONDAY + timedelta(days=day, hours=hour, minutes=minute, seconds=rest[0] if rest else 0)


def rules_of(routing: str = RELAY, sla: str = "clocks: []") -> RoutingRules:
    return load(PlaybookFolder.of({"routing.yaml": routing, "sla.yaml": sla, "calendars.yaml": CALENDARS}))


def one_pool(members: Sequence[str], pool: str = "", **reps: str) -> str:
    """A routing.yaml with a single IS pool; `reps` adds YAML of a member's keys."""
    people = "\n".join(f"  - {{id: {rep}, team: is{', ' + reps[rep] if rep in reps else ''}}}" for rep in members)
    return (
        f"teams: [is]\nreps:\n{people}\npools: [{{id: p, team: is, members: [{', '.join(members)}]{pool}}}]\n"
        "rules: [{id: rest, team: is, pool: p}]\n"
    )


class Office:
    """Applies events and timers the way a shell does, one after the other."""

    def __init__(self, rules: RoutingRules | None = None) -> None:
        self.rules = rules or rules_of()
        self.desk = Desk()
        self.leads: dict[str, LeadRouting] = {}
        self.events: list[Event] = []
        self.records: list[Record] = []
        self.now = MONDAY
        self._ids = count(1)

    def event(self, type_: str, lead: str = "lead-1", *, time: datetime, **data: Any) -> Event:
        """An activity, or a qualification with what it needs."""
        if type_ == "lead.qualified":
            always = {"score": 80, "fit": 30, "engagement": 50, "cycle": 1, "reason": "threshold", "cause_id": "a"}
            data = always | data
        fields = {"id": f"e{next(self._ids)}", "source": "urn:test", "type": type_, "subject": lead, "time": time}
        return Event.model_validate({**fields, "data": data})

    def take(self, event: Event, *, read_at: datetime | None = None) -> list[Event]:
        """Apply an event when it is read; what follows from it."""
        self.now = max(self.now, read_at or event.time)
        if event.type in domain.REP_TYPES:
            domain.apply_rep(self.desk, event, self.now, self.rules)
            return []
        state = self.leads.get(event.subject) or LeadRouting(event.subject)
        desk = self.desk if domain.needs_desk(event) else Desk()
        return self._keep(domain.apply(state, event, self.now, desk, self.rules))

    def tell(self, type_: str, clock: str, lead: str = "lead-1", *, day: int = 0, **data: Any) -> list[Event]:
        """Something happened at that wall time and was read at once."""
        return self.take(self.event(type_, lead, time=at(clock, day), **data))

    def fire(self, time: datetime, lead: str = "lead-1", *, caught_up: bool = True) -> list[Event]:
        """Fire what the lead has due by then, each step when it is due, as far as reading allows."""
        told: list[Event] = []
        while (due := domain.next_due(self.leads[lead])) is not None and due <= time:
            self.now = max(self.now, due)
            fired = self._on_due(lead, due, caught_up=caught_up)
            told += fired
            if not fired:
                break
        self.now = max(self.now, time)
        return told + self._on_due(lead, time, caught_up=caught_up)

    def _on_due(self, lead: str, due: datetime, *, caught_up: bool) -> list[Event]:
        state = self.leads[lead]
        desk = self.desk if domain.may_reassign(state, due) else Desk()
        return self._keep(domain.on_due(state, due, self.now, caught_up=caught_up, desk=desk, rules=self.rules))

    def drain(self, time: datetime, pool: str = "is-all") -> tuple[list[Event], datetime | None]:
        """Give out what waits in the pool, oldest first; the events, and when to try again."""
        self.now = max(self.now, time)
        waiting = sorted((lead for lead in self.leads.values() if lead.waiting), key=_waits_since)
        drained = domain.drain(waiting, pool, self.now, self.desk, self.rules)
        return [event for routed in drained.routed for event in self._keep(routed)], drained.next_at

    def _keep(self, routed: domain.Routed) -> list[Event]:
        self.leads[routed.state.lead] = routed.state
        self.events += routed.events
        self.records += routed.records
        return list(routed.events)

    def owner(self, lead: str = "lead-1") -> str | None:
        handoff = self.leads[lead].open_handoff
        return handoff.owner if handoff else None

    def given(self, numbers: range) -> Counter[str]:
        """Qualify that many leads, one a minute from 09:00; how many each rep got."""
        for number in numbers:
            time = at("09:00") + timedelta(minutes=number)
            self.take(self.event("lead.qualified", f"lead-{number}", time=time))
        return Counter(owner for number in numbers if (owner := self.owner(f"lead-{number}")))


def _waits_since(lead: LeadRouting) -> tuple[datetime, str]:
    return (lead.waiting.decided_at if lead.waiting else MONDAY, lead.lead)


def types(events: Sequence[Event]) -> list[str]:
    return [event.type for event in events]


def decisions(events: Sequence[Event]) -> list[str]:
    """The types of what was decided, without the stage facts."""
    return [event.type for event in events if not event.type.startswith("stage.")]


def only(events: Sequence[Event], type_: str) -> Event:
    found = [event for event in events if event.type == type_]
    assert len(found) == 1, types(events)
    return found[0]


def due_of(event: Event) -> object:
    return event.data.value("due_at")
