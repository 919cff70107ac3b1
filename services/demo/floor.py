"""The sales floor: hears what Baton hands to whom, and lets the reps work on it."""

import asyncio
from collections import Counter
from collections.abc import Callable, Mapping

from aiokafka import AIOKafkaConsumer

from services.demo.clock import DemoClock
from services.demo.driver import Driver
from services.demo.records import seeded
from services.demo.reps import Work, closing, handed
from shared.events import Event, decode
from shared.events.derived import LeadAssigned, LeadQualified, LeadReassigned, StageChanged
from shared.topics import LEAD_HANDOFF, LEAD_QUALIFIED
from shared.worktime import ALWAYS_OPEN, WorkCalendar

Listener = Callable[[Event], None]
POLL_MILLISECONDS = 200


class Floor:
    """Every rep but the one whom the person at the screen plays.

    `listener` hears of the guided lead while it is left alone, afterwards of all leads.
    """

    def __init__(self, seed: int, driver: Driver, clock: DemoClock, calendars: Mapping[str, WorkCalendar]) -> None:
        self._seed = seed
        self._driver = driver
        self._clock = clock
        self._calendars = calendars
        self._urgent: set[str] = set()
        self._stages: dict[str, str] = {}
        self._owners: dict[tuple[str, str], str] = {}
        self._works: Counter[str] = Counter()
        self.guided_lead = ""
        self.listener: Listener = lambda _: None

    async def listen(self, kafka: str, stopping: asyncio.Event) -> None:
        """Read the handoffs until the end of the run."""
        consumer = AIOKafkaConsumer(
            LEAD_HANDOFF, LEAD_QUALIFIED, bootstrap_servers=kafka, auto_offset_reset="earliest", group_id=None
        )
        await consumer.start()
        try:
            while not stopping.is_set():
                batches = await consumer.getmany(timeout_ms=POLL_MILLISECONDS)
                for records in batches.values():
                    for record in records:
                        self.hear(decode(record.value))
        finally:
            await consumer.stop()

    def hear(self, event: Event) -> None:
        """Plan what a handoff, or a new stage, makes its rep do."""
        if event.backfill:
            return
        if self.guided_lead in ("", event.subject):
            self.listener(event)
        match event.data:
            case LeadQualified(reason="instant"):
                self._urgent.add(event.subject)
            case LeadAssigned(team=team, owner_id=owner) | LeadReassigned(team=team, owner_id=owner):
                self._owners[event.subject, team] = owner
                self._hand(event.subject, team)
            case StageChanged(to=stage, retracted=False):
                self._entered(event.subject, stage)
            case _:
                return

    def release_guided_lead(self, listener: Listener) -> None:
        """From now on the guided lead is worked on like any other, and all are told of."""
        lead_id, self.guided_lead = self.guided_lead, ""
        self.listener = listener
        if (lead_id, "is") in self._owners:
            self._hand(lead_id, "is")

    def _hand(self, lead_id: str, team: str) -> None:
        if lead_id == self.guided_lead:
            return
        stage, urgent = self._stages.get(lead_id, ""), lead_id in self._urgent
        self._driver.replan(lead_id, handed(self._work(lead_id, team, "handed"), team, stage, urgent=urgent))

    def _entered(self, lead_id: str, stage: str) -> None:
        before, self._stages[lead_id] = self._stages.get(lead_id), stage
        if stage == "opportunity" and before != stage and (lead_id, "fs") in self._owners:
            self._driver.replan(lead_id, closing(self._work(lead_id, "fs", "closing")))

    def _work(self, lead_id: str, team: str, what: str) -> Work:
        owner = self._owners[lead_id, team]
        self._works[lead_id] += 1
        rng = seeded(f"{self._seed}:{what}:{lead_id}:{owner}:{self._works[lead_id]}")
        return Work(rng, lead_id, owner, self._calendars.get(owner, ALWAYS_OPEN), self._clock.now())
