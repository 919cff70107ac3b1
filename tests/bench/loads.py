"""Loads, the same for the same seed: activities as trackers send them, and leads' whole ways from visit to contract."""

import heapq
import json
import random
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

KINDS = ("web.visited",) * 12 + ("email.clicked",) * 3 + ("content.downloaded",) * 3 + ("seminar.attended",)
HAND_RAISES = 0.0005
"""The share of activities that qualify a lead by themselves."""
FLAT = 10
"""Zipf's law but for the first: none of a hundred thousand leads has more than a hundredth of the activities."""
SPAN = timedelta(days=10)
JOURNEY = timedelta(hours=2)
DAY = timedelta(hours=8)


@dataclass(frozen=True, slots=True)
class Load:
    """So many activities, evenly over ten days up to `ends_at`; the n-th of the leads has 1 / (n + 10) as many."""

    events: int
    leads: int
    ends_at: datetime
    seed: int = 1

    def __iter__(self) -> Iterator[dict[str, object]]:
        rng = random.Random(self.seed)
        for number in range(self.events):
            kind = "demo.requested" if rng.random() < HAND_RAISES else rng.choice(KINDS)
            lead = int(FLAT * ((self.leads / FLAT + 1) ** rng.random() - 1))
            at = self.ends_at - SPAN * (1 - (number + 1) / self.events)
            yield activity(f"e{number}", kind, f"lead-{lead}", at, **details(rng, kind))


@dataclass(frozen=True, slots=True)
class Spread:
    """So many activities that visit the leads in turn: every lead has equally many, of kinds in turn."""

    events: int
    leads: int
    ends_at: datetime
    seed: int = 1

    def __iter__(self) -> Iterator[dict[str, object]]:
        rng = random.Random(self.seed)
        for number in range(self.events):
            kind = KINDS[(number // self.leads) % len(KINDS)]
            at = self.ends_at - SPAN * (1 - (number + 1) / self.events)
            yield activity(f"e{number}", kind, f"lead-{number % self.leads}", at, **details(rng, kind))


def details(rng: random.Random, kind: str) -> dict[str, object]:
    common: dict[str, object] = {"campaign_id": "spring", "lead_source": "web"}
    match kind:
        case "web.visited":
            return common | {"page": f"product-{rng.randrange(50)}", "url": "https://example.jp/product/plan"}
        case "content.downloaded":
            return common | {"asset_id": f"a{rng.randrange(50)}", "kind": "case_study"}
        case "seminar.attended":
            return common | {"seminar_id": f"s{rng.randrange(20)}", "minutes": 45}
        case "email.clicked":
            return common | {"email_id": f"m{rng.randrange(20)}", "link": "/product"}
        case _:
            return common | {"form_id": "demo"}


@dataclass(order=True)
class _Journey:
    """One lead on its way, at its next step; ordered by time, then lead."""

    at: datetime
    lead: str
    step: int = 0
    steps: tuple[str, ...] = field(default=(), compare=False)


MARKETING = ("profile.updated", "web.visited", "content.downloaded", "demo.requested")
INSIDE = ("lead.accepted", "call.attempted", "call.connected")
FIELD = ("lead.sales_qualified", "lead.accepted", "meeting.held", "opportunity.opened")
ENDS = (
    (*MARKETING, *INSIDE, "lead.recycled"),
    (*MARKETING, *INSIDE, "lead.disqualified"),
    (*MARKETING, *INSIDE, *FIELD, "opportunity.lost"),
    (*MARKETING, *INSIDE, *FIELD, "opportunity.won", "contract.started", "customer.contacted"),
)


def journeys(leads: int, ends_at: datetime, seed: int = 1) -> Iterator[dict[str, object]]:
    """Every lead from its first visit to how it ended, in two hours each, ordered by time, in eight that end now."""
    rng = random.Random(seed)
    first = ends_at - DAY
    waiting = [
        _Journey(first + (DAY - JOURNEY) * (number / leads), f"lead-{number}", steps=rng.choice(ENDS))
        for number in range(leads)
    ]
    heapq.heapify(waiting)
    number = 0
    while waiting:
        lead = waiting[0]
        kind = lead.steps[lead.step]
        yield activity(f"j{number}", kind, lead.lead, lead.at, **_told(rng, kind))
        number, lead.step = number + 1, lead.step + 1
        if lead.step == len(lead.steps):
            heapq.heappop(waiting)
        else:
            lead.at += JOURNEY / len(lead.steps)
            heapq.heapreplace(waiting, lead)


def _told(rng: random.Random, kind: str) -> dict[str, object]:
    match kind:
        case "profile.updated":
            company = f"company-{rng.randrange(1_000_000)}"
            return {"name": "山田 太郎", "company": company, "title_level": "manager", "employees": rng.randrange(3000)}
        case "lead.recycled" | "lead.disqualified":
            return {"reason": "not_now"}
        case "opportunity.opened" | "opportunity.won":
            return {"amount": {"amount": 1_200_000, "currency": "JPY"}}
        case "contract.started":
            return {"contract_id": f"c-{rng.randrange(1_000_000)}"}
        case _:
            return details(rng, kind) if kind in (*KINDS, "demo.requested") else {}


def activity(event_id: str, kind: str, lead: str, at: datetime, /, **data: object) -> dict[str, object]:
    """An activity as an upstream system sends it."""
    return {
        "specversion": "1.0",
        "id": event_id,
        "source": "urn:bench",
        "type": kind,
        "subject": lead,
        "time": at.isoformat(timespec="milliseconds"),
        "data": data,
    }


def encoded(event: dict[str, object]) -> tuple[bytes, bytes]:
    """Key and value of the record."""
    return str(event["subject"]).encode(), json.dumps(event, ensure_ascii=False, separators=(",", ":")).encode()


def now() -> datetime:
    return datetime.now(UTC)
