"""The world of one example: two replicas on one Postgres and one broker, and what may happen to them."""

import asyncio
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta

from aiokafka import TopicPartition

from shared.clock import set_clock
from shared.positions import Place
from shared.topics import LEAD_ACTIVITY, LEAD_SCORED
from tests.model.broker import Answer, Broker, Commits, Fetched, Group
from tests.model.happenings import NO_TROUBLE, Kind, Meanwhile, Trouble
from tests.model.replica import Parts, Replica
from tests.model.service import activity
from tests.model.stage import LEASE_SECONDS, REPLICAS, STANDING_STILL, Stage
from tests.model.steps import Turn

MORNING = datetime(2026, 4, 6, 1, tzinfo=UTC)
ROUNDS = 10
"""So often one replica may take its turns until all is done."""
DAY_MINUTES = 24 * 60
EVERYTHING = 1000
END_LEASE = """
UPDATE relay_lease SET expires_at = '-infinity' WHERE shard = ANY (SELECT shard FROM relay_lease FOR UPDATE SKIP LOCKED)
"""
"""Passed over while its holder deletes what it sent: nobody can take it then."""
LEFT = """
SELECT (SELECT count(*) FROM outbox) AS events, count(*) AS timers, count(*) FILTER (WHERE due_at <= $1) AS due
FROM timer
"""
NEEDS = {"read": "records", "relay": "events", "fire": "due"}
PARTS = tuple(NEEDS)


