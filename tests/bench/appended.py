"""When the broker appended what services told: its own time of each record, so that no reader's delay counts."""

import json
import time

from confluent_kafka import OFFSET_BEGINNING, Consumer, TopicPartition

from shared.topics import LEAD_PARTITIONS

SILENCE_SECONDS = 1.0


def appended_at(kafka: str, topic: str, kind: str, wanted: set[str], patience_seconds: float) -> dict[str, float]:
    """Seconds since the epoch at which the first event of this type about each wanted subject was appended.

    Waits until all are there, or for as long as `patience_seconds`.
    """
    consumer = Consumer({"bootstrap.servers": kafka, "group.id": "bench-watch", "enable.auto.commit": False})
    consumer.assign([TopicPartition(topic, partition, OFFSET_BEGINNING) for partition in range(LEAD_PARTITIONS)])
    found: dict[str, float] = {}
    until = time.monotonic() + patience_seconds
    try:
        while time.monotonic() < until and len(found) < len(wanted):
            for record in consumer.consume(1000, SILENCE_SECONDS):
                event = json.loads(record.value() or b"{}")
                if event.get("type") == kind and event["subject"] in wanted:
                    found.setdefault(event["subject"], record.timestamp()[1] / 1000)
    finally:
        consumer.close()
    return found
