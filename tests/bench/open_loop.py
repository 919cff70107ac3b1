"""Sends at instants fixed beforehand: what comes late is late by its schedule, not by when it could be sent."""

import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass

from confluent_kafka import Producer

from tests.bench.loads import encoded

FLUSH_SECONDS = 60
LEAD_SECONDS = 0.5
"""The first instant lies so far ahead."""


@dataclass(frozen=True, slots=True)
class Scheduled:
    """An event's `make` gets the instant at which it is due, in seconds since the epoch."""

    offset_seconds: float
    make: Callable[[float], dict[str, object]]


@dataclass(frozen=True, slots=True)
class Sent:
    """When each subject's first event was due, and how late the latest one was handed over, both in seconds."""

    due_at: dict[str, float]
    latest_seconds: float


def send(kafka: str, topic: str, schedule: Iterable[Scheduled]) -> Sent:
    """Send each event when it is due, in the order of the schedule."""
    producer = Producer({"bootstrap.servers": kafka, "partitioner": "murmur2", "linger.ms": 0, "acks": "all"})
    producer.list_topics(topic, timeout=FLUSH_SECONDS)
    began, due_at, latest = time.time() + LEAD_SECONDS, dict[str, float](), 0.0
    for scheduled in schedule:
        due = began + scheduled.offset_seconds
        while (early := due - time.time()) > 0:
            producer.poll(0)
            time.sleep(early)
        event = scheduled.make(due)
        key, value = encoded(event)
        producer.produce(topic, value, key)
        latest = max(latest, -early)
        due_at.setdefault(key.decode(), due)
        producer.poll(0)
    if left := producer.flush(FLUSH_SECONDS):
        raise RuntimeError(f"Kafka did not take {left} events within {FLUSH_SECONDS} s")
    return Sent(due_at, latest)
