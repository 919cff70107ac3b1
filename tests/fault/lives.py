"""Lives of a service in the test's own process: each with fresh objects, its loops run one turn after the other, so
that its calls come in the same order each time."""

import asyncio
from contextlib import AsyncExitStack
from itertools import chain
from typing import Any

from aiokafka import AIOKafkaConsumer, TopicPartition
from faststream.kafka import KafkaBroker

from services.alerts.outgoing import Outgoing
from services.alerts.slack import SlackSender
from services.kpi.recounting import recount
from shared import db
from shared.active_playbook import ActivePlaybook
from shared.consumer import Runner
from shared.firing import TimerLoop
from shared.kafka import KafkaLogs
from shared.lanes import Lane, safe_parser
from shared.metrics import Metrics
from shared.outbox import OutboxSource
from shared.reading import Reading
from shared.relay import Relay
from shared.service import Running
from tests.fault.crash_points import unwatched
from tests.fault.world import AT_ONCE, TOPICS, World


class Life:
    """A process of the service, from its start to its end in order."""

    lane_type: type[Lane[Any]] = Lane

    def __init__(self, world: World, stopping: asyncio.Event) -> None:
        self.world, self.settings, self.service = world, world.settings, world.create()
        self.stopping = stopping
        self.metrics = Metrics(self.service.name)
        self.playbook = ActivePlaybook(self.service.load_playbook)
        prefix, topics = self.settings.topic_prefix, self.service.subscription.topics
        self.logs = KafkaLogs(self.settings.kafka, prefix, TOPICS.partitions(topics))
        self.reading = Reading(self.logs, topics)
        self.consumer = AIOKafkaConsumer(
            bootstrap_servers=self.settings.kafka,
            group_id=f"{prefix}baton-{self.service.name}",
            enable_auto_commit=False,
            auto_offset_reset="earliest",
            **AT_ONCE,
        )
        self._connections = AsyncExitStack()
        self._connections.push_async_callback(self.logs.stop)
        self._connections.push_async_callback(self.consumer.stop)

    async def live(self) -> None:
        """Start, then one turn of each loop, then leave in order."""
        self.pool = await db.connect(self.settings.postgres.get_secret_value(), self.service.name)
        self._connections.callback(self.pool.terminate)
        self.running = Running(self.pool, self.settings, self.metrics, self.stopping, lambda: None)
        await self.logs.start()
        self.consumer.assign(self.world.places(self.service.subscription.topics))
        await self.consumer.start()
        self.lane = self.new_lane()
        for turn in (self.read, self.fire, self.recount, self.send):
            if not self.stopping.is_set():
                await turn()
        await self.lane.let_go()
        await self.relay()

    def new_lane(self) -> Lane[Any]:
        runner = Runner(self.service, self.settings, self.pool, self.logs, self.playbook, self.metrics)
        runner.stopping = self.stopping
        broker = KafkaBroker(self.settings.kafka, logger=None)
        lane = self.lane_type(broker, self.service, self.settings, runner, self.metrics)
        lane._subscriber.consumer = self.consumer  # as FastStream sets it, but without a group that takes turns
        return lane

    async def read(self) -> None:
        """Hand the lane all that stands in Kafka, as one batch; again, where it goes back."""
        ends = await self.consumer.end_offsets(self.consumer.assignment())
        while (found := await self._up_to(ends)) and not self.stopping.is_set():
            records = sorted(found, key=lambda record: (record.topic, record.partition, record.offset))
            await self.lane._on_records(await safe_parser(tuple(records)))

    async def _up_to(self, ends: dict[TopicPartition, int]) -> list[Any]:
        found: list[Any] = []
        while any([await self.consumer.position(place) < end for place, end in ends.items()]):
            found += chain.from_iterable((await self.consumer.getmany(timeout_ms=1000)).values())
        return found

    async def fire(self) -> None:
        """Fire what is due, and drive again what quarantine releases, until there is nothing."""
        timers = TimerLoop(self.service, self.settings, self.pool, self.reading, self.playbook, self.metrics)
        while await timers._pass(self.stopping) == 0.0 and not self.stopping.is_set():
            pass

    async def recount(self) -> None:
        if self.service.name == "kpi":
            done = asyncio.Event()
            done.set()
            await recount(Running(self.pool, self.settings, self.metrics, done, lambda: None))

    async def send(self) -> None:
        """Send messages; between two turns of the sender an hour passes, in which every channel has its turn again."""
        if self.service.name != "alerts":
            return
        slack = SlackSender("xoxb-test", self.world.slack_url)
        self._connections.push_async_callback(slack.close)
        outgoing = self.outgoing(slack)
        while await outgoing._turn() == 0.0 and not self.stopping.is_set():
            await unwatched(self.world.slack_waits())

    def outgoing(self, slack: SlackSender) -> Outgoing:
        return Outgoing(self.running, slack)

    async def relay(self) -> None:
        """The last pass of a relay that is told to stop: publish what waits, and give up the lease."""
        told = asyncio.Event()
        told.set()
        sources = (OutboxSource(), *self.service.sources)
        await Relay(self.service.name, self.settings, self.pool, sources, self.metrics).run(told)

    async def vanish(self) -> None:
        """What the operating system does with the connections of a process that is gone."""
        await self._connections.aclose()
