"""A company and the events of a lead, for telling short stories in tests."""

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from services.alerts import domain
from services.alerts.notices import Notice, Notify, Update
from services.alerts.playbook import AlertsPlaybook, load
from services.alerts.state import LeadAlerts
from shared.events import Event
from shared.events.event import type_registry
from shared.playbook import PlaybookFolder

TOKYO = ZoneInfo("Asia/Tokyo")

COMPANY = "{name: 青葉, timezone: Asia/Tokyo, locale: en}"
CALENDARS = """
calendars:
  tokyo: {timezone: Asia/Tokyo, hours: {mon-fri: ["09:00-18:00"]}}
"""
ROUTING = """
teams: [{id: is, manager: boss, channel: C-IS, fallback: rep-9, calendar: tokyo}, {id: fs, manager: boss}, cs]
reps:
  - {id: rep-1, name: Sato, team: is, slack: U1, calendar: tokyo}
  - {id: rep-2, name: Kato, team: is, slack: U2, calendar: tokyo}
  - {id: rep-3, name: Mori, team: fs, slack: U3, calendar: tokyo}
  - {id: rep-9, team: is, calendar: tokyo}
  - {id: boss, name: Abe, team: [is, fs], slack: U9, calendar: tokyo}
pools: []
rules: []
"""
ALERTS = """
waiting: {after: 30m, tell: manager}
stale:
  - {stage: mql, after: 2bd, tell: owner}
  - {stage: mql, after: 4bd, tell: manager, severity: urgent}
"""


def playbook(alerts: str = ALERTS, **files: str) -> AlertsPlaybook:
    texts = {"company.yaml": COMPANY, "calendars.yaml": CALENDARS, "routing.yaml": ROUTING, "alerts.yaml": alerts}
    return load(PlaybookFolder.of(texts | {f"{name}.yaml": text for name, text in files.items()}))


def tokyo(day: int, hour: int = 10, minute: int = 0) -> datetime:
    """A time in April 2026; the first is a Wednesday."""
    return datetime(2026, 4, day, hour, minute, tzinfo=TOKYO).astimezone(UTC)


NOON = tokyo(1, 12)
DUE = tokyo(1, 12, 15)


@dataclass
class Story:
    """A lead's events one after the other, each read as it happens unless told otherwise."""

    rules: AlertsPlaybook = field(default_factory=playbook)
    state: LeadAlerts = field(default_factory=lambda: LeadAlerts("lead-42"))
    events: list[Event] = field(default_factory=list)
    notices: list[Notice] = field(default_factory=list)
    told: int = 0

    def happens(
        self, event_type: str, at: datetime = NOON, read_at: datetime | None = None, **data: object
    ) -> list[Notice]:
        self.told += 1
        event = Event(
            id=f"e{self.told}",
            source="urn:test",
            type=event_type,
            subject=self.state.lead,
            time=at,
            data=type_registry[event_type].model_validate(data),
        )
        return self._fold(domain.apply(self.state, event, read_at or at, self.rules))

    def decides(
        self, event_type: str, at: datetime = NOON, read_at: datetime | None = None, **data: object
    ) -> list[Notice]:
        """A decision of routing about the first handoff to Inside Sales, unless told otherwise."""
        of_is = {"team": "is", "cycle": 1, "attempt": 1, "decided_at": at}
        return self.happens(event_type, at, read_at, **(of_is | data))

    def time_comes(self, at: datetime, *, caught_up: bool = True) -> list[Notice]:
        return self._fold(domain.on_due(self.state, at, at, caught_up, self.rules))

    def _fold(self, decided: domain.AlertsDecided) -> list[Notice]:
        self.state = decided.state
        self.events += decided.events
        self.notices += decided.notices
        return list(decided.notices)

    @property
    def event_types(self) -> list[str]:
        return [event.type for event in self.events]


def assigned_to(rep: str = "rep-1", story: Story | None = None, at: datetime = NOON) -> Story:
    """A lead that qualified and was just given to the rep."""
    story = story or Story()
    story.happens("profile.updated", at, name="山田 太郎", company="青葉商事", title="部長")
    story.happens(
        "lead.qualified",
        at,
        score=72,
        fit=30,
        engagement=42,
        cycle=1,
        reason="threshold",
        cause_id="a1",
        lead_source="web",
        contributions=[
            {"rule": "case_study", "base": 15, "decay": 1, "value": 15, "time": tokyo(1, 9)},
            {"rule": "cap:content", "base": -5, "decay": 1, "value": -5},
            {"rule": "director", "base": 20, "decay": 1, "value": 20},
        ],
    )
    story.decides("lead.assigned", at, owner_id=rep)
    return story


def told(notices: list[Notice]) -> list[tuple[str, str]]:
    """(kind, target) of each message that is new and is sent."""
    return [(n.card.kind, n.target) for n in notices if isinstance(n, Notify) and not n.suppressed]


def shown(notices: list[Notice]) -> list[tuple[str, str | None]]:
    """(kind, outcome) of each update."""
    return [(n.card.kind, n.card.outcome and n.card.outcome.what) for n in notices if isinstance(n, Update)]


def later(at: datetime, **length: float) -> datetime:
    return at + timedelta(**length)
