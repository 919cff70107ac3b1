"""A replica: Baton's own lane, runner, relay and timer loop, each of which does one turn at a time."""

from dataclasses import dataclass

from faststream.kafka import KafkaBroker

from shared.active_playbook import ActivePlaybook
from shared.consumer import Runner
from shared.db import Pool
from shared.errors import is_transient
from shared.firing import TimerLoop
from shared.lanes import Lane, _Listener, safe_parser
from shared.metrics import Metrics
from shared.outbox import OutboxSource
from shared.reading import Reading
from shared.relay import Relay
from shared.settings import Settings
from tests.model.broker import Broker, Consumer, Group, Logs
from tests.model.service import SERVICE
from tests.model.steps import Turn


@dataclass(frozen=True)
class Parts:
    """What a replica is made of; a planted bug stands in place of one."""

    runner: type[Runner[str]] = Runner
    lane: type[Lane[str]] = Lane
    timers: type[TimerLoop[str]] = TimerLoop
    source: type[OutboxSource] = OutboxSource


@dataclass(frozen=True)
class Ground:
    """What all replicas of all examples stand on."""

    settings: Settings
    pool: Pool
    metrics: Metrics
    faststream: KafkaBroker


class Replica:
    """One process. A part that has a turn which is not done is at work and starts no other."""

    def __init__(self, ground: Ground, parts: Parts, broker: Broker, group: Group) -> None:
        settings, pool, metrics = ground.settings, ground.pool, ground.metrics
        logs, playbook = Logs(broker), ActivePlaybook(SERVICE.load_playbook)
        self.consumer = Consumer(group)
        self._runner = parts.runner(SERVICE, settings, pool, logs, playbook, metrics)
        self._lane = parts.lane(ground.faststream, SERVICE, settings, self._runner, metrics)
        self._lane._subscriber.consumer = self.consumer
        self._listener = _Listener(self._lane)
        self._relay = Relay(SERVICE.name, settings, pool, [parts.source()], metrics)
        reading = Reading(logs, SERVICE.subscription.topics)
        self._timers = parts.timers(SERVICE, settings, pool, reading, playbook, metrics)
        self.turns: dict[str, Turn] = {}

    @property
    def reading(self) -> Turn | None:
        """The turn in which a batch is under way."""
        return self.turns["read"] if self.is_at("read") else None

    def is_at(self, part: str) -> bool:
        return part in self.turns and not self.turns[part].done

    def start(self, part: str, halt_at: int, most: int) -> Turn:
        works = {"read": lambda: self._read(most), "relay": self._relay._once, "fire": self._fire}
        self.turns[part] = Turn(works[part](), halt_at)
        return self.turns[part]

    async def _read(self, most: int) -> None:
        if records := self.consumer.fetch(most):
            await self._lane._on_records(await safe_parser(records))

    async def _fire(self) -> None:
        """As the loop does it, which rests after a transient error."""
        try:
            await self._timers._fire_what_is_due()
        except Exception as error:
            if not is_transient(error):
                raise

    async def let_go(self) -> None:
        """Its partitions are taken away in order."""
        await self._listener.on_partitions_revoked(self.consumer.assignment())

    async def join(self) -> None:
        await self._listener.on_partitions_assigned(self.consumer.assignment())

    async def crash(self) -> None:
        for turn in self.turns.values():
            await turn.end()
