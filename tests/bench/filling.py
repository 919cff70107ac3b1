"""Puts a load into Kafka before anything is measured."""

from collections.abc import Iterable

from confluent_kafka import Producer

from shared.provisioning import apply_topics, read_topics
from tests.bench.loads import encoded

POLL_EVERY = 1000
FLUSH_SECONDS = 120


def fill(kafka: str, prefix: str, loads: Iterable[tuple[str, Iterable[dict[str, object]]]]) -> dict[str, int]:
    """Make the prefix's topics and put events into some of them, keyed by their subject; how many, by topic."""
    apply_topics(kafka, prefix, read_topics())
    producer = Producer(
        {
            "bootstrap.servers": kafka,
            "partitioner": "murmur2",
            "linger.ms": 20,
            "batch.size": 500_000,
            "queue.buffering.max.messages": 500_000,
            "acks": "all",
        }
    )
    counted = {topic: _send(producer, prefix + topic, events) for topic, events in loads}
    if left := producer.flush(FLUSH_SECONDS):
        raise RuntimeError(f"Kafka did not take {left} records of the load within {FLUSH_SECONDS} s")
    return counted


def _send(producer: Producer, topic: str, events: Iterable[dict[str, object]]) -> int:
    number = 0
    for number, event in enumerate(events, 1):
        key, value = encoded(event)
        while True:
            try:
                producer.produce(topic, value, key)
                break
            except BufferError:
                producer.poll(0.1)
        if number % POLL_EVERY == 0:
            producer.poll(0)
    return number
