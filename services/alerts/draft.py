"""A decision while it is being made: the state so far, the events and notices that follow."""

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Final

from services.alerts import SOURCE
from services.alerts.kinds import DECIDED_BY_OTHERS, Kind
from services.alerts.notices import AlertsDecided, Notice, Notify, Update, alert_id, card_of
from services.alerts.playbook import AlertsPlaybook, Severity
from services.alerts.recipients import disturb_from, find
from services.alerts.state import Holding, LeadAlerts, Outcome, Posted
from shared.durations import format_duration
from shared.events import Cause, Event, EventData
from shared.events.derived import AlertAcknowledged, AlertRaised

MOST_OPEN = 32
TOLD_ONCE: Final[frozenset[Kind]] = DECIDED_BY_OTHERS | {"moved", "incomplete"}
"""Messages that nothing changes later."""
PASSING = frozenset({"accepted", "acknowledged", "met", "late", "corrected", "cancelled", "touched"})
"""Outcomes that say nothing more of a lead that has gone to another team."""


@dataclass(frozen=True, slots=True)
class Situation:
    """What somebody is to be told of: the same one, of the same handoff, is told once to the same recipient."""

    kind: Kind
    severity: Severity
    role: str
    team: str
    holding: Holding
    about: str | None = None
    clock: str | None = None
    run: int = 1
    due: datetime | None = None
    detail: str = ""
    occasion: str = ""


@dataclass(slots=True)
class Draft:
    """Collects what follows from one cause; `happened_at` is when it happened in domain time."""

    state: LeadAlerts
    cause: Cause
    happened_at: datetime
    decided_at: datetime
    playbook: AlertsPlaybook
    backfill: bool = False
    events: list[Event] = field(default_factory=list)
    notices: list[Notice] = field(default_factory=list)

    @property
    def decided(self) -> AlertsDecided:
        return AlertsDecided(self.state, tuple(self.events), tuple(self.notices))

    def learn_lacking(self, team: str, missing: tuple[str, ...]) -> None:
        """Keep which fields of the handover to the team nobody has filled."""
        self.state = replace(self.state, lacking={**self.state.lacking, team: missing})

    def emit(self, data: EventData, at: datetime) -> None:
        event = Event.caused_by(self.cause, data, source=SOURCE, time=at, playbook=self.playbook.version)
        self.events.append(event)

    def tell(self, situation: Situation, owner: str | None) -> None:
        """Tell the role's person; nothing for backfill, and only a record of it for what happened long ago."""
        if self.backfill or not self.playbook.active:
            return
        recipient = find(self.playbook, situation.role, situation.team, owner)
        key = _key(situation, recipient.target)
        identity = alert_id(self.state.lead, key)
        if identity in self.state.open:
            return
        posted = _posted(situation, recipient.role, owner, self.decided_at)
        notify = Notify(
            alert_id=identity,
            key=key,
            severity=situation.severity,
            target=recipient.target,
            address=recipient.addresses[0] if recipient.addresses else "",
            fallbacks=recipient.addresses[1:],
            card=card_of(self.state, posted, recipient.zone, self.playbook),
            at=self.decided_at,
            not_before=disturb_from(self.playbook, recipient, situation.severity, self.decided_at),
            suppressed=self._too_old(),
            traceparent=self.cause.traceparent,
        )
        self.notices.append(notify)
        if not notify.suppressed:
            self._raise(notify, posted)

    def _too_old(self) -> str:
        limit = self.playbook.rules.suppress_older_than
        return f"older than {format_duration(limit)}" if self.decided_at - self.happened_at > limit else ""

    def _raise(self, notify: Notify, posted: Posted) -> None:
        if posted.kind not in TOLD_ONCE:
            kept = list({**self.state.open, notify.alert_id: posted}.items())
            self.state = replace(self.state, open=dict(kept[-MOST_OPEN:]))
        self.emit(
            AlertRaised(
                alert_id=notify.alert_id,
                kind=posted.kind,
                decided_at=self.decided_at,
                severity=notify.severity,
                target=notify.target,
            ),
            self.decided_at,
        )

    def refresh(self, concerns: Callable[[Posted], bool], outcome: Outcome | None = None) -> None:
        """Show the present situation in the open messages concerned; an outcome stays with them."""
        self._change(concerns, outcome, ends=False, acknowledges=outcome is not None)

    def close(self, concerns: Callable[[Posted], bool], outcome: Outcome, *, acknowledges: bool = False) -> None:
        """Show the outcome in the messages concerned for the last time; those not sent yet are dropped."""
        self._change(concerns, outcome, ends=True, acknowledges=acknowledges)

    def hand_on(self, concerns: Callable[[Posted], bool], went: Outcome) -> None:
        """Show where the lead went; the messages concerned stay open until its next owner is known."""
        self._change(concerns, went, ends=not went.awaits_owner, acknowledges=False)

    def _change(
        self, concerns: Callable[[Posted], bool], outcome: Outcome | None, *, ends: bool, acknowledges: bool
    ) -> None:
        for identity, before in list(self.state.open.items()):
            if not concerns(before) or (_gone(before) and outcome and outcome.what in PASSING):
                continue
            after = replace(before, outcome=outcome or before.outcome)
            if acknowledges and not before.acknowledged:
                after = replace(after, acknowledged=True)
                self._acknowledge(identity, after)
            self._show(identity, after, moot=outcome is not None)
            self._keep(identity, None if ends else after)

    def _acknowledge(self, identity: str, posted: Posted) -> None:
        self.emit(AlertAcknowledged(alert_id=identity, kind=posted.kind, decided_at=self.decided_at), self.decided_at)

    def _show(self, identity: str, posted: Posted, *, moot: bool) -> None:
        zone = find(self.playbook, posted.role, posted.team, posted.rep).zone
        card = card_of(self.state, posted, zone, self.playbook)
        self.notices.append(Update(identity, card, self.decided_at, moot))

    def _keep(self, identity: str, posted: Posted | None) -> None:
        remaining = {known: value for known, value in self.state.open.items() if known != identity or posted}
        if posted:
            remaining[identity] = posted
        self.state = replace(self.state, open=remaining)


def _gone(posted: Posted) -> bool:
    return posted.outcome is not None and posted.outcome.awaits_owner


def _key(situation: Situation, target: str) -> str:
    holding = situation.holding
    parts = (situation.kind, situation.team, holding.cycle, holding.attempt, situation.occasion, target)
    return ":".join(map(str, parts))


def _posted(situation: Situation, role: str, owner: str | None, at: datetime) -> Posted:
    return Posted(
        kind=situation.kind,
        severity=situation.severity,
        team=situation.team,
        cycle=situation.holding.cycle,
        attempt=situation.holding.attempt,
        role=role,
        rep=owner,
        about=situation.about,
        at=at,
        clock=situation.clock,
        run=situation.run,
        due=situation.due,
        detail=situation.detail,
    )
