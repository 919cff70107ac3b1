"""The seeded company's market: what its leads do, day by day. Pure: the same seed gives the same events.

Behaviour that would carry a past lead over the MQL threshold is always followed by how it ended, so that history
leaves nobody waiting.
"""

import random
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from services.demo import words
from services.demo.people import Person, person
from services.demo.records import Data, Sending, seeded, sending
from shared.topics import CAMPAIGN

WEB, MAIL, CARDS, CRM = "urn:ma:web", "urn:ma:mail", "urn:cards", "urn:sfa:crm"
HISTORY_DAYS: Final = 90
DAY: Final = timedelta(days=1)
IS_REPS: Final = ("rep-01", "rep-02", "rep-03", "rep-04", "rep-05")
FS_REPS: Final = ("rep-06", "rep-07", "rep-08", "rep-09")
COSTS: Final = {"web": 300_000, "exhibition": 1_800_000, "webinar": 500_000, "ad": 900_000, "referral": 60_000}
EXHIBITION: Final = "expo-2026-spring"


@dataclass
class Story:
    """One lead's events as they are written; `backfill` marks imported history."""

    rng: random.Random
    who: Person
    at: datetime
    backfill: bool = False

    def tell(self, source: str, kind: str, later: timedelta, data: Data | None = None) -> Sending:
        """The next event, `later` than the one before."""
        self.at += later
        body: Data = {**(data or {}), **({"backfill": True} if self.backfill else {})}
        return sending(self.rng, source, kind, self.who.lead_id, self.at, body)

    def minutes(self, low: float, high: float) -> timedelta:
        return timedelta(minutes=self.rng.uniform(low, high))

    def days(self, low: float, high: float) -> timedelta:
        return timedelta(days=self.rng.uniform(low, high))


def history(seed: int, leads: int, until: datetime) -> Iterator[Sending]:
    """The last quarter as an import would bring it: leads that are still cold, and how the others ended."""
    for number in range(leads):
        rng = seeded(f"{seed}:history:{number}")
        who = person(rng, f"lead-{number:05d}")
        story = Story(rng, who, until - timedelta(days=rng.uniform(20, HISTORY_DAYS)), backfill=True)
        yield story.tell(WEB, "profile.updated", timedelta(0), who.profile)
        yield from _first_contact(story)
        if who.character == "hot":
            yield from _raises_hand(story)
            yield from _ended(story)
        else:
            yield from _looks_around(story)


def costs(seed: int, at: datetime) -> Iterator[Sending]:
    """What each source cost this quarter."""
    rng = seeded(f"{seed}:costs")
    for source, amount in COSTS.items():
        data: Data = {"lead_source": source, "amount": {"amount": amount, "currency": "JPY"}}
        yield sending(rng, "urn:ads", "campaign.cost", f"campaign-{source}", at - 30 * DAY, data, CAMPAIGN)


def pipeline(seed: int, count: int, until: datetime) -> Iterator[Sending]:
    """Work in hand when the curtain rises: MQLs, SQLs and opportunities of the last two weeks."""
    for number in range(count):
        rng = seeded(f"{seed}:pipeline:{number}")
        who = person(rng, f"lead-p{number:04d}", "hot")
        story = Story(rng, who, until - timedelta(days=rng.uniform(6, 12)))
        yield story.tell(WEB, "profile.updated", timedelta(0), who.profile)
        yield from _first_contact(story)
        yield from _raises_hand(story)
        yield story.tell(CRM, "call.connected", story.minutes(10, 90), {"rep_id": rng.choice(IS_REPS)})
        if number % 4 == 0:
            continue
        yield story.tell(CRM, "lead.sales_qualified", story.days(0.1, 1), {"rep_id": rng.choice(IS_REPS)})
        if number % 4 > 1:
            yield story.tell(CRM, "opportunity.opened", story.days(0.2, 1.5), {"amount": money(rng)})


def day_of(seed: int, number: int, count: int, opening: datetime) -> Iterator[Sending]:
    """One working day's new leads, ordered by lead: `count` of them, most within nine hours of the opening."""
    for order in range(count):
        rng = seeded(f"{seed}:day:{number}:{order}")
        who = person(rng, f"lead-d{number:02d}{order:04d}")
        early = order < count // 8
        story = Story(rng, who, opening + timedelta(minutes=rng.uniform(0, 8) if early else rng.uniform(3, 540)))
        yield story.tell(WEB, "profile.updated", timedelta(0), who.profile)
        yield from _first_contact(story)
        yield from _live(story)


def _first_contact(story: Story) -> Iterator[Sending]:
    source: Data = {"lead_source": story.who.lead_source}
    match story.who.lead_source:
        case "exhibition":
            heat = "A" if story.who.character in ("hot", "warm") and story.rng.random() < 0.35 else "B"
            card: Data = {"exhibition_id": EXHIBITION, "heat": heat, "exchanged_by": story.rng.choice(IS_REPS)}
            if story.backfill:
                card["heat"] = "B"
            yield story.tell(CARDS, "business_card.exchanged", timedelta(0), source | card | _memo(story))
        case "webinar":
            seminar: Data = {"seminar_id": "webinar-handoff", "title": "部門間の引き渡しを見直す"}
            yield story.tell(WEB, "seminar.registered", timedelta(0), source | seminar)
        case "ad":
            yield story.tell(WEB, "ad.clicked", timedelta(0), source | {"ad_id": "ad-handoff"})
        case _:
            yield story.tell(WEB, "web.visited", timedelta(0), source | {"page": "top"})


