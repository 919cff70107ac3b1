"""Health that tells the truth: alive means progress, ready means assigned and able to commit."""

import asyncio
from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Generic, TypeVar

import structlog
from prometheus_client import CONTENT_TYPE_LATEST, generate_latest
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from shared import outbox, quarantine, timers
from shared.clock import domain_now, machine_now, monotonic_seconds
from shared.db import Pool
from shared.errors import is_transient
from shared.lanes import Lane
from shared.metrics import Metrics
from shared.positions import Place
from shared.reading import Reading
from shared.relay import Relay
from shared.resting import told_to_stop
from shared.service import Running, Service
from shared.settings import Settings

P = TypeVar("P")

log = structlog.get_logger()

GAUGE_SECONDS = 1.0
READY_SECONDS = 2.0
FROZEN_SECONDS = 5.0
SILENT_SECONDS = 10.0
"""Kafka or Postgres that answers again within this was not away: who flaps hides nobody that stands still."""


class StuckError(RuntimeError):
    """There is something to do and none of it has been done for too long: only a new process helps."""


class Health(Generic[P]):
    """What the probes ask."""

    def __init__(self, lanes: Sequence[Lane[P]], pool: Pool, settings: Settings, relay: Relay | None = None) -> None:
        self._lanes = lanes
        self._pool = pool
        self._settings = settings
        self._relay = relay
        self.started = False
        self._lagging_since: dict[Lane[P], float] = {}
        self._awake_since = 0.0
        self._answering_since: float | None = None
        self._answered_at = 0.0

    def note_lag(self, lag: Mapping[Place, int]) -> None:
        """Remember, by lane, since when records of its own partitions have waited.

        What other processes leave unread is theirs: to restart because of it would help nobody.
        """
        now = monotonic_seconds()
        if self._answering_since is None or self._silent:
            self._answering_since = now
        self._answered_at = now
        for lane in self._lanes:
            if any(lag.get(place) for place in lane.places):
                self._lagging_since.setdefault(lane, now)
            else:
                self._lagging_since.pop(lane, None)

    def note_silence(self) -> None:
        """Kafka or Postgres does not answer. Where that lasts, no new process would do more."""
        if self._silent:
            self._answering_since = None

    @property
    def _silent(self) -> bool:
        """Whether the last answer is long ago: on a silent line the question itself waits."""
        return monotonic_seconds() - self._answered_at > SILENT_SECONDS

    def note_sleep(self) -> None:
        """The process was frozen: what it did not do meanwhile tells nothing."""
        self._awake_since = monotonic_seconds()

    @property
    def stuck(self) -> str | None:
        """Why the process should be replaced; None while it makes progress."""
        if any(lane.runner.failed for lane in self._lanes):
            return "a lane has died"
        if not all(lane.coordinated for lane in self._lanes):
            return "a consumer takes no part in its group any more"
        if any(self._stands_still(lane, at) for lane, at in self._lagging_since.items()):
            return f"no record handled for {self._settings.stuck_seconds:g} s while records wait"
        return self._stuck_relay

    def _stands_still(self, lane: Lane[P], lagging_since: float) -> bool:
        patience = self._settings.stuck_seconds + self._settings.session_timeout_seconds * lane.joining
        return self._is_long_ago(max(lagging_since, lane.runner.alive_at), patience)

    @property
    def _stuck_relay(self) -> str | None:
        relay, patience = self._relay, self._settings.stuck_seconds
        if relay is None:
            return None
        if self._is_long_ago(relay.alive_at, patience):
            return f"the relay has not come round for {patience:g} s"
        if relay.unanswered_since is not None and self._is_long_ago(relay.unanswered_since, patience):
            return f"nothing published for {patience:g} s while events wait and Kafka answers others"
        return None

    def _is_long_ago(self, at: float, seconds: float) -> bool:
        """Counted only while the process is awake and its servers answer."""
        since = self._answering_since
        if since is None or self._silent:
            return False
        return monotonic_seconds() - max(at, since, self._awake_since) >= seconds

    async def unready(self) -> str | None:
        if not self.started or not any(lane.assignment for lane in self._lanes):
            return "no partition is assigned yet"
        try:
            await asyncio.wait_for(self._pool.execute("SELECT 1"), READY_SECONDS)
        except Exception as error:
            if not is_transient(error):
                raise
            return "the database does not answer"
        return None


