"""The opening: one lead from a trade-show card to its rep, at readable speed; the person at the screen is the rep."""

import asyncio
from contextlib import suppress
from datetime import timedelta
from typing import Final

from services.demo.clock import TUESDAY, WEDNESDAY, DemoClock
from services.demo.commentary import Commentary
from services.demo.company import CARDS, DAY, EXHIBITION, WEB
from services.demo.driver import Driver
from services.demo.floor import Floor
from services.demo.records import Data, Sending, seeded, sending
from services.demo.show import Show
from shared.events import Event
from shared.events.derived import (
    ClockBreached,
    ClockWarned,
    HandoffChanged,
    LeadAssigned,
    LeadQualified,
    LeadReassigned,
)

LEAD: Final = "lead-guided"
RATE: Final = 360.0
"""Six working minutes a second: the four hours in which a lead is to be accepted take 40 seconds and a lunch."""
PAUSE_SECONDS: Final = 2.5
PATIENCE_SECONDS: Final = 150.0
REP: Final = "rep-03"
WHO: Final[Data] = {
    "name": "山口 恵子",
    "email": "yamaguchi@seiwa-seiki.example",
    "title": "生産管理部長",
    "title_level": "director",
    "department": "情報システム部",
    "company": "株式会社青和精機",
    "industry": "製造",
    "employees": 320,
    "prefecture": "神奈川県",
    "account_id": "acc-guided",
}


class Guided:
    """Tells the story of the guided lead as Baton's own events bring it."""

    def __init__(self, seed: int, show: Show, floor: Floor, driver: Driver, clock: DemoClock) -> None:
        self._rng = seeded(f"{seed}:guided")
        self._show = show
        self._driver = driver
        self._clock = clock
        self._floor = floor
        self._assigned = asyncio.Event()
        self._ended = asyncio.Event()
        floor.guided_lead = show.pinned_lead = LEAD
        floor.listener = self._hear

    def beforehand(self) -> list[Sending]:
        """What is known of the lead before the curtain rises: yesterday's business card."""
        met_at = TUESDAY - DAY + timedelta(hours=5)
        card: Data = {
            "lead_source": "exhibition",
            "exhibition_id": EXHIBITION,
            "exchanged_by": REP,
            "heat": "B",
            "memo": "製造部門と営業の引き継ぎに課題。導入事例を見たいとのこと",
        }
        return [
            sending(self._rng, CARDS, "profile.updated", LEAD, met_at, WHO),
            sending(self._rng, CARDS, "business_card.exchanged", LEAD, met_at + timedelta(seconds=1), card),
        ]

    def introduce(self) -> None:
        """Say who it is about, while the services start."""
        self._show.say(
            "Yamaguchi of Seiwa Seiki gave us her card at yesterday's trade show: 50 points, an MQL needs 60.",
            "昨日の展示会で青和精機の山口様と名刺を交換。スコア50点、MQLには60点必要です。",
        )

    async def run(self) -> None:
        """Play it to the end: the lead accepted, or given to somebody else."""
        await self._clock.set(TUESDAY, 60)
        study: Data = {"asset_id": "case-seiki", "kind": "case_study", "title": "精密機器メーカーの導入事例"}
        await self._driver.send([sending(self._rng, WEB, "content.downloaded", LEAD, self._clock.now(), study)])
        self._show.say(
            "She downloads the case study of a precision-machinery maker: +15 points.",
            "山口様が「精密機器メーカーの導入事例」をダウンロード。+15点。",
        )
        await asyncio.wait_for(self._assigned.wait(), PATIENCE_SECONDS)
        await self._clock.set(self._clock.now(), RATE)
        with suppress(TimeoutError):  # a snoozed lead leaves the stage as it is
            await asyncio.wait_for(self._ended.wait(), PATIENCE_SECONDS)
        await asyncio.sleep(2 * PAUSE_SECONDS)

    async def leave_stage(self, rate: float) -> None:
        """Let the whole company begin to work, on the next morning."""
        await self._clock.set(WEDNESDAY, rate)
        self._show.pinned_lead = ""
        self._floor.release_guided_lead(Commentary(self._show).hear)

    def _hear(self, event: Event) -> None:
        match event.data:
            case LeadQualified(score=score):
                self._show.say(
                    f"{score:.0f} points: an MQL. Baton looks for its owner.", f"{score:.0f}点でMQL。担当者を決めます。"
                )
            case LeadAssigned(team="is", owner_id=owner):
                self._on_assigned(owner)
            case ClockWarned(clock="accept"):
                self._show.say(
                    "Three working hours have passed: Baton reminds the owner. One hour is left to accept.",
                    "3営業時間が経過。担当者にリマインド。受諾の期限まであと1時間です。",
                )
            case ClockBreached(clock="accept", action="none"):
                self._show.say(
                    "Four working hours are over: past the deadline. The owner is told again; two more hours are left.",
                    "4営業時間が経過し期限超過。担当者に再通知。あと2時間で担当変更になります。",
                )
            case LeadReassigned(owner_id=owner):
                self._show.say(
                    f"Nobody acted: the lead goes to {self._name(owner)}, and both are told.",
                    f"対応がないため、担当を{self._name(owner)}さんに変更。双方に知らせます。",
                )
                self._ended.set()
            case HandoffChanged(status="accepted" | "worked" | "done", owner_id=owner):
                self._on_taken(owner or "")
            case HandoffChanged(status="rejected"):
                self._show.say("Declined: the lead goes back, with the reason.", "辞退：理由とともにリードを戻します。")
                self._ended.set()
            case _:
                return

    def _on_assigned(self, owner: str) -> None:
        self._show.say(
            f"The card goes to {self._name(owner)}. That is you: press Accept on the page, or let it lapse and see.",
            f"カードは{self._name(owner)}さんへ。あなたの番です：「受諾する」を押すか、放置して何が起こるか見てください。",
        )
        self._assigned.set()

    def _on_taken(self, owner: str) -> None:
        self._show.say(
            f"{self._name(owner)} took the lead: the clock stops, the card says so, the deadline is kept.",
            f"{self._name(owner)}さんが対応。時計は止まり、カードにも反映、期限は守られました。",
        )
        self._ended.set()

    def _name(self, rep_id: str) -> str:
        return self._show.names.get(rep_id, rep_id)
