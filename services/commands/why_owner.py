"""Gathers why a lead has its owner, its clocks and its alerts: from routing's records and the table of messages."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final
from zoneinfo import ZoneInfo

from services.alerts.kinds import Kind
from services.alerts.notifications import Notification, of_lead
from services.commands import store
from services.commands.databases import connected
from services.commands.happenings import Happening
from services.commands.output import RefusalError
from services.commands.routed import besides
from services.routing.desk import Desk
from services.routing.explain import DecisionTold, tell_decision
from services.routing.explain_absence import NotThem, why_not
from services.routing.explain_clocks import ClockTold, NoClock, tell_absent, tell_clock
from services.routing.playbook import load
from services.routing.records import Record
from services.routing.rules import RoutingRules
from services.routing.state import Handoff, LeadRouting
from services.routing.store import decisions, find, told
from services.routing.written import RoutingFile, SlaFile
from shared.db import Connection
from shared.playbook import LoadedFile, nearest


@dataclass(frozen=True, slots=True)
class AlertTold:
    """A message about the lead: whom it went to, why, and how far it came."""

    at: datetime
    kind: str
    severity: str
    role: str
    address: str
    why: str
    status: str
    reason: str


@dataclass(frozen=True, slots=True)
class OwnerTold:
    """Who holds the lead and why; `decisions` are those of the present handoff's team and cycle, oldest first.

    Times are told in `zone`.
    """

    zone: str
    team: str | None
    owner: str | None
    status: str | None
    cycle: int | None
    attempt: int | None
    decisions: tuple[DecisionTold, ...]
    clocks: tuple[ClockTold, ...]
    other_clocks: tuple[NoClock, ...]
    alerts: tuple[AlertTold, ...]
    besides: tuple[Happening, ...]
    """What was refused, came from another than the owner or lacked something, and moved deadlines."""

    @property
    def agrees(self) -> bool:
        return all(one.agrees for one in self.decisions) and all(one.agrees for one in self.clocks)


@dataclass(frozen=True, slots=True)
class _Version:
    """One version of the playbook as routing reads it."""

    rules: RoutingRules
    routing: LoadedFile[RoutingFile]
    sla: LoadedFile[SlaFile]
    zone: ZoneInfo


class _Versions:
    """The versions of the playbook, each read once."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        self._known: dict[str, _Version] = {}

    async def of(self, version: str) -> _Version:
        """Raises RefusalError."""
        if version not in self._known:
            folder = await store.playbook(self._connection, version)
            routing = folder.load("routing.yaml", RoutingFile)
            sla = folder.load_optional("sla.yaml", SlaFile)
            self._known[version] = _Version(load(folder), routing, sla, store.zone_of(folder))
        return self._known[version]


WHY_TOLD: Final[dict[Kind, str]] = {
    "assigned": "the lead was given out",
    "reassigned": "the lead went from one owner to another",
    "again": "the lead was handed over once more",
    "moved": "the lead was taken over by another",
    "reminder": "the clock {clock} is running out",
    "breach": "the clock {clock} ran out",
    "waiting": "the lead waits and nobody can take it",
    "returned": "the lead was given back: {detail}",
    "stale": "nobody has worked on the lead for too long",
    "note": "somebody else at the account has qualified",
    "revisit": "the agreed day has come",
    "refused": "the handover lacks what was agreed: it stays with its owner",
    "incomplete": "the lead was handed over with gaps",
    "bypassed": "another than the owner decided: {detail}",
    "not_applied": "only the owner may decide: {detail}",
    "unknown_owner": "an owner was named whom the playbook does not know",
    "unnamed_owner": "the owner was to be changed, and nobody was named",
    "unowned": "nobody has the lead, so nobody can decide: {detail}",
}


async def why_owner(lead_id: str) -> OwnerTold | None:
    """Why the lead has its owner; None where routing does not know it."""
    async with connected("routing") as connection:
        state = await find(connection, lead_id)
        if state is None:
            return None
        records = await decisions(connection, lead_id)
        events = await told(connection, lead_id)
        handoff = _present(state)
        versions = _Versions(connection)
        zone = (await versions.of((await store.versions(connection))[0])).zone
        found = await _of_routing(versions, state, handoff, records, await store.desk(connection))
    async with connected("alerts") as connection:
        messages = await of_lead(connection, lead_id)
    alerts = tuple(_alert(one) for one in messages if handoff and one.card.cycle == handoff.cycle)
    return OwnerTold(
        zone=zone.key,
        team=handoff.team if handoff else None,
        owner=handoff.owner if handoff else None,
        status=handoff.status if handoff else None,
        cycle=handoff.cycle if handoff else None,
        attempt=handoff.attempt if handoff else None,
        decisions=found[0],
        clocks=found[1],
        other_clocks=found[2],
        alerts=alerts,
        besides=besides(state, events, {state.standing.cycle, handoff.cycle if handoff else 1}, zone),
    )


def _present(state: LeadRouting) -> Handoff | None:
    """The open handoff, else the latest one."""
    return state.open_handoff or max(state.handoffs.values(), key=lambda one: one.decided_at, default=None)


async def _of_routing(
    versions: _Versions, state: LeadRouting, handoff: Handoff | None, records: Sequence[Record], desk: Desk
) -> tuple[tuple[DecisionTold, ...], tuple[ClockTold, ...], tuple[NoClock, ...]]:
    told = []
    for record in records:
        if handoff and (record.team, record.cycle) == (handoff.team, handoff.cycle):
            version = await versions.of(record.playbook)
            told.append(tell_decision(record, version.rules, version.routing, desk))
    clocks = []
    for clock in state.clocks:
        version = await versions.of(clock.playbook)
        clocks.append(tell_clock(clock, version.rules, version.sla))
    absent: tuple[NoClock, ...] = ()
    if handoff and handoff.is_open and told:
        absent = tuple(tell_absent(state, handoff, (await versions.of(told[-1].record.playbook)).sla))
    return tuple(told), tuple(clocks), absent


def _alert(one: Notification) -> AlertTold:
    card, message = one.card, one.message
    why = WHY_TOLD[card.kind].format(clock=card.clock, detail=card.detail or "without a reason")
    status = f"{message.status}, in a digest" if message.sent_as not in (None, message.id) else message.status
    return AlertTold(card.at, one.kind, message.severity, card.role, message.address, why, status, message.reason)


async def why_not_rep(lead_id: str, rep_id: str) -> tuple[NotThem, DecisionTold, ZoneInfo] | None:
    """Why the latest decision on the lead did not choose the rep; None where there was none.

    Raises RefusalError for a rep whom the playbook of that decision does not know.
    """
    async with connected("routing") as connection:
        records = await decisions(connection, lead_id)
        if not records:
            return None
        record = records[-1]
        version, desk = await _Versions(connection).of(record.playbook), await store.desk(connection)
    if rep_id not in version.rules.reps:
        known = sorted(version.rules.reps)
        by_name = {rep.name: rep.id for rep in version.rules.reps.values()}
        alike = nearest(rep_id, [*known, *by_name])
        hint = f"did you mean {by_name.get(alike, alike)}?" if alike else f"known: {', '.join(known)}"
        raise RefusalError(f"the playbook {record.playbook} knows no rep {rep_id}; {hint}")
    told = tell_decision(record, version.rules, version.routing, desk)
    return why_not(record, rep_id, version.rules, desk), told, version.zone
