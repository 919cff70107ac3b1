"""What routing recorded of a lead, as lines of its story: stages, decisions, clocks, and what was not followed."""

from collections.abc import Iterable, Iterator
from collections.abc import Set as AbstractSet
from zoneinfo import ZoneInfo

from services.commands.happenings import Happening, in_zone
from services.routing import store
from services.routing.records import Record
from services.routing.state import LeadRouting
from shared.db import Connection
from shared.events import Event
from shared.events.derived import (
    ActionRefused,
    ClockBreached,
    ClockCancelled,
    ClockClosed,
    ClockCorrected,
    ClockEvent,
    ClockMet,
    ClockMoved,
    ClockPaused,
    ClockResumed,
    ClockStarted,
    ClockWarned,
    HandoverIncomplete,
    OwnerBypassed,
)

_CLOCKS: dict[type[ClockEvent], str] = {
    ClockStarted: "running",
    ClockPaused: "paused",
    ClockResumed: "running again",
    ClockMoved: "moved",
    ClockWarned: "warned",
    ClockMet: "met",
    ClockBreached: "breached",
    ClockClosed: "closed late",
    ClockCorrected: "corrected",
    ClockCancelled: "cancelled",
}


async def handoffs(connection: Connection, lead_id: str, zone: ZoneInfo) -> tuple[list[Happening], dict[str, str]]:
    """What follows from what, at the same time; and by the id of the latest qualification what it was decided with."""
    state = await store.find(connection, lead_id)
    why = state.qualified if state else None
    decided = {why.id: f"score {round(why.score, 1):g}, by {why.reason}, "} if why else {}
    records = await store.decisions(connection, lead_id)
    told = await store.told(connection, lead_id)
    return [
        *(_stages(state) if state else ()),
        *(_refusals(state) if state else ()),
        *map(_decision, records),
        *(line(event, zone) for event in told),
    ], decided


def besides(
    state: LeadRouting, told: Iterable[Event], cycles: AbstractSet[int], zone: ZoneInfo
) -> tuple[Happening, ...]:
    """What was refused in these cycles, came from another than the owner or lacked something, and moved deadlines."""
    shown = (OwnerBypassed, ActionRefused, HandoverIncomplete, ClockMoved)
    lines = [line(one, zone) for one in told if isinstance(one.data, shown) and one.data.cycle in cycles]
    return tuple(sorted([*_refusals(state, cycles), *lines], key=lambda happening: happening.at))


def _stages(state: LeadRouting) -> Iterator[Happening]:
    for told in state.stages.values():
        if not told.retracted:
            entry = told.entry
            how = "implied" if entry.implied else entry.by
            yield Happening(entry.at, "routing", f"stage {entry.to}", entry.rep_id or "", how)


def _refusals(state: LeadRouting, cycles: AbstractSet[int] | None = None) -> Iterator[Happening]:
    for told in state.refusals.values():
        refusal = told.refusal
        if not told.retracted and (cycles is None or refusal.cycle in cycles):
            yield Happening(refusal.at, "routing", f"refused {refusal.by}", "", refusal.reason)


def _decision(record: Record) -> Happening:
    passed_over = [f"{c.rep}: {c.passed_over}" for c in record.candidates if c.passed_over]
    known = [record.reason, record.rule and f"rule {record.rule}", record.pool and f"pool {record.pool}", *passed_over]
    detail = "; ".join(part for part in known if part)
    return Happening(record.decided_at, "routing", f"{record.kind} ({record.team})", record.chosen or "", detail)


def line(event: Event, zone: ZoneInfo) -> Happening:
    """One that `store.told` gives; a correction stands where it was made, not where its evidence does."""
    data = event.data
    at = data.decided_at if isinstance(data, ClockCorrected) else event.time
    return Happening(at, "routing", *_in_words(event, zone))


def _in_words(event: Event, zone: ZoneInfo) -> tuple[str, str, str]:
    """(what, who, detail)."""
    match event.data:
        case OwnerBypassed() as data:
            followed = "followed" if data.applied else "not followed"
            return f"{followed} {data.action}", data.rep_id or "", f"not by the owner, {data.owner_id}"
        case ActionRefused() as data:
            return f"refused {data.action}", data.rep_id or "", _why_refused(data)
        case HandoverIncomplete() as data:
            how = "refused" if data.refused else "incomplete"
            return f"handover to {data.team} {how}", data.owner_id or "", f"not filled in: {', '.join(data.missing)}"
        case ClockEvent() as data:
            return _clock(data, event.playbookversion or "", zone)
    return event.type, "", ""


def _why_refused(data: ActionRefused) -> str:
    keeps = f"; the lead stays with {data.owner_id}" if data.owner_id else ""
    match data.reason:
        case "unknown_owner":
            return f"{data.named_id} is no rep of the playbook{keeps}"
        case "unnamed_owner":
            return f"it names nobody as owner_id{keeps}"
        case "unowned":
            return "nobody has the lead"


def _clock(data: ClockEvent, playbook: str, zone: ZoneInfo) -> tuple[str, str, str]:
    name, who = f"clock {data.clock}", data.owner_id or ""
    match data:
        case ClockBreached(step=step) if step:
            nobody = "nobody could take it" if data.action == "reassign" else ""
            return f"{name} step {step}", who, f"{data.action} {data.target or nobody}".strip()
        case ClockMoved():
            before = f"before: {in_zone(data.was_due_at, zone)}, playbook {data.was_playbook}"
            return f"{name} moved", who, f"due {in_zone(data.due_at, zone)}, playbook {playbook}; {before}"
        case ClockCorrected():
            return f"{name} corrected", who, f"was {data.was}, now {data.now}: it was reported late"
        case ClockCancelled():
            return f"{name} cancelled", who, data.reason
    return f"{name} {_CLOCKS.get(type(data), '')}", who, f"due {in_zone(data.due_at, zone)}"
