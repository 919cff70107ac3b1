"""Runs one service: lanes, relay, timers, pages and health in one loop. Whatever dies takes the process with it."""

import asyncio
import gc
import os
import signal
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Generic, TypeVar

import structlog
import uvloop
from aiokafka.errors import KafkaError
from confluent_kafka import KafkaException
from faststream.kafka import KafkaBroker

from shared import db, inbox, logs, migrations, provisioning, telemetry
from shared.active_playbook import ActivePlaybook, NoPlaybookError
from shared.consumer import Runner
from shared.errors import is_misfit, is_transient
from shared.firing import TimerLoop
from shared.health import Health, gauges, health_routes, watchdog
from shared.holes import Holes
from shared.inbox_days import InboxDays
from shared.kafka import KafkaLogs, describe_topics
from shared.lanes import Lane
from shared.metrics import Metrics
from shared.outbox import OutboxSource
from shared.pages import Pages
from shared.reading import Reading
from shared.relay import Relay
from shared.resting import told_to_stop
from shared.service import Running, Service
from shared.settings import Settings
from shared.topic_watch import watch_topics

P = TypeVar("P")
T = TypeVar("T")

log = structlog.get_logger()

START_RETRY_SECONDS = 1.0
LEAVE_SECONDS = 5.0


class NotReadyError(RuntimeError):
    """The installation lacks something that waiting does not bring; the text says what to run."""


class StoppedWhileStartingError(Exception):
    """A signal came before the service had started."""


@dataclass
class _Parts(Generic[P]):
    """What a running service consists of."""

    service: Service[P]
    settings: Settings
    stopping: asyncio.Event
    metrics: Metrics
    pool: db.Pool
    logs: KafkaLogs

    def __post_init__(self) -> None:
        self.drained = asyncio.Event()
        self.playbook = ActivePlaybook(self.service.load_playbook)
        self.reading = Reading(self.logs, self.service.subscription.topics)
        self.holes = Holes(self.service.name, self.pool, self.logs, self.reading, self.metrics)
        self.relay = Relay(
            self.service.name, self.settings, self.pool, (OutboxSource(), *self.service.sources), self.metrics
        )
        self.inbox_days = InboxDays(self.pool, self.settings.inbox_days)
        self.timers = TimerLoop(self.service, self.settings, self.pool, self.reading, self.playbook, self.metrics)
        self.broker = KafkaBroker(
            self.settings.kafka,
            allow_auto_create_topics=False,
            graceful_timeout=self.settings.stop_seconds,
            logger=None,
        )
        self.lanes = [self._lane() for _ in range(self.settings.lanes)]

    def _lane(self) -> Lane[P]:
        runner = Runner(self.service, self.settings, self.pool, self.logs, self.playbook, self.metrics)
        lane = Lane(self.broker, self.service, self.settings, runner, self.metrics)
        lane.wake = self.wake
        return lane

    def wake(self) -> None:
        self.relay.wake.set()
        self.timers.wake.set()

    @property
    def running(self) -> Running:
        return Running(self.pool, self.settings, self.metrics, self.stopping, self.wake)


def run(service: Service[P], settings: Settings | None = None) -> int:
    """Run a service until SIGTERM or SIGINT; returns the exit status."""
    settings = settings or Settings()
    logs.set_up(service.name, settings.log_level)
    telemetry.set_up(service.name, os.environ.get("OTEL_EXPORTER_OTLP_ENDPOINT"))
    _spare_the_collector()
    try:
        uvloop.run(_run(service, settings))
    except StoppedWhileStartingError:
        return 0
    except (NotReadyError, provisioning.TopicsError) as error:
        log.critical("cannot start", reason=str(error))
        return 1
    except ExceptionGroup as group:
        for reason in group.exceptions:
            log.critical("died", exc_info=reason)
        return 1
    finally:
        telemetry.shut_down()
    return 0


