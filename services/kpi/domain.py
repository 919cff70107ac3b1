"""Fold the events of a lead, from whatever topic and in whatever interleaving, into its facts."""

from bisect import insort
from dataclasses import replace
from datetime import datetime
from functools import singledispatch

from services.kpi import handing, profile
from services.kpi.facts import Amount, Facts, Mark, Qualified, RefusedMove, StageEntry, Stale, Win, quarter_of
from shared.events import Event, EventData, UnknownActivity
from shared.events.activities import (
    ActivityData,
    CallAttempted,
    CallConnected,
    ContractRenewed,
    CustomerContacted,
    EmailSent,
    LeadReturned,
    LeadSalesQualified,
    MeetingActivity,
    OperatorRequest,
    OpportunityActivity,
    OpportunityOpened,
    OpportunityWon,
    ProfileUpdated,
    UpsellActivity,
    UpsellProposed,
)
from shared.events.derived import (
    AlertEvent,
    ClockEvent,
    HandoffChanged,
    LeadAssigned,
    LeadQualified,
    LeadReassigned,
    LeadStale,
    LeadWaiting,
    StageChanged,
    StageRefused,
)
from shared.events.lifecycle import order_key

KEPT_TOUCHES = 200
"""Touches that may be read before the qualification they answer; older ones are only counted."""


def fold(facts: Facts, event: Event) -> Facts:
    """The facts with one more event; the very same object when the event tells nothing that is counted."""
    if isinstance(event.data, ActivityData | UnknownActivity) and not isinstance(event.data, OperatorRequest):
        facts = _seen(facts, event)
    return _apply(event.data, facts, event)


def _seen(facts: Facts, event: Event) -> Facts:
    if facts.first_at is None or event.time < facts.first_at:
        facts = replace(facts, first_at=event.time)
    source = event.data.value("lead_source")
    if not isinstance(source, str) or not source.strip():
        return facts
    key = order_key(event)
    if facts.source_key is None or key < facts.source_key:
        return replace(facts, source=source, source_key=key)
    return facts


@singledispatch
def _apply(_: EventData, facts: Facts, __: Event) -> Facts:
    return facts


@_apply.register
def _(data: ProfileUpdated, facts: Facts, event: Event) -> Facts:
    return profile.named(facts, data, event)


@_apply.register
def _(data: StageChanged, facts: Facts, event: Event) -> Facts:
    key = f"{data.cycle}/{data.to}"
    known = facts.entries.get(key)
    if known and known.revision >= data.revision:
        return facts
    entry = StageEntry(
        data.cycle,
        data.to,
        event.time,
        data.revision,
        data.implied,
        data.retracted,
        data.rep_id,
        data.returns,
        data.expansions,
        data.renewals,
    )
    return replace(facts, entries={**facts.entries, key: entry})


@_apply.register
def _(data: StageRefused, facts: Facts, event: Event) -> Facts:
    key = f"{data.refused_source} {data.refused_id}"
    known = facts.refusals.get(key)
    if known and known.revision >= data.revision:
        return facts
    return replace(facts, refusals={**facts.refusals, key: RefusedMove(event.time, data.revision, data.retracted)})


@_apply.register
def _(data: LeadQualified, facts: Facts, event: Event) -> Facts:
    facts = _marked(facts, event)
    known = facts.qualified.get(data.cycle)
    live = not data.backfill
    if known and (known.live, -known.at.timestamp()) >= (live, -event.time.timestamp()):
        return facts
    facts = replace(
        facts, qualified={**facts.qualified, data.cycle: Qualified(event.time, live, event.source, event.id)}
    )
    return _first_touch_of(facts, data.cycle, event.time)


def _first_touch_of(facts: Facts, cycle: int, since: datetime) -> Facts:
    remembered = facts.first_touches.get(cycle)
    known = [*facts.touches, remembered] if remembered else facts.touches
    first = min((at for at in known if at >= since), default=None)
    others = {other: at for other, at in facts.first_touches.items() if other != cycle}
    return replace(facts, first_touches={**others, cycle: first} if first else others)


@_apply.register
def _(_: LeadReturned | LeadSalesQualified | ContractRenewed, facts: Facts, event: Event) -> Facts:
    return _marked(facts, event)


