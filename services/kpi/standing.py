"""Where a lead stands now: the row that the funnel, the list of stuck leads and the gauges are made of."""

from dataclasses import dataclass, replace
from datetime import datetime
from typing import Final, Literal

from services.kpi.facts import Facts, Handoff, StageEntry
from shared.events.derived import Stage
from shared.events.lifecycle import ENDS, RELAY

ShownStage = Literal["lead", "nurturing", "mql", "sql", "opportunity", "customer", "lost", "disqualified", "churned"]
Status = Literal["none", "waiting", "assigned", "accepted", "worked", "done", "rejected"]

IN_HAND: Final[frozenset[ShownStage]] = frozenset({"mql", "sql", "opportunity"})
"""Stages in which somebody has to act; at others only while a handoff is open."""
_ORDER: Final[dict[Stage, int]] = {stage: rank for rank, stage in enumerate((*RELAY, *sorted(ENDS)))}


@dataclass(frozen=True, slots=True)
class Standing:
    """A lead now; `idle_since` is the latest of entering the stage, being given or accepted, and the last touch."""

    lead_id: str
    stage: ShownStage
    cycle: int = 1
    team: str = ""
    owner: str = ""
    status: Status = "none"
    source: str = ""
    entered_at: datetime | None = None
    idle_since: datetime | None = None
    due_at: datetime | None = None
    """The earliest deadline among the running clocks."""
    breached: bool = False
    """Whether a clock of the present handoff ran out, and what it waited for has not been done since."""
    stale: bool = False
    company: str = ""
    person: str = ""

    @property
    def in_hand(self) -> bool:
        """Whether somebody has to act on this lead."""
        return self.stage in IN_HAND or (self.stage == "customer" and self.status not in ("none", "done"))

    @property
    def waiting(self) -> bool:
        """Whether it waits for an owner: none was to be had, or the one it had gave it back."""
        return self.status in ("waiting", "rejected")


def standing(lead_id: str, facts: Facts) -> Standing:
    """Where the lead stands by its facts; a lead without a stage entry is at `lead`."""
    entries = facts.stage_entries()
    if not entries:
        first_at = facts.first_at
        return _told(Standing(lead_id, "lead", source=facts.source, entered_at=first_at, idle_since=first_at), facts)
    latest = max(entries.values(), key=lambda entry: (entry.cycle, _ORDER[entry.to]))
    entry, entered_at = _present(facts, entries, latest)
    handoff = next(reversed(facts.handoffs_in(entry.cycle)), None)
    now = Standing(
        lead_id,
        "nurturing" if entry.to == "lead" and entry.cycle > 1 else entry.to,
        entry.cycle,
        team=handoff.team if handoff else "",
        owner=handoff.owner or "" if handoff else "",
        status=handoff.status if handoff else "none",
        source=facts.source,
        entered_at=entered_at,
        idle_since=max(at for at in (entered_at, _taken_at(handoff), *facts.touches[-1:]) if at),
        due_at=_due_at(facts, entry.cycle),
        breached=handoff is not None and _is_breached(facts, handoff),
        stale=_is_stale(facts, entry),
    )
    return _told(now, facts)


def _told(now: Standing, facts: Facts) -> Standing:
    """With the names that the lead's profile gives."""
    company, person = (told.text if told else "" for told in (facts.company, facts.person))
    return replace(now, company=company, person=person)


def _present(
    facts: Facts, entries: dict[tuple[int, Stage], StageEntry], latest: StageEntry
) -> tuple[StageEntry, datetime]:
    """The entry in force and its time: an SQL that was last returned is an MQL again, since its return."""
    mql = entries.get((latest.cycle, "mql"))
    if latest.to != "sql" or mql is None or not mql.returns:
        return latest, latest.at
    passed = facts.marked("lead.sales_qualified", "lead.returned")
    if not passed or passed[-1].at < latest.at:
        return latest, latest.at
    return (mql if passed[-1].type == "lead.returned" else latest), passed[-1].at


def _taken_at(handoff: Handoff | None) -> datetime | None:
    """When it was last given, accepted or given back; what comes after that is seen in the touches."""
    return handoff.at if handoff and handoff.status not in ("worked", "done") else None


def _due_at(facts: Facts, cycle: int) -> datetime | None:
    running = (clock for clock in facts.clocks.values() if clock.state == "running" and clock.cycle == cycle)
    return min((clock.due_at for clock in running), default=None)


def _is_breached(facts: Facts, handoff: Handoff) -> bool:
    return handoff.status != "done" and any(
        clock.state == "breached"
        and not clock.closed
        and (clock.cycle, clock.team, clock.attempt) == (handoff.cycle, handoff.team, handoff.attempt)
        for clock in facts.clocks.values()
    )


def _is_stale(facts: Facts, entry: StageEntry) -> bool:
    stale = facts.stale
    if stale is None or (stale.cycle, stale.stage) != (entry.cycle, entry.to):
        return False
    return not facts.touches or facts.touches[-1] <= stale.at
