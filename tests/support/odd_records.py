"""Batches of records as clients in other languages write them: header names and timestamps that ours would refuse."""

from collections.abc import Sequence

from aiokafka import AIOKafkaProducer
from aiokafka.producer.message_accumulator import BatchBuilder
from aiokafka.record.default_records import _DefaultRecordBatchBuilderPy

UNREADABLE = b"\xff\xfe"


class RawName(str):
    """A header name that is written as bytes which are no text."""

    __slots__ = ()

    def encode(self, encoding: str = "utf-8", errors: str = "strict") -> bytes:
        return UNREADABLE


Odd = tuple[bytes, Sequence[tuple[str, bytes | None]], int]
"""(value, headers, timestamp in ms)."""


def odd_batch(*records: Odd, compression: int = 0) -> BatchBuilder:
    """A batch for aiokafka's producer; `compression` as Kafka's protocol numbers it: 0 none, 1 gzip."""
    batch = BatchBuilder(1 << 20, compression)
    batch._builder = _DefaultRecordBatchBuilderPy(
        magic=2,
        compression_type=compression,
        is_transactional=0,
        producer_id=-1,
        producer_epoch=-1,
        base_sequence=-1,
        batch_size=1 << 20,
    )
    for value, headers, timestamp_ms in records:
        batch.append(timestamp=timestamp_ms, key=b"lead-1", value=value, headers=headers)
    batch.close()
    return batch


async def send_odd(bootstrap_servers: str, topic: str, *records: Odd, partition: int = 0) -> None:
    """Write the records as one batch; returns when the broker has taken it."""
    producer = AIOKafkaProducer(bootstrap_servers=bootstrap_servers)
    await producer.start()
    try:
        await (await producer.send_batch(odd_batch(*records), topic, partition=partition))
    finally:
        await producer.stop()
