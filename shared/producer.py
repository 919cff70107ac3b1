"""The aiokafka producer as Baton uses it, and how one is thrown away without another word to Kafka."""

import asyncio

import structlog
from aiokafka import AIOKafkaProducer

log = structlog.get_logger()

LARGEST_REQUEST_BYTES = 1_000_000
REQUEST_MS = 5_000
DISCARD_SECONDS = 2.0
TURN_SECONDS = 0.02


def new_producer(bootstrap_servers: str) -> AIOKafkaProducer:
    """An idempotent producer that waits for all replicas in sync; not started."""
    return AIOKafkaProducer(
        bootstrap_servers=bootstrap_servers,
        enable_idempotence=True,
        acks="all",
        linger_ms=0,
        max_batch_size=LARGEST_REQUEST_BYTES // 2,
        max_request_size=LARGEST_REQUEST_BYTES,
        request_timeout_ms=REQUEST_MS,
    )


async def discard(producer: AIOKafkaProducer) -> None:
    """Close a producer and forget what it has not sent.

    Its own stop() would send that first, and without end: idempotent batches never expire, so what was given up here
    would be published when Kafka is back, after its followers.
    """
    producer._closed = True  # noqa: SLF001 - what stop() does first
    sending = producer._sender.sender_task  # noqa: SLF001 - nothing public ends it
    if sending is not None:
        sending.cancel()
    try:
        async with asyncio.timeout(DISCARD_SECONDS):
            await producer.client.close()
            while sending is not None and not sending.done():
                _wait_for_no_metadata(producer)
                await asyncio.wait({sending}, timeout=TURN_SECONDS)
            await producer.client.close()
    except TimeoutError:
        log.warning("producer abandoned")


def _wait_for_no_metadata(producer: AIOKafkaProducer) -> None:
    """Release requests that wait for an update of the cluster's metadata: with the client closed, none will come."""
    update, producer.client._md_update_fut = producer.client._md_update_fut, None  # noqa: SLF001 - as above
    if update is not None and not update.done():
        update.set_result(False)