def _memo(story: Story) -> Data:
    return {"memo": story.rng.choice(words.MEMOS)} if story.rng.random() < 0.4 else {}


def _live(story: Story) -> Iterator[Sending]:
    match story.who.character:
        case "hot":
            yield from _raises_hand(story, pause=story.minutes(2, 25))
        case "warm":
            yield from _grows_warm(story)
        case "competitor":
            yield _case_study(story, story.minutes(1, 5))
            yield story.tell(WEB, "demo.requested", story.minutes(1, 5), {"form_id": "demo"})
        case _:
            yield from _looks_around(story)


def _raises_hand(story: Story, pause: timedelta | None = None) -> Iterator[Sending]:
    yield story.tell(WEB, "web.visited", pause or story.days(0.5, 4), {"page": "pricing"})
    yield _case_study(story, story.minutes(2, 20))
    message: Data = {"form_id": "demo", "message": story.rng.choice(words.MEMOS)}
    yield story.tell(WEB, "demo.requested", story.minutes(2, 30), message)


def _grows_warm(story: Story) -> Iterator[Sending]:
    yield _case_study(story, story.minutes(2, 60))
    yield story.tell(WEB, "web.visited", story.minutes(1, 20), {"page": "pricing"})
    seminar: Data = {"seminar_id": "webinar-handoff", "title": "部門間の引き渡しを見直す", "minutes": 52}
    if story.rng.random() < 0.5:
        yield story.tell(WEB, "seminar.attended", story.minutes(20, 120), seminar)


def _looks_around(story: Story) -> Iterator[Sending]:
    """Behaviour worth fewer than twenty points: it never makes an MQL by itself."""
    gap = (0.3, 4.0) if story.backfill else (0.002, 0.02)
    student = story.who.character == "student"
    for _ in range(story.rng.randrange(1, 3)):
        yield story.tell(WEB, "web.visited", story.days(*gap), {"page": "careers" if student else "product"})
    if story.who.character == "scanned":
        agent = story.rng.choice(words.SCANNER_AGENTS)
        for link in ("/pricing", "/case", "/unsubscribe", "/demo"):
            clicked: Data = {"email_id": "mail-0412", "link": link, "user_agent": agent}
            yield story.tell(MAIL, "email.clicked", timedelta(seconds=1), clicked)
    if story.who.lead_source != "exhibition" and story.rng.random() < 0.4:
        asset, title = story.rng.choice(words.WHITE_PAPERS)
        downloaded: Data = {"asset_id": asset, "kind": "white_paper", "title": title}
        yield story.tell(WEB, "content.downloaded", story.days(*gap), downloaded)
    yield story.tell(MAIL, "email.opened", story.days(*gap), {"email_id": "mail-0412"})


def _case_study(story: Story, later: timedelta) -> Sending:
    asset, title = story.rng.choice(words.CASE_STUDIES)
    return story.tell(WEB, "content.downloaded", later, {"asset_id": asset, "kind": "case_study", "title": title})


def _ended(story: Story) -> Iterator[Sending]:
    seller: Data = {"rep_id": story.rng.choice(IS_REPS)}
    reached = story.rng.random() < 0.62
    called = "call.connected" if reached else "call.attempted"
    yield story.tell(CRM, called, story.minutes(8, 200), seller)
    if not reached or story.rng.random() > 0.55:
        kind = "lead.disqualified" if story.rng.random() < 0.2 else "lead.recycled"
        yield story.tell(
            CRM, kind, story.days(0.2, 3), seller | {"reason": "not_now" if reached else "cannot_be_reached"}
        )
        return
    yield story.tell(CRM, "lead.sales_qualified", story.days(0.02, 1), seller)
    yield from _sold(story, {"rep_id": story.rng.choice(FS_REPS)})


def _sold(story: Story, closer: Data) -> Iterator[Sending]:
    yield story.tell(CRM, "meeting.held", story.days(1, 3), closer)
    if story.rng.random() > 0.66:
        yield story.tell(CRM, "lead.recycled", story.days(0.1, 1), closer | {"reason": "no_budget"})
        return
    deal: Data = closer | {"amount": money(story.rng)}
    yield story.tell(CRM, "opportunity.opened", story.days(0.1, 2), deal)
    won = story.rng.random() < 0.3
    yield story.tell(CRM, "opportunity.won" if won else "opportunity.lost", story.days(3, 9), deal)
    if won:
        yield story.tell(CRM, "contract.started", story.days(0.1, 1), {"contract_id": f"c-{story.who.lead_id}"})


def money(rng: random.Random) -> Data:
    """An annual contract in yen."""
    return {"amount": rng.randrange(60, 480) * 10_000, "currency": "JPY"}