def _marked(facts: Facts, event: Event) -> Facts:
    marks = list(facts.marks)
    insort(marks, Mark(event.time, event.type, event.source, event.id))
    return replace(facts, marks=tuple(marks))


@_apply.register
def _(data: CallAttempted | CallConnected, facts: Facts, event: Event) -> Facts:
    names = ("calls",) if isinstance(data, CallAttempted) else ("calls", "connects")
    return _touched(_tallied(facts, event, data.rep_id, *names), event, data.rep_id)


@_apply.register
def _(data: EmailSent | MeetingActivity | CustomerContacted, facts: Facts, event: Event) -> Facts:
    return _touched(facts, event, data.rep_id)


def _touched(facts: Facts, event: Event, rep_id: str | None) -> Facts:
    touches = list(facts.touches)
    insort(touches, event.time)
    first_touches = facts.first_touches
    for cycle, qualified in facts.qualified.items():
        first = first_touches.get(cycle)
        if event.time >= qualified.at and (first is None or event.time < first):
            first_touches = {**first_touches, cycle: event.time}
    facts = replace(facts, touches=tuple(touches[-KEPT_TOUCHES:]), first_touches=first_touches)
    return _tallied(facts, event, rep_id, "touches")


def _tallied(facts: Facts, event: Event, rep_id: str | None, *names: str, more: int = 1) -> Facts:
    quarter = quarter_of(event.time)
    tallies = dict(facts.tallies)
    for name in names:
        key = f"{quarter}|{rep_id or ''}|{name}"
        tallies[key] = tallies.get(key, 0) + more
    return replace(facts, tallies=tallies)


@_apply.register
def _(data: OpportunityActivity, facts: Facts, event: Event) -> Facts:
    opportunity = data.opportunity_id or ""
    if isinstance(data, OpportunityOpened) and data.kind in (None, "expansion"):
        facts = _marked(facts, event)
    if isinstance(data, OpportunityWon):
        wins = list(facts.wins)
        insort(wins, Win(event.time, event.source, event.id, opportunity, data.rep_id))
        facts = replace(facts, wins=tuple(wins))
    if data.amount is None:
        return facts
    told = Amount(event.time, event.source, event.id, round(data.amount.amount * 100), data.amount.currency)
    known = facts.amounts.get(opportunity)
    return facts if known and known > told else replace(facts, amounts={**facts.amounts, opportunity: told})


@_apply.register
def _(data: UpsellActivity, facts: Facts, event: Event) -> Facts:
    if isinstance(data, UpsellProposed):
        return _tallied(facts, event, data.rep_id, "upsells_proposed")
    facts = _tallied(facts, event, data.rep_id, "upsells_won")
    if data.amount is None:
        return facts
    name, hundredths = f"upsell_amount:{data.amount.currency}", round(data.amount.amount * 100)
    return _tallied(facts, event, data.rep_id, name, more=hundredths)


@_apply.register
def _(data: LeadAssigned | LeadReassigned, facts: Facts, _: Event) -> Facts:
    return handing.handed(facts, data, "assigned", data.owner_id)


@_apply.register
def _(data: LeadWaiting, facts: Facts, _: Event) -> Facts:
    return handing.handed(facts, data, "waiting", None)


@_apply.register
def _(data: HandoffChanged, facts: Facts, _: Event) -> Facts:
    if data.status == "reassigned":
        return facts
    known = facts.handoffs.get(f"{data.cycle}/{data.team}")
    without_owner = data.status in ("waiting", "rejected")
    owner = None if without_owner else data.owner_id or (known.owner if known else None)
    return handing.handed(facts, data, data.status, owner)


@_apply.register
def _(data: ClockEvent, facts: Facts, event: Event) -> Facts:
    return handing.clocked(facts, data, event.time)


@_apply.register
def _(data: LeadStale, facts: Facts, event: Event) -> Facts:
    return replace(facts, stale=Stale(event.time, data.cycle, data.stage))


@_apply.register
def _(_: AlertEvent, facts: Facts, event: Event) -> Facts:
    return _tallied(facts, event, None, event.type.replace("alert.", "alerts_"))
