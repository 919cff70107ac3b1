"""How the twelve reps work: what one does with a lead after it was given to them. Pure and seeded."""

import random
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from services.demo.company import CRM, DAY, money
from services.demo.people import weighted
from services.demo.records import Data, Sending, seeded, sending
from shared.topics import REP_STATUS
from shared.worktime import WorkCalendar


@dataclass(frozen=True, slots=True)
class Habit:
    """`first_minutes` is the median of working time until the first action; `lies` the share of leads left to lie."""

    first_minutes: float
    lies: float = 0.02


USUAL: Final = Habit(25)
HABITS: Final[Mapping[str, Habit]] = {
    "rep-02": Habit(9),
    "rep-03": Habit(70, lies=0.45),
    "rep-04": Habit(14),
    "rep-08": Habit(90, lies=0.25),
}
"""高橋 lets leads lie, 鈴木 calls at once."""
AWAY_REP: Final = "rep-05"


@dataclass
class Work:
    """What a rep will do with one lead, written in their working time."""

    rng: random.Random
    lead_id: str
    rep_id: str
    calendar: WorkCalendar
    at: datetime

    def act(self, kind: str, low_minutes: float, high_minutes: float, data: Data | None = None) -> Sending:
        """The next action, so many minutes of working time after the one before."""
        self.at = self.calendar.due(self.at, timedelta(minutes=self.rng.uniform(low_minutes, high_minutes)))
        return sending(self.rng, CRM, kind, self.lead_id, self.at, {"rep_id": self.rep_id, **(data or {})})

    def wait_first(self, *, urgent: bool) -> bool:
        """Let the time until the first action pass; False where the lead is left to lie."""
        habit = HABITS.get(self.rep_id, USUAL)
        if self.rng.random() < habit.lies:
            return False
        minutes = self.rng.lognormvariate(0, 0.6) * (habit.first_minutes / 3 if urgent else habit.first_minutes)
        self.at = self.calendar.due(self.at, timedelta(minutes=minutes))
        return True


def handed(work: Work, team: str, stage: str, *, urgent: bool) -> Iterator[Sending]:
    """What follows from a handoff to the rep; nothing where they let it lie."""
    if not work.wait_first(urgent=urgent):
        return
    match team:
        case "is":
            yield from _inside_sales(work)
        case "fs":
            yield work.act("lead.accepted", 0, 5)
            yield from closing(work) if stage == "opportunity" else _field_sales(work)
        case _:
            yield work.act("customer.contacted", 5, 60)
            yield work.act("customer.onboarded", 240, 900)


def _inside_sales(work: Work) -> Iterator[Sending]:
    if work.rng.random() < 0.04:
        yield work.act("lead.rejected", 0, 5, {"reason": "not_mine"})
        return
    if work.rng.random() < 0.6:
        yield work.act("lead.accepted", 0, 1)
    for pause in (6, 90, 240):
        if work.rng.random() < 0.55:
            yield work.act("call.connected", pause / 2, pause * 1.5, {"seconds": work.rng.randrange(60, 900)})
            yield from _after_the_call(work)
            return
        outcome = weighted(work.rng, (("no_answer", 5), ("reception", 3), ("absent", 2)))
        yield work.act("call.attempted", pause / 2, pause * 1.5, {"outcome": outcome})
    yield work.act("lead.recycled", 30, 120, {"reason": "cannot_be_reached"})


def _after_the_call(work: Work) -> Iterator[Sending]:
    match weighted(work.rng, (("sql", 48), ("recycle", 34), ("promise", 12), ("no", 6))):
        case "sql":
            yield work.act("lead.sales_qualified", 3, 25)
        case "promise":
            promised: Data = {"what": "料金表を送る", "due_at": (work.at + DAY).isoformat()}
            yield work.act("promise.made", 1, 5, promised)
            yield work.act("email.sent", 60, 200)
            yield work.act("lead.sales_qualified", 60, 300)
        case "recycle":
            yield work.act("lead.recycled", 3, 30, {"reason": work.rng.choice(["not_now", "no_budget"])})
        case _:
            yield work.act("lead.disqualified", 3, 30, {"reason": "no_need"})


def _field_sales(work: Work) -> Iterator[Sending]:
    yield work.act("meeting.held", 60, 420)
    match weighted(work.rng, (("open", 64), ("return", 12), ("recycle", 24))):
        case "open":
            yield work.act("opportunity.opened", 10, 90, {"amount": money(work.rng)})
        case "return":
            yield work.act("lead.returned", 5, 40, {"reason": "決裁者が不明"})
        case _:
            yield work.act("lead.recycled", 5, 60, {"reason": "no_budget"})


def closing(work: Work) -> Iterator[Sending]:
    """An open opportunity until it is decided; some stay open."""
    yield work.act("opportunity.advanced", 60, 300, {"phase": "提案", "yomi": "B"})
    match weighted(work.rng, (("won", 32), ("lost", 48), ("open", 20))):
        case "won":
            yield work.act("opportunity.won", 120, 700, {"amount": money(work.rng)})
        case "lost":
            yield work.act("opportunity.lost", 120, 700, {"reason": "no_budget"})
        case _:
            yield work.act("meeting.held", 200, 600)


def absences(seed: int, opening: datetime) -> Iterator[Sending]:
    """One rep is away from the first day's late morning to the next day's."""
    rng = seeded(f"{seed}:absence")
    leaves, returns = opening + timedelta(hours=2), opening + timedelta(hours=26)
    away: Data = {"until": returns.isoformat(), "reason": "休暇"}
    yield sending(rng, "urn:hr", "rep.away", AWAY_REP, leaves, away, REP_STATUS)
    yield sending(rng, "urn:hr", "rep.back", AWAY_REP, returns, {}, REP_STATUS)
