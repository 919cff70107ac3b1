"""Watches an office from outside: plain facts about people, what was told, and who could therefore take which lead."""

from collections import Counter, defaultdict, deque
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from itertools import count
from zoneinfo import ZoneInfo

from services.routing import domain
from services.routing.playbook import load
from services.routing.records import Record
from services.routing.rules import RoutingRules
from shared.events import Event
from shared.playbook import PlaybookFolder
from tests.unit.routing.routing_office import ACCEPT, Office

TOKYO, BERLIN = ZoneInfo("Asia/Tokyo"), ZoneInfo("Europe/Berlin")
MOST_TURNS = 2_000
PRIORITIES = {"urgent": 10}
NEEDS = {"abroad": {"english"}}
CALENDARS = """
calendars:
  tokyo: {timezone: Asia/Tokyo, hours: {mon-fri: ["09:00-12:00", "13:00-18:00"]}}
  berlin: {timezone: Europe/Berlin, hours: {mon-fri: ["09:00-12:00", "13:00-18:00"]}}
"""
ROUTING = """
teams: [is, fs]
reps:
  - {id: aoki, team: is, calendar: tokyo, daily_cap: 2, leave: [2026-04-07]}
  - {id: baba, team: is, calendar: tokyo, weight: 2, open_cap: 2}
  - {id: dora, team: is, calendar: berlin, daily_cap: 2, skills: [english]}
  - {id: endo, team: [is, fs], calendar: tokyo, open_cap: 1, skills: [english]}
  - {id: fumi, team: fs, calendar: tokyo, leave: [{from: 2026-04-06, to: 2026-04-08, hours: "13:00-15:00"}]}
pools:
  - {id: is-all, team: is, members: [aoki, baba, dora, endo]}
  - {id: fs-all, team: fs, members: [endo, fumi], pick: least_open}
rules:
  - {id: urgent, team: is, when: {field: reason, op: eq, value: instant}, pool: is-all, priority: 10}
  - {id: abroad, team: is, when: {field: language, op: eq, value: en}, pool: is-all, needs: [english]}
  - {id: rest, team: is, pool: is-all}
  - {id: fs-rest, team: fs, pool: fs-all}
"""


def rules(inside: str = "aoki, baba, dora, endo") -> RoutingRules:
    """The playbook, with these members of the inside pool."""
    files = {
        "routing.yaml": ROUTING.replace("aoki, baba, dora, endo", inside),
        "sla.yaml": ACCEPT,
        "calendars.yaml": CALENDARS,
    }
    return load(PlaybookFolder.of(files))


@dataclass(frozen=True)
class Person:
    """What the playbook says of a rep, in plain words."""

    teams: tuple[str, ...] = ("is",)
    zone: ZoneInfo = TOKYO
    daily_cap: int = 1_000
    open_cap: int = 1_000
    skills: frozenset[str] = frozenset()
    leave: frozenset[date] = frozenset()
    out: frozenset[date] = frozenset()
    """Days on which they are out from 13:00 to 15:00."""

    def is_on_leave(self, at: datetime) -> bool:
        here = at.astimezone(self.zone)
        return here.date() in self.leave or (here.date() in self.out and time(13) <= here.time() < time(15))

    def is_at_work(self, at: datetime) -> bool:
        here = at.astimezone(self.zone)
        works = time(9) <= here.time() < time(12) or time(13) <= here.time() < time(18)
        return here.weekday() < 5 and works


APRIL = [date(2026, 4, day) for day in range(1, 31)]
PEOPLE = {
    "aoki": Person(daily_cap=2, leave=frozenset({APRIL[6]})),
    "baba": Person(open_cap=2),
    "dora": Person(zone=BERLIN, daily_cap=2, skills=frozenset({"english"})),
    "endo": Person(("is", "fs"), open_cap=1, skills=frozenset({"english"})),
    "fumi": Person(("fs",), out=frozenset(APRIL[5:8])),
}
WEIGHTS = {"aoki": 1, "baba": 2, "dora": 1, "endo": 1, "fumi": 1}


@dataclass
class Queued:
    """A lead that waits: since when and, of the same moment, the how-manieth."""

    rule: str
    since: datetime
    number: int

    @property
    def place(self) -> tuple[int, datetime, int]:
        return -PRIORITIES.get(self.rule, 0), self.since, self.number