class World:
    """Two replicas, none of them in the group yet."""

    def __init__(self, stage: Stage, parts: Parts) -> None:
        self._stage, self._parts = stage, parts
        self.store = stage.store
        self.broker = Broker({LEAD_ACTIVITY: 2, LEAD_SCORED: 2})
        self.group = Group(self.broker)
        self.replicas = [self._new_replica() for _ in range(REPLICAS)]
        self.now = MORNING
        self._published = 0
        self._repeatable: list[Fetched] = []
        """What was published since the inbox last forgot."""

    def _new_replica(self) -> Replica:
        return Replica(self._stage.ground, self._parts, self.broker, self.group)

    async def begin(self) -> None:
        await self._stage.clear(self.broker)
        await self.pass_time(0)

    async def end(self) -> None:
        for replica in self.replicas:
            await replica.crash()

    def publish(self, lead: str, minutes: int | None) -> None:
        value = activity(self._published, lead, self.now, minutes)
        record = self.broker.append(LEAD_ACTIVITY, lead.encode(), value)
        self._published += 1
        self._repeatable.append(record)

    def publish_again(self, number: int) -> None:
        if self._repeatable:
            record = self._repeatable[number % len(self._repeatable)]
            self.broker.append(LEAD_ACTIVITY, record.key, record.value)

    async def meanwhile(self, what: Meanwhile) -> None:
        if what is Meanwhile.TIME_PASSES:
            await self.pass_time(30)
        elif what is Meanwhile.LEASE_ENDS:
            await self.store.execute(END_LEASE)
        elif what is Meanwhile.COMMITS_FAIL:
            self.group.commits = Commits.REFUSED
        elif what is Meanwhile.COMMITS_ARE_LATE:
            self.group.commits = Commits.LATE
        elif what is Meanwhile.COMMITS_ARRIVE:
            self.group.heal()
        elif what is Meanwhile.GROUP_IS_MOVED:
            logs = self.broker.logs.items()
            self.group.committed = {TopicPartition(*place): len(log) - 1 for place, log in logs if log}
        else:
            await self._forget()

    async def pass_time(self, minutes: int) -> None:
        self.now += timedelta(minutes=minutes)
        self._stage.seconds += minutes * 60
        await set_clock(self.store, self.now, STANDING_STILL)
        if timedelta(minutes=minutes) > timedelta(seconds=LEASE_SECONDS):
            await self.store.execute(END_LEASE)

    async def _forget(self) -> None:
        if not self._at_work() and not await self.unfinished():
            await self.store.execute("DELETE FROM inbox")
            self._repeatable.clear()
            self.group.committed.clear()

    def _at_work(self) -> list[Turn]:
        return [turn for replica in self.replicas for turn in replica.turns.values() if not turn.done]

    async def turns(self) -> list[tuple[str, int]]:
        """(part, replica) of the turns that may be begun, or that stand still and may go on."""
        left = await self.unfinished()
        return [
            (part, n) for n, replica in enumerate(self.replicas) for part in PARTS if self._may(replica, part, left)
        ]

    def _may(self, replica: Replica, part: str, left: Mapping[str, int]) -> bool:
        if replica.is_at(part):
            return replica.turns[part].halted
        if any(turn.waits_for_lock for turn in self._at_work()):
            return False  # it would run at the same time, once it gets that lock
        return bool(replica.consumer.unread if part == "read" else left.get(NEEDS[part]))

    async def work(
        self,
        part: str,
        number: int,
        trouble: Trouble = NO_TROUBLE,
        *,
        most: int = EVERYTHING,
        answers: Sequence[Answer] = (),
    ) -> None:
        """A turn that is halted goes on; otherwise another is begun. `answers` are those to what the relay sends."""
        replica = self.replicas[number]
        is_zombies = part == "read" and bool(replica.consumer.assignment()) and not replica.consumer.is_member
        if replica.is_at(part):
            self._note("a zombie woken in the middle of its batch", is_zombies)
            await self._go_on(replica.turns[part], trouble.step)
        else:
            self._note("a zombie that reads on", is_zombies)
            self.broker.answers = list(answers)
            await replica.start(part, trouble.step, most).run(self.store)
            self._note(f"{part}: another's lock was waited for", replica.turns[part].waits_for_lock)
        await self._meet(number, replica.turns[part], trouble)

    async def _meet(self, number: int, turn: Turn, trouble: Trouble) -> None:
        """The trouble, where the turn came so far."""
        if turn.done or not turn.halted:
            return
        if trouble.kind is Kind.FAILURE:
            self._note("a call that failed in the middle of a turn")
            await self._go_on(turn, error=ConnectionResetError())
        elif trouble.kind is Kind.CRASH:
            await self._crash(number)

    async def _go_on(self, turn: Turn, halt_at: int = 0, error: Exception | None = None) -> None:
        await turn.go_on(self.store, halt_at, error)
        await self._settle()

    def _note(self, fault: str, times: int = 1) -> None:
        self._stage.seen[fault] += times

    async def _settle(self) -> None:
        """Until those that were set free stand still."""
        for turn in self._at_work():
            if turn.waits_for_lock:
                await turn.run(self.store)

    async def _crash(self, number: int) -> None:
        """The process is gone, and another one in its place, for which all who can begin a new generation."""
        self._note("a crash in the middle of a turn")
        await self.replicas[number].crash()
        self.replicas[number] = self._new_replica()
        await self._settle()
        await self.rebalance(range(REPLICAS), patient=False)

    async def rebalance(self, numbers: Sequence[int], *, patient: bool) -> None:
        """A new generation of these. Others leave in order, and batches are waited for; or else nobody tells them."""
        self._note("a rebalance in the middle of a batch", any(replica.reading for replica in self.replicas))
        for number, replica in enumerate(self.replicas):
            if not replica.reading and (patient or number in numbers):
                await replica.let_go()
            elif patient and replica.consumer.is_member:
                await self._finish(replica)
        joining = [self.replicas[number] for number in numbers if not self.replicas[number].reading]
        self.group.begin_generation([replica.consumer for replica in joining])
        for replica in self.replicas:
            if replica in joining:
                await replica.join()
            elif patient and not replica.reading:
                replica.consumer.begin(0, ())

    async def _finish(self, replica: Replica) -> None:
        """Its batch in hand, and then its share in the generation."""
        letting_go = asyncio.create_task(replica.let_go())
        await asyncio.sleep(0)
        if replica.reading and replica.reading.halted:
            await self._go_on(replica.reading)
        if replica.reading:
            letting_go.cancel()
        await asyncio.wait({letting_go})

    async def drain(self) -> bool:
        """All faults cease, and one replica does what is left; whether it came to an end."""
        self.group.heal()
        self.broker.answers = []
        while self._at_work():
            for turn in self._at_work():
                if turn.halted:
                    await self._go_on(turn)
            await self._settle()
        await self.rebalance([0], patient=True)
        for _ in range(ROUNDS):
            await self.pass_time(DAY_MINUTES)
            for part in PARTS:
                await self.work(part, 0)
            if not await self.unfinished():
                return True
        return False

    async def positions(self) -> dict[Place, int]:
        rows = await self.store.fetch("SELECT topic, partition, next_offset FROM consumer_position")
        return {(row["topic"], row["partition"]): row["next_offset"] for row in rows}

    async def unfinished(self) -> dict[str, int]:
        """What is left to do, by what it is."""
        stored = await self.positions()
        records = sum(len(log) - stored.get(place, 0) for place, log in self.broker.logs.items())
        rows = await self.store.fetchrow(LEFT, self.now)
        return {what: n for what, n in {"records": records, **rows}.items() if n}