def _spare_the_collector() -> None:
    """Events and states hold no cycles: the collector, which took a tenth of the time, looks at them less often, and
    never at what the program itself is made of."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(10_000, 10, 10)


async def _run(service: Service[P], settings: Settings) -> None:
    stopping = asyncio.Event()
    asyncio.get_running_loop().set_exception_handler(logs.report_from_loop)
    for name in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(name, stopping.set)
    await run_until(stopping, service, settings)


async def run_until(stopping: asyncio.Event, service: Service[P], settings: Settings) -> None:
    """Run a service until told to stop; waits for Kafka and Postgres to come up.

    Raises NotReadyError, TopicsError, StoppedWhileStartingError, or what its parts died of in an ExceptionGroup.
    """
    pool = await _await(stopping, "Postgres", lambda: db.connect(settings.postgres.get_secret_value(), service.name))
    try:
        await _check_database(pool)
        partitions = await _await(stopping, "Kafka", lambda: _check_topics(service, settings, pool))
        kafka_logs = KafkaLogs(settings.kafka, settings.topic_prefix, partitions)
        await _await(stopping, "Kafka", kafka_logs.start)
        try:
            parts = _Parts(service, settings, stopping, Metrics(service.name), pool, kafka_logs)
            try:
                await _serve(parts)
            finally:
                await _leave(parts)
        finally:
            await kafka_logs.stop()
    finally:
        await db.close(pool)


async def _await(stopping: asyncio.Event, what: str, attempt: Callable[[], Awaitable[T]]) -> T:
    """Try until it works: a service that starts before its servers waits for them."""
    while not stopping.is_set():
        try:
            return await attempt()
        except Exception as error:
            if not is_transient(error) and not isinstance(error, KafkaException):
                raise
            (log.error if is_misfit(error) else log.warning)("waiting", what=what, error_type=type(error).__name__)
        await told_to_stop(stopping, START_RETRY_SECONDS)
    raise StoppedWhileStartingError


async def _check_database(pool: db.Pool) -> None:
    async with pool.acquire() as connection:
        if missing := await migrations.pending(connection):
            raise NotReadyError(f"the database lacks {len(missing)} migrations ({missing[0]} …): run `baton migrate`")


async def _check_topics(service: Service[P], settings: Settings, pool: db.Pool) -> dict[str, int]:
    wanted = provisioning.read_topics()
    findings = await asyncio.to_thread(provisioning.check_partitions, settings.kafka, settings.topic_prefix, wanted)
    if problems := [f"{f.name} {f.problem}" for f in findings if f.problem]:
        raise provisioning.TopicsError("; ".join(problems))
    names = [settings.topic_prefix + topic for topic in service.subscription.topics]
    states = await asyncio.to_thread(describe_topics, settings.kafka, names)
    async with pool.acquire() as connection:
        await provisioning.recognise(connection, states)
    return wanted.partitions(service.subscription.topics)


async def _serve(parts: _Parts[P]) -> None:
    await _require_playbook(parts)
    health = Health(parts.lanes, parts.pool, parts.settings, parts.relay)
    own = parts.service.routes(parts.running) if parts.service.routes else ()
    routes = [*health_routes(health, parts.metrics), *own]
    pages = Pages(routes, parts.settings.http_host, parts.settings.http_port)
    async with asyncio.TaskGroup() as tasks:
        serving = tasks.create_task(pages.answer())
        background = [
            tasks.create_task(parts.relay.run(parts.drained)),
            tasks.create_task(parts.holes.run(parts.stopping)),
            tasks.create_task(parts.timers.run(parts.stopping)),
            tasks.create_task(gauges(parts.service, parts.running, parts.reading, parts.lanes, parts.stopping)),
            tasks.create_task(watchdog(health, parts.reading, parts.pool, parts.stopping)),
            tasks.create_task(watch_topics(parts.settings, parts.logs.partitions, parts.pool, parts.stopping)),
        ]
        if parts.service.admit is inbox.admit:
            background.append(tasks.create_task(parts.inbox_days.run(parts.stopping)))
        background += [tasks.create_task(loop(parts.running)) for loop in parts.service.loops]
        await parts.broker.start()
        health.started = True
        log.info("started", playbook=(await _require_playbook(parts)))
        await parts.stopping.wait()
        await _stop(parts, pages, background, serving)


async def _stop(
    parts: _Parts[P], pages: Pages, background: list[asyncio.Task[None]], serving: asyncio.Task[None]
) -> None:
    """Stop reading, finish the running batches, publish what they left, then close the pages."""
    await _leave(parts)
    parts.drained.set()
    parts.relay.wake.set()
    done, late = await asyncio.wait(background, timeout=parts.settings.stop_seconds)
    pages.should_exit = True
    _, open_pages = await asyncio.wait([serving], timeout=parts.settings.stop_seconds)
    for task in late | open_pages:
        task.cancel()
    log.info("stopped", finished=len(done), cancelled=len(late))


async def _leave(parts: _Parts[P]) -> None:
    """Stop reading and leave the consumer group, so that others need not wait for our session to expire."""
    for lane in parts.lanes:
        lane.runner.stopping.set()
    try:
        await asyncio.wait_for(parts.broker.stop(), parts.settings.stop_seconds + LEAVE_SECONDS)
    except (TimeoutError, KafkaError) as error:
        log.warning("left without saying so", error_type=type(error).__name__)


async def _require_playbook(parts: _Parts[P]) -> str:
    async with parts.pool.acquire() as connection:
        try:
            active = await parts.playbook.read(connection)
        except NoPlaybookError as error:
            raise NotReadyError(str(error)) from None
    parts.metrics.playbook.labels(parts.service.name, active.version, active.name).set(1)
    return active.version