@dataclass
class Witness:
    """Plays an office and checks each decision against what was told before it."""

    office: Office = field(default_factory=lambda: Office(rules()))
    away: dict[str, datetime] = field(default_factory=dict)
    open: Counter[str] = field(default_factory=Counter)
    given: Counter[tuple[str, date]] = field(default_factory=Counter)
    had: dict[str, set[str]] = field(default_factory=lambda: defaultdict(set))
    owner: dict[str, str] = field(default_factory=dict)
    queues: dict[str, dict[str, Queued]] = field(default_factory=lambda: defaultdict(dict))
    gone: set[str] = field(default_factory=set)
    """Who has left the pools."""
    _seen: tuple[int, int] = (0, 0)
    _numbers: Iterator[int] = field(default_factory=count)

    def can_take(self, rep: str, lead: str, rule: str | None, at: datetime) -> bool:
        """Whether the rep could be given the lead, by what the people know."""
        person = PEOPLE[rep]
        return (
            person.is_at_work(at)
            and rep not in self.gone
            and not self.is_absent(rep, at)
            and self.given[rep, at.astimezone(person.zone).date()] < person.daily_cap
            and self.open[rep] < person.open_cap
            and rep not in self.had[lead]
            and NEEDS.get(rule or "", set()) <= person.skills
        )

    def is_absent(self, rep: str, at: datetime) -> bool:
        """On leave, or away by what they told."""
        return PEOPLE[rep].is_on_leave(at) or (rep in self.away and at < self.away[rep])

    def tell(self, event: Event, now: datetime) -> None:
        """Let time pass, then read the event, before whatever is due at the same moment."""
        self._fire_until(now, inclusive=False)
        if event.type == "rep.away":
            self.away[event.subject] = now + timedelta(hours=1)
        elif event.type == "rep.back":
            self.away.pop(event.subject, None)
        self.office.take(event, read_at=now)
        self._check()
        self.wait_until(now)

    def wait_until(self, end: datetime) -> None:
        """Let time pass; nobody may wait at its end for one who is there."""
        self._fire_until(end, inclusive=True)
        self.office.now = max(self.office.now, end)
        for pool, queue in self.queues.items():
            assert self.office.desk.pool(pool).waiting == len(queue)
            members = self.office.rules.pools[pool].members
            for lead, queued in queue.items():
                able = [rep for rep in members if self.can_take(rep, lead, queued.rule, end)]
                assert not able, f"{lead} waits in {pool} at {end} although {able} could take it"

    def _fire_until(self, end: datetime, *, inclusive: bool) -> None:
        """Fire timers and drain pools, the earliest first."""
        for _ in range(MOST_TURNS):
            # At the same instant a pool is drained before a ladder takes who has come: those who wait were first.
            due = min(self._due(), key=lambda one: (one[0], one[1] == "lead", one[2]), default=None)
            if due is None or due[0] > end or (due[0] == end and not inclusive):
                return
            self._fire(*due)
            self._check()
        raise AssertionError("the office is busy for ever")

    def _due(self) -> Iterable[tuple[datetime, str, str]]:
        yield from ((at, "pool", pool) for pool, at in self.office.desk.wakes.items())
        for name, lead in self.office.leads.items():
            if (at := domain.next_due(lead)) is not None:
                yield at, "lead", name

    def _fire(self, at: datetime, kind: str, name: str) -> None:
        if kind == "lead":
            self.office.fire(at, name)
            return
        del self.office.desk.wakes[name]
        _, again = self.office.drain(at, name)
        assert again is None or again > self.office.now, f"{name} wakes at {again} to no purpose"
        self.office.desk.wake(name, again)

    def _check(self) -> None:
        """Go through what was told since the last look, each decision against what was true before it."""
        events, records = self.office.events[self._seen[0] :], deque(self.office.records[self._seen[1] :])
        self._seen = len(self.office.events), len(self.office.records)
        for event in events:
            if event.type in ("lead.assigned", "lead.reassigned", "lead.waiting"):
                while records[0].kind == "kept":
                    self._is_right(records.popleft())
                self._decided(event, records.popleft())
            elif event.type == "handoff.changed" and event.data.value("status") in ("done", "rejected"):
                self._ended(event)
        while records:
            self._is_right(records.popleft())

    def _decided(self, event: Event, record: Record) -> None:
        self._is_right(record)
        lead = event.subject
        assert record.lead == lead
        if record.chosen is None:
            queued = Queued(record.rule or "", record.decided_at, next(self._numbers))
            self.queues[record.pool or ""][lead] = queued
            return
        mine = self._leaves_queues(lead)
        if record.asked_for is None:
            self._overtakes_nobody(record, mine)
        if str(event.data.value("reason")).startswith(("clock.breached", "owner.changed")):
            self._release(lead)
        self.owner[lead] = record.chosen
        self.had[lead].add(record.chosen)
        self.open[record.chosen] += 1
        self.given[record.chosen, record.decided_at.astimezone(PEOPLE[record.chosen].zone).date()] += 1

    def _is_right(self, record: Record) -> None:
        """Each candidate stood as recorded, and was passed over exactly where they could not take the lead; who is
        given a lead without being picked, and not by a person, is of the team and there."""
        if record.asked_for is not None and record.reason != "owner.changed":
            assert record.team in PEOPLE[record.asked_for].teams, record
            assert not self.is_absent(record.asked_for, record.decided_at), record
        for one in record.candidates:
            assert one.open == self.open[one.rep], (record, self.open)
            could = self.can_take(one.rep, record.lead, record.rule, record.decided_at)
            assert (one.passed_over is None) is could, (one, record)

    def _overtakes_nobody(self, record: Record, mine: Queued | None) -> None:
        """Whoever waits before this lead could not have been given to the one who gets it."""
        rep = record.chosen or ""
        for other, queued in self.queues[record.pool or ""].items():
            is_before = mine is None or queued.place < mine.place
            could = rep not in self.had[other] and NEEDS.get(queued.rule, set()) <= PEOPLE[rep].skills
            assert not (is_before and could), (record, other, queued)

    def _ended(self, event: Event) -> None:
        self._release(event.subject)
        self._leaves_queues(event.subject)
        if event.data.value("reason") != "not_mine":
            self.had[event.subject] = set()

    def _leaves_queues(self, lead: str) -> Queued | None:
        left = [queued for queue in self.queues.values() if (queued := queue.pop(lead, None))]
        return left[0] if left else None

    def _release(self, lead: str) -> None:
        if lead in self.owner:
            self.open[self.owner.pop(lead)] -= 1