def health_routes(health: Health[P], metrics: Metrics) -> list[Route]:
    async def livez(_: Request) -> Response:
        problem = health.stuck
        return JSONResponse({"alive": problem is None, "problem": problem}, 503 if problem else 200)

    async def readyz(_: Request) -> Response:
        problem = health.stuck or await health.unready()
        return JSONResponse({"ready": problem is None, "problem": problem}, 503 if problem else 200)

    async def exposition(_: Request) -> Response:
        return Response(generate_latest(metrics.registry), media_type=CONTENT_TYPE_LATEST)

    return [Route("/livez", livez), Route("/readyz", readyz), Route("/metrics", exposition)]


async def watchdog(health: Health[P], reading: Reading, pool: Pool, stopping: asyncio.Event) -> None:
    """Raise StuckError, and so end the process, when it makes no progress."""
    while not await _rested(health, stopping):
        try:
            health.note_lag(await reading.lag(pool))
        except Exception as error:
            if not is_transient(error):
                raise
            health.note_silence()
            log.warning("lag not told", error_type=type(error).__name__)
        if problem := health.stuck:
            log.critical("stuck", reason=problem)
            raise StuckError(problem)


async def _rested(health: Health[P], stopping: asyncio.Event) -> bool:
    """Rest until the next look, and notice where that took far too long; whether the process is to stop."""
    since = monotonic_seconds()
    stop = await told_to_stop(stopping, GAUGE_SECONDS)
    if monotonic_seconds() - since > FROZEN_SECONDS:
        health.note_sleep()
    return stop


async def gauges(
    service: Service[P], running: Running, reading: Reading, lanes: Sequence[Lane[P]], stopping: asyncio.Event
) -> None:
    """Refresh the gauges about once a second."""
    expected_at = monotonic_seconds()
    while True:
        running.metrics.loop_lag_seconds.labels(service.name).set(max(0.0, monotonic_seconds() - expected_at))
        try:
            await _measure(service, running, reading, lanes)
        except Exception as error:
            if not is_transient(error):
                raise
            log.warning("gauges not refreshed", error_type=type(error).__name__)
        expected_at = monotonic_seconds() + GAUGE_SECONDS
        if await told_to_stop(stopping, GAUGE_SECONDS):
            return


async def _measure(service: Service[P], running: Running, reading: Reading, lanes: Sequence[Lane[P]]) -> None:
    metrics, name = running.metrics, service.name
    async with running.pool.acquire() as connection:
        rows, oldest = await outbox.depth(connection)
        metrics.outbox_rows.labels(name).set(rows)
        metrics.outbox_oldest_seconds.labels(name).set(oldest)
        due, held = await timers.backlog(connection, await domain_now(connection))
        metrics.timers_due.labels(name).set(due)
        metrics.timers_held.labels(name).set(held)
        for status, n in (await quarantine.counts(connection)).items():
            metrics.quarantine_rows.labels(name, status).set(n)
        if service.measure:
            await service.measure(running, connection)
    by_topic = Counter(dict.fromkeys(service.subscription.topics, 0))
    for (topic, _), lag in (await reading.lag(running.pool)).items():
        by_topic[topic] += lag
    for topic, lag in by_topic.items():
        metrics.lag_records.labels(name, topic).set(lag)
        metrics.lag_seconds.labels(name, topic).set(_lag_seconds(lanes, topic) if lag else 0)


def _lag_seconds(lanes: Sequence[Lane[P]], topic: str) -> float:
    """How old the last handled record of the topic is; what waits is younger than that."""
    now = machine_now().timestamp()
    return max(0.0, now - max((lane.last_appended.get(topic, now) for lane in lanes), default=now))
