"""What the decisions ask of the sender: tell somebody, or show the new situation in a message already sent."""

import json
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import datetime
from uuid import uuid5

from services.alerts import SOURCE
from services.alerts.kinds import OWN_CARDS, Kind
from services.alerts.playbook import AlertsPlaybook, Severity
from services.alerts.state import OWNED, EarlierCycle, Holding, LeadAlerts, Note, Outcome, Posted, Reason, Unreachable
from shared.decided import Decided
from shared.events import BATON_NS
from shared.locales import Locale


@dataclass(frozen=True, slots=True)
class Card:
    """All that a message says, before words: rendered in `locale`, times shown in `zone`."""

    kind: Kind
    severity: Severity
    role: str
    locale: Locale
    zone: str
    lead_id: str
    team: str
    cycle: int
    attempt: int
    at: datetime
    name: str = ""
    company: str = ""
    title: str = ""
    department: str = ""
    phone: str = ""
    email: str = ""
    unreachable: Unreachable | None = None
    source: str = ""
    score: float | None = None
    stage: str = "lead"
    """A stage, or `nurturing`: stage `lead` in a later cycle than the first."""
    owner: str = ""
    other: str = ""
    """The one whom the change is about: the previous or the next owner, who rejected, or who missed the deadline."""
    reasons: tuple[Reason, ...] = ()
    notes: tuple[Note, ...] = ()
    promises: tuple[Note, ...] = ()
    """Those that were open when the card was made: of others the day is over."""
    agreed: tuple[tuple[str, str], ...] = ()
    """(field, what was filled in) at the handover."""
    missing: tuple[str, ...] = ()
    """Fields that nobody has filled."""
    earlier: tuple[EarlierCycle, ...] = ()
    deadlines: tuple[tuple[str, datetime], ...] = ()
    open_elsewhere: tuple[tuple[str, str, datetime], ...] = ()
    """(team, clock, deadline) of clocks that run for other teams."""
    clock: str = ""
    detail: str = ""
    outcome: Outcome | None = None


@dataclass(frozen=True, slots=True)
class Notify:
    """Tell `target` (such as `owner:rep-1`) once: a second one with the same `alert_id` is the same.

    `not_before` is domain time. With `suppressed` it is recorded with that reason and not sent.
    """

    alert_id: str
    key: str
    severity: Severity
    target: str
    address: str
    fallbacks: tuple[str, ...]
    card: Card
    at: datetime
    not_before: datetime | None = None
    suppressed: str = ""
    traceparent: str | None = None


@dataclass(frozen=True, slots=True)
class Update:
    """Show the new card in the message of `alert_id`. Not sent yet: it replaces the card, or drops a `moot` one."""

    alert_id: str
    card: Card
    at: datetime
    moot: bool = False


Notice = Notify | Update


@dataclass(frozen=True, slots=True)
class AlertsDecided(Decided[LeadAlerts]):
    notices: tuple[Notice, ...] = ()


def alert_id(lead_id: str, key: str) -> str:
    """The same lead and key always give the same id, whatever caused the alert."""
    return str(uuid5(BATON_NS, json.dumps([SOURCE, lead_id, key], ensure_ascii=False)))


def card_of(state: LeadAlerts, posted: Posted, zone: str, playbook: AlertsPlaybook) -> Card:
    """The card of a message as things stand now."""
    holding = state.handoffs.get(posted.team)
    known = defaultdict(str, ((name, value) for name, (_, value) in state.profile.items()))
    promised = tuple(note for note in state.promises if note.due_at is None or note.due_at >= posted.at)
    return Card(
        kind=posted.kind,
        severity=posted.severity,
        role=posted.role,
        locale=playbook.locale,
        zone=zone,
        lead_id=state.lead,
        team=posted.team,
        cycle=posted.cycle,
        attempt=posted.attempt,
        at=posted.at,
        name=known["name"],
        company=known["company"],
        title=known["title"],
        department=known["department"],
        phone="" if state.unreachable else known["phone"],
        email="" if state.unreachable else known["email"],
        unreachable=state.unreachable,
        source=state.source[1] if state.source else "",
        score=state.score,
        stage="nurturing" if state.stage == "lead" and state.cycle > 1 else state.stage,
        owner=playbook.name_of(holding.owner if holding else None),
        other=playbook.name_of(posted.about),
        reasons=state.reasons,
        notes=tuple(_signed(note, playbook) for note in state.notes if note not in promised),
        promises=tuple(_signed(note, playbook) for note in promised),
        agreed=tuple(state.agreed.items()) if posted.kind in OWN_CARDS else (),
        missing=state.missing_for(_handed_to(posted)),
        earlier=state.earlier,
        deadlines=_deadlines(posted, holding),
        open_elsewhere=tuple(_elsewhere(state, posted)),
        clock=posted.clock or "",
        detail=posted.detail,
        outcome=_named(posted.outcome, playbook),
    )


def _handed_to(posted: Posted) -> str:
    """The team to which the lead was handed in the handover that the message is about."""
    if posted.kind in ("refused", "incomplete"):
        return posted.detail
    if posted.kind not in OWN_CARDS:
        return ""
    return posted.outcome.to_team if posted.outcome and posted.outcome.what == "done" else posted.team


def _signed(note: Note, playbook: AlertsPlaybook) -> Note:
    return replace(note, by=playbook.name_of(note.by)) if note.by else note


def _named(outcome: Outcome | None, playbook: AlertsPlaybook) -> Outcome | None:
    if outcome is None:
        return None
    who, to_owner = playbook.name_of(outcome.who) or None, playbook.name_of(outcome.to_owner) or None
    return replace(outcome, who=who, to_owner=to_owner)


def _elsewhere(state: LeadAlerts, posted: Posted) -> Iterator[tuple[str, str, datetime]]:
    for team, holding in sorted(state.handoffs.items()):
        if team != posted.team and holding.status in OWNED:
            yield from ((team, clock, running.due_at) for clock, running in sorted(holding.clocks.items()))


def _deadlines(posted: Posted, holding: Holding | None) -> tuple[tuple[str, datetime], ...]:
    if posted.clock is not None:
        return ((posted.clock, posted.due),) if posted.due else ()
    running = holding.clocks.items() if holding else ()
    deadlines = ((clock, deadline.due_at) for clock, deadline in running)
    return tuple(sorted(deadlines, key=lambda clock: (clock[1], clock[0])))
